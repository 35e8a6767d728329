"""manage.py check_trust: look for attacks on ratings now, and say what was found."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from catalog.trust.checking import check
from catalog.trust.words import sentences


class Command(BaseCommand):
    help = (
        "Looks for raters who seem to be part of an attack, as beat has done every day: clear "
        "cases are quarantined, others proposed in the admin under Quarantine."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what is found, no more")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        found = check(is_dry=dry_run)
        for case in found.cases:
            self.stdout.write(f"{case.person}: trust {case.trust:.2f}, {case.status}")
            for sentence in sentences(case.signals):
                self.stdout.write(f"  {sentence}")
        self.stdout.write(f"{found.words}.")
