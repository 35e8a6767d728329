"""manage.py thin_out: old views become daily counts, now and with a progress line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from catalog.thinning import thin_out


class Command(BaseCommand):
    help = (
        "Turns views that are older than so many days into daily counts, as beat has done once a "
        "day. May be stopped and begun again at any time. Models learn from what is left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--keep-days",
            type=int,
            default=settings.VIEWS_KEEP_DAYS,
            help="whole days of views to keep; VIEWS_KEEP_DAYS by default, 0 keeps all",
        )

    def handle(self, *args: Any, keep_days: int, **options: Any) -> None:
        def tell(count: int) -> None:
            if options["verbosity"]:
                self.stdout.write(f"  {count} so far")

        thinned = thin_out(keep_days=keep_days, tell=tell)
        self.stdout.write(f"{thinned} views became daily counts.")
