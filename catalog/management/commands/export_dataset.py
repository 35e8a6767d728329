"""manage.py export_dataset FOLDER: the catalogue as a data set folder."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.exporting import export_dataset
from catalog.importing.rows import DataSetError


class Command(BaseCommand):
    help = (
        "Writes items.csv.gz and interactions.csv.gz, in the form that import_dataset and "
        "`python -m ml` read. Left out: private people, uploaded cover pictures, accounts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            done = export_dataset(folder)
        except (DataSetError, OSError) as error:
            raise CommandError(_("%(error)s. Nothing was written.") % {"error": error}) from error
        self.stdout.write(
            _("%(items)d items and %(events)d events are in %(folder)s")
            % {"items": done.items, "events": done.events, "folder": folder}
        )
        if done.private_people:
            self.stdout.write(
                _("left out: the events of %(number)d private people")
                % {"number": done.private_people}
            )
