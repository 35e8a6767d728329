"""The whole site as one file: `manage.py backup FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import backup


class Command(BaseCommand):
    help = "Writes database, uploaded covers and models into one file, while the site runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that does not exist yet (.tar)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            passport = backup.back_up(options["file"])
        except (backup.CannotBackUp, OSError) as problem:
            raise CommandError(f"no backup was written: {problem}") from problem
        self.stdout.write(
            f"{options['file']} holds a {passport['database']} database and "
            f"{len(passport['files']) - 1} other files. The secret key is not in it: keep that too."
        )
