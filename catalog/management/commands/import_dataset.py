"""manage.py import_dataset PATH: a data set folder or MovieLens' original files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from catalog.arriving.waiting import match_waiting
from catalog.importing.lines import Limits
from catalog.importing.report import Rejects, Report
from catalog.importing.rows import DataSetError
from catalog.importing.run import BarFor, import_dataset


def bars(stream: Any, *, quiet: bool) -> BarFor:
    """Progress bars on a stream, redrawn in place."""

    def bar_for(what: str, total: int, unit: str) -> Any:
        return tqdm(
            desc=what,
            total=total,
            unit=unit,
            unit_scale=True,
            file=stream,
            disable=quiet,
            mininterval=0.5,
        )

    return bar_for


class Command(BaseCommand):
    help = (
        "Imports a data set folder (interactions.csv[.gz] and items.csv[.gz]) or MovieLens' "
        "original files (.csv or .dat). Reads every file to its end before it writes anything, "
        "then writes in batches that are kept; a second run changes nothing. Needs room for the "
        "unpacked data in the temporary folder (TMPDIR)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder")
        parser.add_argument(
            "--rejects", type=Path, help="where refused rows go (CSV); by default below VAR_DIR"
        )

    def handle(self, *args: Any, path: Path, rejects: Path | None, **options: Any) -> None:
        now = timezone.now()
        place = rejects or settings.VAR_DIR / f"rejects-{now:%Y%m%d-%H%M%S}.csv"
        with Rejects(place, always=rejects is not None) as refused:
            report = Report(refused)
            self._run(path, report, quiet=options["verbosity"] == 0)
        if options["verbosity"]:
            self._tell(report)
        if refused.count:
            self.stderr.write(
                _("%(number)d rows were refused; %(file)s says which and why")
                % {"number": refused.count, "file": place}
            )
        if report.changed_something and (found := match_waiting()):
            self.stdout.write(
                _("%(number)d rows that people had brought from elsewhere found their items.")
                % {"number": found}
            )
        if refused.count and refused.count == sum(report.rows.values()):
            raise CommandError(_("nothing was imported: every row was refused"))

    def _run(self, path: Path, report: Report, *, quiet: bool) -> None:
        limits = Limits(settings.IMPORT_MAX_BYTES, settings.IMPORT_MAX_RATIO)
        try:
            import_dataset(
                path,
                report=report,
                limits=limits,
                now=timezone.now(),
                bar_for=bars(self.stderr, quiet=quiet),
            )
        except DataSetError as error:
            raise CommandError(_("%(error)s. Nothing was imported.") % {"error": error}) from error

    def _tell(self, report: Report) -> None:
        for line in report.lines():
            self.stdout.write(line)
        if report.changed_something:
            self.stdout.write(
                _("All files were read to their end; all that was not refused is in the catalogue.")
            )
        else:
            self.stdout.write(_("Nothing changed: the catalogue has all of it already."))
