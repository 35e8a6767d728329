"""manage.py send_webhooks: sends what waits for webhooks, where no worker does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from catalog.webhooks import sending


class Command(BaseCommand):
    help = "Sends what is due for webhooks, once; a worker and beat do that by themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        arrived, failed = sending.send_due()
        self.stdout.write(f"{arrived} messages arrived; {failed} webhooks failed")
