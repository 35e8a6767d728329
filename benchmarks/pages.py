"""How long the site takes to import, learn and answer: python benchmarks/pages.py [FOLDER]

Imports the data set folder (or DATA, or a made-up one of MovieLens 1M's size) into a SQLite
database of its own (`--postgresql`: a PostgreSQL of its own), trains, and asks one process for the
pages and the API, as visitors and as members picked at random. Prints milliseconds, queries and
memory; then, where Chromium is installed, what a first visit costs a browser. Nothing is left
behind.

Training a hybrid takes long: `--model` serves one that `python -m ml train` made of this folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from made_up import made_up_data_set

if TYPE_CHECKING:
    from ml.artifact import Artifact

ROOT = Path(__file__).resolve().parent.parent
PEOPLE_ASKED, ROUNDS = 60, 3
ROW_SECONDS = 20.0
"""A page is asked no longer than this, however slow the machine."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("DATA"))
    served = parser.add_mutually_exclusive_group()
    served.add_argument("--baseline", help="serve this baseline instead of training a hybrid")
    served.add_argument("--model", type=Path, help="serve this artifact of the same folder")
    parser.add_argument("--budget", default="fast")
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with ExitStack() as stack:
        work = stack.enter_context(tempfile.TemporaryDirectory(prefix="catalogue-bench-"))
        database = stack.enter_context(a_postgresql()) if arguments.postgresql else ""
        prepare(Path(work), arguments, database)
        measure()
        look()


def a_postgresql() -> AbstractContextManager[str]:
    from tests.servers import postgresql

    return postgresql()


def prepare(work: Path, arguments: argparse.Namespace, database: str) -> None:
    os.environ |= {
        "VAR_DIR": str(work / "var"),
        "DATABASE_URL": database,
        "REDIS_URL": "",
        "DJANGO_SECRET_KEY": "only-for-a-benchmark-" + "b" * 40,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HTTPS_ONLY": "0",
        "LOG_LEVEL": "ERROR",
        "API_ANON_RATE": "1000000/min",
        "API_USER_RATE": "1000000/min",
        "TRAIN_BUDGET": arguments.budget,
    }
    folder = arguments.folder or made_up_data_set(work / "data")
    manage("migrate", "--verbosity", "0")
    manage("collectstatic", "--noinput", "--verbosity", "0")
    for name in ("import", "import again"):
        seconds = manage("import_dataset", str(folder))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        say(f"{name:<14} {seconds:8.1f} s  peak {peak:6.0f} MB")
    if arguments.baseline or arguments.model:
        publish(arguments.baseline, arguments.model)
    else:
        say(f"retrain        {manage('retrain'):8.1f} s")


def manage(*words: str) -> float:
    """Runs a management command; gives its seconds."""
    started = time.monotonic()
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    subprocess.run(command, check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def publish(baseline: str | None, folder: Path | None) -> None:
    """Makes a ready artifact live, or a baseline that is fitted on everything now."""
    import django

    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from ml.artifact import save_artifact
    from recommendations.models import ModelRun

    artifact = fitted(baseline) if baseline else of_this_database(folder)
    save_artifact(artifact, settings.ARTIFACTS_ROOT / "benchmark")
    ModelRun.objects.create(
        status=ModelRun.Status.SUCCEEDED,
        is_live=True,
        chosen=artifact.manifest["kind"],
        label=artifact.manifest["label"],
        artifact="benchmark",
        finished_at=timezone.now(),
    )


def fitted(baseline: str) -> Artifact:
    from ml.baselines import fit_baseline
    from recommendations.dataset import build_snapshot

    started = time.monotonic()
    snapshot = build_snapshot()
    say(f"read rows      {time.monotonic() - started:8.1f} s  {len(snapshot.events):,} events")
    return fit_baseline(snapshot, baseline)


def of_this_database(folder: Path) -> Artifact:
    """A saved artifact, its items named by this database's keys instead of the data set's."""
    from catalog.models import Item
    from ml.artifact import Artifact, load_artifact
    from ml.snapshot import Vocabulary

    artifact = load_artifact(folder)
    rows = dict(Item.objects.values_list("key", "pk"))
    unknown = [id_ for id_ in artifact.item_ids.ids if id_ not in rows]
    if unknown:
        raise SystemExit(
            f"{folder} knows {len(unknown):,} items that were not imported, such as "
            f"{unknown[0]!r}; give the data set that it was trained on"
        )
    ids = Vocabulary(tuple(str(rows[id_]) for id_ in artifact.item_ids.ids))
    return Artifact(artifact.manifest, ids, artifact.arrays)


def measure() -> None:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.test import Client

    from catalog.models import Item, Person

    picker = random.Random(1)
    items = list(Item.objects.popular().values_list("pk", flat=True))
    people = list(Person.objects.filter(user=None).exclude(ratings=None).order_by("pk")[:100_000])
    handler = Client().handler  # one for all: each would load every middleware anew
    members = []
    for person in picker.sample(people, min(PEOPLE_ASKED, len(people))):
        person.user = get_user_model().objects.create(username=f"bench-{person.pk}")
        person.save(update_fields=["user"])
        members.append(Client(HTTP_HOST="localhost"))
        members[-1].force_login(person.user)
    visitors = [Client(HTTP_HOST="localhost") for _ in members]
    for client in (*members, *visitors):
        client.handler = handler
    say(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, one process")
    say(f"{len(items):,} items, {len(people):,} people")
    say(f"{'page':<28}{'median ms':>10}{'p95 ms':>10}{'queries':>9}{'KB':>7}")
    for title, path in (
        ("home", "/"),
        ("item", "/items/{item}/"),
        ("browse", "/browse/"),
        ("search", "/browse/?q=love"),
        ("API for you", "/api/v1/recommendations/for-you/"),
        ("API similar", "/api/v1/items/{item}/similar/"),
    ):
        for who, clients in (("member", members), ("visitor", visitors)):
            row(f"{title}, {who}", path, clients, items, picker)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"peak memory {peak:.0f} MB, TensorFlow loaded: {'tensorflow' in sys.modules}")


def look() -> None:
    """What Chromium sees of the site as gunicorn serves it."""
    from browser import first_visits

    from catalog.models import Item
    from tests.servers import end, free_port, wait_until

    port = free_port()
    home = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi"]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PORT": str(port)})
    try:
        wait_until(lambda: answers(home), seconds=60, what="the first page")
        item = Item.objects.popular().values_list("pk", flat=True)[0]
        pages = {"home": "/", "item": f"/items/{item}/", "browse": "/browse/"}
        say("")
        for line in first_visits(home, pages):
            say(line)
    finally:
        end(server)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=20):
            return True
    except OSError:
        return False


def row(title: str, path: str, clients: list, items: list[int], picker: random.Random) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    seconds, queries, size = [], set(), 0
    for client in clients[:3]:  # warms what a process keeps
        client.get(path.format(item=picker.choice(items)))
    for client in ROUNDS * clients:
        address = path.format(item=picker.choice(items))
        started = time.perf_counter()
        response = client.get(address)
        seconds.append(time.perf_counter() - started)
        if response.status_code != 200:
            raise SystemExit(f"{address} answered {response.status_code}")
        size = max(size, len(response.content))
        if sum(seconds) > ROW_SECONDS:
            break
    for client in clients[:10]:
        with CaptureQueriesContext(connection) as captured:
            client.get(path.format(item=picker.choice(items)))
        queries.add(len(captured))
    milliseconds = sorted(1000 * value for value in seconds)
    counted = "-".join(str(count) for count in sorted({min(queries), max(queries)}))
    p95 = milliseconds[int(0.95 * len(milliseconds))]
    median = statistics.median(milliseconds)
    say(f"{title:<28}{median:>10.1f}{p95:>10.1f}{counted:>9}{size / 1024:>7.0f}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
