"""How long a person's archive takes: python -m benchmarks.arrivals [FOLDER]

Imports the data set folder (or DATA, or a made-up one) into a SQLite database of its own, makes a
Letterboxd archive of 2,000 of its films, spelled as Letterboxd spells them, a few misspelled, a few
a year off, a few unknown; then previews it, takes it in, and undoes it, through the pages. Prints
seconds, what was found and how, and whether every row is accounted for.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from benchmarks.made_up import made_up_data_set

ROOT = Path(__file__).resolve().parent.parent
FILMS, WATCHED, WANTED = 2_000, 1_500, 300
MISSPELLED, A_YEAR_OFF, UNKNOWN = 0.03, 0.03, 0.03
HEADER = "Date,Name,Year,Letterboxd URI"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("DATA"))
    parser.add_argument("--save", metavar="NAME", help="into benchmarks/results/NAME.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catalogue-bench-") as work:
        os.environ |= {
            "VAR_DIR": work,
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DJANGO_DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "COMPRESS_STATIC": "0",
            "LOG_LEVEL": "ERROR",
        }
        folder = arguments.folder or made_up_data_set(Path(work) / "data", scale=0.1)
        for command in (
            ["migrate", "--verbosity", "0"],
            ["collectstatic", "--noinput", "--verbosity", "0"],
            ["import_dataset", str(folder)],
        ):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        lines = measure()
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if arguments.save:
        (ROOT / "benchmarks" / "results" / f"{arguments.save}.md").write_text(text)


def measure() -> list[str]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db.models import Count
    from django.test import Client
    from django.urls import reverse

    from catalog.arriving.models import Arrival
    from catalog.models import Item

    settings.DEBUG = False
    chance = random.Random(1)
    known = list(Item.objects.order_by("pk").values_list("title", "year"))
    films = chance.sample(known, min(FILMS, len(known)))
    content, rows = archive(films, chance)
    client = Client(HTTP_HOST="localhost")
    client.get("/")

    def timed(name: str, **sent: object) -> float:
        pk = [Arrival.objects.get().pk] if name != "bring" else []
        began = time.perf_counter()
        answer = client.post(reverse(f"catalog:{name}", args=pk), sent, follow=True)
        assert answer.status_code == 200, answer.status_code
        return time.perf_counter() - began

    preview = timed("bring", file=SimpleUploadedFile("letterboxd.zip", content))
    arrival = Arrival.objects.get()
    told = sum(len(row.origins) for row in arrival.rows.all())
    how = dict(arrival.rows.values_list("how").annotate(n=Count("pk")).order_by("-n"))
    taken = timed("take_import", policy="newer")
    ratings, shelves = arrival.person.ratings.count(), arrival.person.shelf_entries.count()
    undone = timed("undo_import")
    left = arrival.person.ratings.count() + arrival.person.shelf_entries.count()
    found = ", ".join(f"{label or 'not found'} {count:,}" for label, count in how.items())
    return [
        f"{len(known):,} items; an archive of {len(films):,} films in {rows:,} rows",
        "",
        f"- preview: {preview:.1f} s; rows accounted for: {told:,} of {rows:,}",
        f"- found by: {found}",
        f"- taken in: {taken:.1f} s; {ratings:,} ratings and {shelves:,} shelves",
        f"- undone: {undone:.1f} s; left: {left}",
    ]


def archive(films: list[tuple[str, int | None]], chance: random.Random) -> tuple[bytes, int]:
    """A .zip as Letterboxd makes it, and its number of rows."""
    named = [(as_letterboxd(title, chance), off(year, chance)) for title, year in films]
    lines = [
        f'2024-{1 + n % 12:02}-{1 + n % 28:02},"{title}",{year or ""},https://boxd.it/{n:x}'
        for n, (title, year) in enumerate(named)
    ]
    stars = [f"{line},{chance.randint(1, 10) / 2}" for line in lines]
    files = {
        "ratings.csv": [f"{HEADER},Rating", *stars],
        "watched.csv": [HEADER, *lines[:WATCHED]],
        "watchlist.csv": [HEADER, *lines[-WANTED:]],
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(name, "\n".join(text) + "\n")
    return packed.getvalue(), sum(len(text) - 1 for text in files.values())


def as_letterboxd(title: str, chance: random.Random) -> str:
    name = re.sub(r"\s*\(.*?\)", "", title)
    name = re.sub(r"^(.*), (The|A|An|La|Le|Les|Das|Der|Die|Il|El)$", r"\2 \1", name)
    if chance.random() < UNKNOWN:
        return f"Nobody Has This {chance.randrange(10**6)}"
    if chance.random() < MISSPELLED and len(name) > 6:
        at = chance.randrange(1, len(name) - 1)
        name = name[:at] + name[at + 1 :]
    return name.replace('"', '""')


def off(year: int | None, chance: random.Random) -> int | None:
    return year if year is None or chance.random() >= A_YEAR_OFF else year + 1


if __name__ == "__main__":
    main()
