"""manage.py load_demo: books to look at, and simulated readers to learn from."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.demo.load import load_demo
from catalog.management.commands.import_dataset import bars
from catalog.models import Item


class Command(BaseCommand):
    help = (
        "Fills an empty catalogue with well-known public-domain books and simulated readers. "
        "Makes no accounts. Where there are items already it does nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--readers", type=int, default=300, help="how many; 300 by default")
        parser.add_argument("--seed", type=int, default=7, help="the same seed, the same readers")

    def handle(self, *args: Any, readers: int, seed: int, **options: Any) -> None:
        if Item.objects.exists():
            self.stdout.write(_("The catalogue has items already; nothing was loaded."))
            return
        report = load_demo(
            readers=max(readers, 0),
            seed=seed,
            now=timezone.now(),
            bar_for=bars(self.stderr, quiet=options["verbosity"] == 0),
        )
        if options["verbosity"]:
            for line in report.lines():
                self.stdout.write(line)
