"""How fast the API answers, and what each layer costs: python -m benchmarks.api [FOLDER]

Imports the data set folder (or DATA, or a made-up one of MovieLens 1M's size) into a PostgreSQL of
its own, with Redis, makes a network of the usual shape the live model (its weights are made up: it
costs what a real one does), gives 1,000 members tokens, and lets wrk ask over 1, 8 and 64
connections that are kept open, each asking anew when it has its answer. wrk, the servers and the
databases share this machine's cores. Prints answers a second and percentiles for each address, and
as a share of a constant from the same server, which is asked for just before and after: a machine
is not equally quick at all times. Then what each layer adds to it. Needs wrk, from Debian's package
of this name.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import say, served_site
from benchmarks.made_up import made_up_data_set
from config.drill.site import START_SECONDS, Site, end, free_port, wait
from config.drill.visitor import Visitor

SCRIPT = Path(__file__).resolve().with_name("api_load.lua")
SETTINGS = "benchmarks.api_layers.settings"
MEMBERS = 1000
WARM = 3
CONNECTIONS = (1, 8, 64)
PARTS = ("lists", "layers", "events")
BATCH = 1000
WARM_ROUND, WARM_ROUNDS, WARM_CONNECTIONS = 10, 12, 32
"""Seconds of each round, and how many at most, until each process has kept what it can."""
STEADY = 1.05
"""Two rounds in a row that are not so much quicker than the best before say that it has."""
FOR_YOU = "/api/v1/recommendations/for-you/?limit=12"
LAYERS = (
    ("server", "/constant", "gunicorn's own work for 7 kB"),
    ("Django", "/api/v1/layers/django/", "addresses, middleware, tags"),
    ("REST framework", "/api/v1/layers/drf/", "serializers of twelve picks"),
    ("token and limit", "/api/v1/layers/token/", "who asks, how often"),
    ("database", "/api/v1/layers/database/", "the person, their events, the live model, items"),
    ("engine", f"{FOR_YOU}&exclude=ITEM", "scores, masks, reasons, impressions' tokens"),
    ("kept", FOR_YOU, "instead of all but the server: what is kept for one who comes back"),
)
APPLICATION = "benchmarks.api_layers.wsgi"
SERVERS = {
    "gunicorn": lambda _port, _workers, _threads: (
        *("-c", "config/gunicorn_conf.py", "--max-requests", "0", APPLICATION),
    ),
    "granian": lambda port, workers, threads: (
        *("--interface", "wsgi", "--no-ws", "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", str(threads), f"{APPLICATION}:application"),
    ),
}
"""To compare: how each is started; granian is not among what the site installs. No process is
replaced meanwhile, as those that answer the constant would be each few seconds."""
PREPARE = """
import django; django.setup()
from catalog.models import Item, Person, User
from catalog.tokens.making import make_token
from catalog.tokens.models import OutsidePerson, Service
from benchmarks.steering import publish_network
publish_network()
people = list(Person.objects.filter(user=None).order_by("pk")[:{members}])
users = User.objects.bulk_create(User(username=f"member-{{n}}") for n in range(len(people)))
for person, user in zip(people, users):
    person.user = user
Person.objects.bulk_update(people, ["user"], batch_size=500)
with open("{secrets}", "w") as file:
    for user in users:
        file.write(make_token(user, name="benchmark", scopes=["read"])[0] + chr(10))
with open("{items}", "w") as file:
    for pk in Item.objects.listed().order_by("pk").values_list("pk", flat=True):
        file.write(f"{{pk}}" + chr(10))
service = Service.objects.create(name="Benchmark")
others = Person.objects.filter(user=None).order_by("-pk")[:{members}]
OutsidePerson.objects.bulk_create(
    OutsidePerson(service=service, key=f"m-{{n}}", person=person)
    for n, person in enumerate(others, start=1)
)
print(make_token(service, name="benchmark", scopes=["read", "events"])[0])
"""


@dataclass(frozen=True)
class Asked:
    name: str
    kind: str
    path: str
    unit: int = 1
    """So many things are done by one request."""
    is_kept: bool = False
    """Whether it is measured when processes have kept their answers; else after WARM seconds."""


CONSTANT = Asked("constant, by the server", "nobody", "/constant")
PATHS = (
    CONSTANT,
    Asked("*For you*, a member of 1,000 who comes back", "get", FOR_YOU, is_kept=True),
    Asked("*For you*, a service for one of 1,000", "acting", FOR_YOU, is_kept=True),
    Asked("*For you*, found out anew each time", "get", f"{FOR_YOU}&exclude=ITEM"),
    Asked(
        "similar items, nobody in particular",
        "nobody",
        "/api/v1/items/ITEM/similar/?limit=12",
        is_kept=True,
    ),
    Asked("similar items, a member", "get", "/api/v1/items/ITEM/similar/?limit=12", is_kept=True),
    Asked("for ten items, nobody", "items", "/api/v1/recommendations/for-items/"),
)
EVENTS = Asked("events in, batches of 1,000", "events", "/api/v1/people/events/", unit=BATCH)
"""Comes last: what was sent at the end is still being written when wrk has gone."""


@dataclass(frozen=True)
class Measured:
    a_second: float
    p50: float
    p95: float
    p99: float
    errors: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("DATA"))
    parser.add_argument("--seconds", type=int, default=10, help="for each figure")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4, help="of each worker")
    parser.add_argument("--server", choices=SERVERS, default="gunicorn")
    parser.add_argument(
        "--only", choices=PARTS, nargs="+", default=PARTS, help="these parts of it alone"
    )
    parser.add_argument("--save", metavar="NAME", help="into benchmarks/results/NAME.md")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; on Debian: apt-get install wrk")
    lines: list[str] = []
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="catalogue-api-")))
        site = stack.enter_context(closing(served_site(stack, work)))
        site.env.update(
            dict.fromkeys(("API_USER_RATE", "API_SERVICE_RATE"), "100000000/min"),
            WEB_WORKERS=str(arguments.workers),
            WEB_THREADS=str(arguments.threads),
        )
        home, words = prepared(stack, site, arguments, work)
        lines += measured(home, words, arguments)
    text = "\n".join(lines)
    if arguments.save:
        SCRIPT.with_name("results").joinpath(f"{arguments.save}.md").write_text(
            f"# How fast the API answers\n\n{text}\n"
        )


def prepared(
    stack: ExitStack, site: Site, arguments: argparse.Namespace, work: Path
) -> tuple[str, dict[str, str]]:
    """The address of a warm server, and what the script has to know."""
    files = {"secrets": work / "secrets", "items": work / "items"}
    site.manage("migrate", "--verbosity", "0")
    site.manage("import_dataset", str(arguments.folder or made_up_data_set(work / "data")))
    done = site.run("-c", PREPARE.format(members=MEMBERS, **files))
    if done.returncode:
        raise SystemExit(f"the site could not be prepared: {done.stderr[-2000:]}")
    port = free_port()
    command = SERVERS[arguments.server](port, arguments.workers, arguments.threads)
    server = site.start(
        *("-m", arguments.server, *command),
        BIND="127.0.0.1",
        PORT=str(port),
        DJANGO_SETTINGS_MODULE=SETTINGS,
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),  # as gunicorn's are
    )
    stack.callback(end, server)
    visitor = Visitor(f"http://127.0.0.1:{port}")
    if not wait(lambda: visitor.get("/api/v1/surfaces/").status == 200, seconds=START_SECONDS):
        raise SystemExit(f"the web server did not start: {site.errors()}")
    words = {"SECRETS": str(files["secrets"]), "ITEMS": str(files["items"])}
    return visitor.home, words | {"SERVICE": done.stdout.split()[-1], "BATCH": str(BATCH)}


def measured(home: str, words: dict[str, str], arguments: argparse.Namespace) -> list[str]:
    lines: list[str] = []

    def tell(text: str) -> None:
        say(text)
        lines.append(text)

    tell(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"{arguments.server} with {arguments.workers} processes of {arguments.threads} threads, "
        "PostgreSQL, "
        f"Redis and wrk on the same cores; {arguments.seconds} s for each row.\n"
    )

    def asked_for(asked: Asked, connections: int, seconds: float) -> Measured:
        return ask(home, asked, words, connections=connections, seconds=max(1, round(seconds)))

    def table(paths: tuple[Asked, ...]) -> None:
        tell(
            "| what | connections | a second | p50 ms | p95 ms | p99 ms | of a constant | errors |"
        )
        tell("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for asked in paths:
            warm_up(home, asked, words)
            for connections in CONNECTIONS:
                before = asked_for(CONSTANT, connections, arguments.seconds / 2)
                found = asked_for(asked, connections, arguments.seconds)
                after = asked_for(CONSTANT, connections, arguments.seconds / 2)
                share = 2 * found.a_second / (before.a_second + after.a_second)
                rate, marks = found.a_second * asked.unit, (found.p50, found.p95, found.p99)
                told = " | ".join(f"{mark:.1f}" for mark in marks)
                tell(
                    f"| {asked.name} | {connections} | {rate:,.0f} | {told} | {share:.3f} | "
                    f"{found.errors} |"
                )

    if "lists" in arguments.only:
        table(PATHS)
    if "layers" in arguments.only:
        layers(home, words, arguments, tell)
    if "events" in arguments.only:
        tell("")
        table((EVENTS,))
    return lines


def layers(
    home: str, words: dict[str, str], arguments: argparse.Namespace, tell: Callable[[str], None]
) -> None:
    tell("\nWhat each layer adds to an answer, over one connection:\n")
    tell("| layer | ms | adds ms | what it does |")
    tell("| --- | --- | --- | --- |")
    before = 0.0
    for name, path, does in LAYERS:
        asked = Asked(name, "get", path, is_kept=name == "kept")
        warm_up(home, asked, words)
        found = ask(home, asked, words, connections=1, seconds=arguments.seconds)
        if found.errors:
            raise SystemExit(f"{path} was answered with {found.errors} errors")
        mean = 1000 / found.a_second
        tell(f"| {name} | {mean:.2f} | {mean - before:.2f} | {does} |")
        before = mean


def warm_up(home: str, asked: Asked, words: dict[str, str]) -> None:
    best = ask(home, asked, words, connections=WARM_CONNECTIONS, seconds=WARM).a_second
    steady = 0
    for _round in range(WARM_ROUNDS if asked.is_kept else 0):
        found = ask(home, asked, words, connections=WARM_CONNECTIONS, seconds=WARM_ROUND)
        steady = steady + 1 if found.a_second < best * STEADY else 0
        best = max(best, found.a_second)
        if steady == 2:
            return


def ask(
    home: str, asked: Asked, words: dict[str, str], *, connections: int, seconds: int
) -> Measured:
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
        + ["-s", str(SCRIPT), home],
        env=os.environ | words | {"KIND": asked.kind, "PATH_ASKED": asked.path, "SEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, microseconds, p50, p95, p99, errors = map(float, said.split()[1:])
    return Measured(requests / microseconds * 1e6, p50, p95, p99, int(errors))


if __name__ == "__main__":
    main()
