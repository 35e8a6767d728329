"""manage.py partition_views: the table of views in monthly parts, on PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog import partitions


class Command(BaseCommand):
    help = (
        "Cuts the table of views into months (PostgreSQL only). One transaction: it happens whole "
        "or not at all, and views wait meanwhile. On a partitioned table it makes the parts of the "
        "coming months, as beat has done once a day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not partitions.is_possible():
            raise CommandError("Only PostgreSQL can cut a table into parts.")
        if partitions.is_partitioned():
            made = partitions.make_ahead()
            self.stdout.write(f"It is in parts already; made: {', '.join(made) or 'none'}.")
            return
        self.stdout.write(f"{partitions.convert()} views are in monthly parts now.")
