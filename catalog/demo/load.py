"""The demo into an empty catalogue: all of it, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.conf import settings
from django.db import transaction

from catalog import services
from catalog.demo.readers import PERIOD_DAYS, Book, simulate
from catalog.importing import folder
from catalog.importing.events import write_events
from catalog.importing.lines import Limits
from catalog.importing.report import Report
from catalog.importing.run import BarFor, load
from catalog.importing.staging import Staging
from catalog.models import Item, ItemAttribute

FOLDER = Path(__file__).resolve().parent
READERS = "simulated readers"


@transaction.atomic
def load_demo(*, readers: int, seed: int, now: datetime, bar_for: BarFor) -> Report:
    """Loads the books, spreads the days on which they came in, and has them read."""
    report = Report()
    tables = [table for file in sorted(FOLDER.glob("*.csv")) for table in folder.tables(None, file)]
    limits = Limits(settings.IMPORT_MAX_BYTES, settings.IMPORT_MAX_RATIO)
    load(tables, report=report, limits=limits, now=now, bar_for=bar_for)
    _spread_arrivals(Random(seed), now=now)
    with Staging(Item.objects.values_list("key", flat=True).iterator()) as staging:
        events = simulate(_books(), readers=readers, seed=seed, until=now.timestamp())
        for event in events:
            report.read(READERS)
            staging.add_event(event, file=READERS)
        with bar_for(READERS, staging.event_count, " events") as bar:
            write_events(staging, report, now=now, progress=bar.update)
    services.recount()
    return report


def _spread_arrivals(random: Random, *, now: datetime) -> None:
    """Most books were there from the start, some came since, a few in the last days."""
    items = list(Item.objects.order_by("pk"))
    for item in items:
        chance = random.random()
        if chance < 0.78:
            days = PERIOD_DAYS + random.uniform(1, 20)
        elif chance < 0.97:
            days = random.uniform(15, PERIOD_DAYS)
        else:
            days = random.uniform(0.3, 10)
        item.added_at = now - timedelta(days=days)
    Item.objects.bulk_update(items, ["added_at"], batch_size=200)


def _books() -> list[Book]:
    names: dict[int, dict[str, list[str]]] = {}
    rows = ItemAttribute.objects.order_by("position", "pk")
    for pk, kind, name in rows.values_list("item_id", "attribute__kind", "attribute__name"):
        names.setdefault(pk, {}).setdefault(kind, []).append(name)
    famous = set((FOLDER / "famous.txt").read_text().split())
    books = []
    for item in Item.objects.order_by("pk"):
        has = names.get(item.pk, {})
        books.append(
            Book(
                key=item.key,
                year=item.year,
                authors=tuple(has.get("authors", ())),
                genres=tuple(has.get("genres", ())),
                subjects=tuple(has.get("subjects", ())),
                is_famous=item.key in famous,
                added=item.added_at.timestamp(),
            )
        )
    return books
