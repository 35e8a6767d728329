"""manage.py write_views: what a worker does every few seconds, from this terminal."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from catalog.view_writer import write_views


class Command(BaseCommand):
    help = (
        "Writes the views that wait in Redis to the database. A worker does so every few seconds; "
        "run it after VIEW_BUFFER was turned off, and before a backup."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.VIEW_BUFFER_URL:
            self.stdout.write("REDIS_URL is not set: all views are in the database already.")
            return
        try:
            written = write_views(seconds=float("inf"))
        except RedisError as error:
            raise CommandError(
                f"Redis does not answer; what it holds stays there: {error}"
            ) from error
        self.stdout.write(f"{written} views were written.")
