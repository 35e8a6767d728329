"""How well and how fast words find items: python -m benchmarks.search FOLDER

Imports a MovieLens folder, fills up with made-up items to 100,000 (`--items`), and asks the queries
of search_queries.csv, written by hand: how often the right item is among the first three, and how
long a search takes. First on SQLite, then on a PostgreSQL of its own. `--save NAME` also writes the
table to results/NAME.md.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

from tests.servers import Missing, postgresql

HERE = Path(__file__).resolve().parent
QUERIES = HERE / "search_queries.csv"
FIRST, ROUNDS, BATCH = 3, 5, 2000
HEADINGS = ["database", "items", "within the first 3", "of the misspelled", "median ms", "95 % ms"]
SYLLABLES = "ba be bri ca cor da del do el fa fer gar ha hol ja ka lan lo ma mer mi na no or pa "
SYLLABLES += "pe ra ro sa ser ta tor va ver wil za"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--save", help="write results/NAME.md")
    parser.add_argument("--within", help=argparse.SUPPRESS)  # the process that measures
    arguments = parser.parse_args()
    if arguments.within:
        measure(arguments.folder, items=arguments.items, name=arguments.within)
        return
    lines = [row(HEADINGS), row(["---"] * len(HEADINGS))]
    say("\n".join(lines))
    notes: list[str] = []
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            work = stack.enter_context(tempfile.TemporaryDirectory(prefix="search-bench-"))
            try:
                address = stack.enter_context(postgresql()) if name == "PostgreSQL" else ""
            except Missing as what:
                say(f"LEFT OUT: {what}")
                continue
            line, *missed = in_a_process(arguments, name, work, address)
        lines.append(line)
        notes += [f"- {name}: {note}" for note in missed]
        say("\n".join([line, *notes]))
    if arguments.save:
        machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
        text = [f"# Search, {arguments.folder.name} and made-up items, {machine}", "", *lines]
        (HERE / "results" / f"{arguments.save}.md").write_text(
            "\n".join([*text, "", *notes]) + "\n"
        )


def in_a_process(arguments: argparse.Namespace, name: str, work: str, address: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.search", str(arguments.folder), "--within", name]
    env = os.environ | {
        "VAR_DIR": work,
        "DATABASE_URL": address,
        "REDIS_URL": "",
        "DJANGO_SECRET_KEY": "only-for-a-benchmark-" + "b" * 40,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    command += ["--items", str(arguments.items)]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    done = subprocess.run(
        command, env=env, cwd=HERE.parent, check=True, text=True, stdout=pipe, stderr=quiet
    )
    return done.stdout.splitlines()


def measure(folder: Path, *, items: int, name: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from catalog.models import Item
    from catalog.search import find

    call_command("migrate", verbosity=0)
    call_command("import_dataset", str(folder), stdout=StringIO())
    fill_up(items)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with QUERIES.open(encoding="utf-8") as file:
        queries = list(csv.DictReader(file))
    taken: list[float] = []
    missed = []
    for number in range(ROUNDS):
        for asked in queries:
            started = time.perf_counter()
            hits = find(Item.objects.listed(), asked["query"], most=30).hits[:FIRST]
            shown = Item.objects.cards().in_bulk([hit.pk for hit in hits])
            taken.append(1000 * (time.perf_counter() - started))
            if number == 0 and asked["expected"] not in {item.title for item in shown.values()}:
                first = ", ".join(str(shown[hit.pk]) for hit in hits) or "nothing"
                missed.append((asked, f"“{asked['query']}” finds {first}"))
    misspelled = [asked for asked in queries if asked["kind"] == "typo"]
    wrong = sum(asked["kind"] == "typo" for asked, _note in missed)
    cells = [
        name,
        f"{Item.objects.count():,}",
        f"{len(queries) - len(missed)} of {len(queries)}",
        f"{len(misspelled) - wrong} of {len(misspelled)}",
        f"{statistics.median(taken):.1f}",
        f"{statistics.quantiles(taken, n=20)[-1]:.1f}",
    ]
    say("\n".join([row(cells), *(note for _asked, note in missed)]))


def fill_up(number: int) -> None:
    """Made-up items whose titles have the words of real ones, as often, and names nobody has."""
    from catalog.models import Item
    from catalog.search import item_text, keep_words

    chance = random.Random(1)
    words = [
        word for title in Item.objects.values_list("title", flat=True) for word in title.split()
    ]
    syllables = SYLLABLES.split()

    def made_up_name() -> str:
        return "".join(chance.choices(syllables, k=chance.randint(2, 4))).title()

    def made_up() -> Item:
        parts = chance.sample(words, chance.choice((1, 2, 2, 3, 3, 4, 5)))
        parts += [made_up_name()] if chance.random() < 0.3 else []
        title, year = " ".join(parts)[:300], chance.randint(1900, 2020)
        makers = [("directors", f"{made_up_name()} {made_up_name()}")]
        text = item_text(title=title, year=year, description="", attributes=makers)
        count = int(chance.paretovariate(1)) % 50
        return Item(
            title=title, year=year, rating_count=count, half_star_sum=7 * count, **text._asdict()
        )

    for start in range(Item.objects.count(), number, BATCH):
        batch = [made_up() for _ in range(min(BATCH, number - start))]
        Item.objects.bulk_create(batch)
        keep_words(item.search_text for item in batch)


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
