"""How many views a second the site takes, written directly and by way of Redis.

`python -m benchmarks.views` starts a PostgreSQL and a Redis of its own on this machine, lets
THREADS threads look at items for SECONDS seconds each way, and prints a table. What waited in Redis
is then written by one writer, which is timed too; every view must be there once. The PostgreSQL
does not wait for its disk (fsync off), so writing directly takes longer elsewhere.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from tests.servers import postgresql, redis

THREADS = 4  # as many as a web process has, and as many as its pool has connections
SECONDS, ITEMS, PEOPLE = 10.0, 500, 20_000


def main() -> None:
    with postgresql() as database, redis() as broker, tempfile.TemporaryDirectory() as var:
        os.environ |= {
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "VAR_DIR": var,
            "DJANGO_DEBUG": "1",
            "VIEW_BUFFER_MOST": "10000000",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        measure()


def measure() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from catalog.models import Item, ItemView, Person
    from catalog.view_writer import write_views

    call_command("migrate", verbosity=0)
    items = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(ITEMS))
    people = Person.objects.bulk_create(Person(name=f"Person {n}") for n in range(PEOPLE))
    settings.DEBUG = False
    say("| way | views a second | median ms | 99 % within ms |")
    say("| --- | --- | --- | --- |")
    for buffered, name in ((False, "written directly"), (True, "by way of Redis")):
        settings.VIEW_BUFFER = buffered
        ItemView.objects.all().delete()
        taken = look(people, items)
        centiles = statistics.quantiles(taken, n=100)
        rate, median = len(taken) / SECONDS, 1000 * statistics.median(taken)
        say(f"| {name} | {rate:.0f} | {median:.1f} | {1000 * centiles[98]:.1f} |")
        if buffered:
            start = time.monotonic()
            written = write_views(seconds=600)
            spent = time.monotonic() - start
            say(f"\nOne writer wrote {written} views, {written / spent:.0f} a second.")
        assert ItemView.objects.count() == len(taken)
    connection.close()


def look(people: list, items: list) -> list[float]:  # type: ignore[type-arg]
    """Everybody looks at something new until the time is up; how long each look took."""
    from django.db import connection

    from catalog import services

    turn, end = count(), time.monotonic() + SECONDS

    def one_after_the_other(_thread: int) -> list[float]:
        taken = []
        while (start := time.monotonic()) < end:
            number = next(turn)
            person = people[number % PEOPLE]
            assert services.record_view(person, items[(number // PEOPLE + number) % ITEMS])
            taken.append(time.monotonic() - start)
        connection.close()
        return taken

    with ThreadPoolExecutor(THREADS) as threads:
        return [took for some in threads.map(one_after_the_other, range(THREADS)) for took in some]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
