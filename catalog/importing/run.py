"""import_dataset(): a data set into the catalogue, whole files first, then batches.

Every file is read to its end before the first row is written, so a file that cannot be read leaves
the catalogue as it was. Writing goes in batches, each a transaction, so that the site stays usable
meanwhile: broken off, it keeps what was written, and the same command again does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from catalog import services, statistics
from catalog.importing.events import write_events
from catalog.importing.items import write_items
from catalog.importing.lines import Limits
from catalog.importing.recognise import tables_of
from catalog.importing.report import OUTCOMES, Report
from catalog.importing.rows import EventRow, ItemRow, LinkRow, Refused, Row, TagRow
from catalog.importing.staging import Staging
from catalog.importing.tables import Table
from catalog.models import Item
from catalog.webhooks.models import Event
from catalog.webhooks.sending import announce


class Bar(Protocol):
    """The part of tqdm that is used here."""

    def update(self, n: int) -> object: ...


BarFor = Callable[[str, int, str], AbstractContextManager[Bar]]
"""A progress bar for a description, a total and a unit."""


def import_dataset(
    path: Path, *, report: Report, limits: Limits, now: datetime, bar_for: BarFor
) -> None:
    """Recognises the data set in a folder and loads it; DataSetError: nothing was written."""
    load(tables_of(path), report=report, limits=limits, now=now, bar_for=bar_for)


def load(
    tables: list[Table], *, report: Report, limits: Limits, now: datetime, bar_for: BarFor
) -> None:
    for table in tables:
        table.check(limits=limits)
    with Staging(Item.objects.values_list("key", flat=True).iterator()) as staging:
        for table in tables:
            with bar_for(table.path.name, table.path.stat().st_size, "B") as bar:
                _read(table, staging, report, limits=limits, bar=bar)
        with bar_for(_("writing items"), staging.item_count, " items") as bar:
            write_items(staging, report, now=now, progress=bar.update)
        with bar_for(_("writing events"), staging.event_count, " events") as bar:
            write_events(staging, report, now=now, progress=bar.update)
    if report.changed_something:
        services.recount()
        statistics.refresh()
    rows = {"rows": sum(report.rows.values())} | {name: report.total(name) for name in OUTCOMES}
    announce(Event.IMPORT_DONE, {"files": sorted(report.rows), **rows})


def _read(table: Table, staging: Staging, report: Report, *, limits: Limits, bar: Bar) -> None:
    file, rows = table.path.name, 0
    for line, row in table.rows(limits=limits, progress=bar.update):
        rows += 1
        why = row if isinstance(row, Refused) else _stage(row, staging, file=file, line=line)
        if why is not None:
            report.refuse(file, table.holds, line=line, why=why)
    report.read(file, rows=rows)


def _stage(row: Row, staging: Staging, *, file: str, line: int) -> Refused | None:
    """Puts the row into the staging file, or says why it cannot be taken."""
    if isinstance(row, ItemRow):
        if row.key in staging.first_lines:
            return _repeated(row.key, staging.first_lines[row.key])
        staging.add_item(row, file=file, line=line)
        return None
    if row.item not in staging.keys:
        return _unknown_item(row.item)
    if isinstance(row, EventRow):
        staging.add_event(row, file=file)
    elif isinstance(row, TagRow):
        staging.add_tag(row, file=file)
    elif isinstance(row, LinkRow):
        staging.add_link(row, file=file)
    return None


def _repeated(key: str, first: tuple[str, int]) -> Refused:
    return Refused(
        "item_id",
        key,
        reason=_("the item is there twice"),
        cure=_("remove this row, or the one at %(file)s, line %(line)d")
        % {"file": first[0], "line": first[1]},
    )


def _unknown_item(key: str) -> Refused:
    return Refused(
        "item_id",
        key,
        reason=_("no such item"),
        cure=_("add the item to the file of items, or correct the id"),
    )
