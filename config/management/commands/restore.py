"""A site from a backup: `manage.py restore FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import backup


class Command(BaseCommand):
    help = "Puts a backup in the place of this site's database, covers and models. Stop it first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what `backup` wrote")
        parser.add_argument("--replace", action="store_true", help="what there is goes")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            passport = backup.restore(options["file"], replace=options["replace"])
        except (backup.CannotBackUp, OSError) as problem:
            raise CommandError(f"not restored: {problem}") from problem
        self.stdout.write(f"The site is as it was on {passport['made_at'][:16]}.")
