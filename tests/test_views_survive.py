"""Views that wait in Redis outlive it, and whoever writes them: killed with SIGKILL, at any point.

Each process is one of its own, on PostgreSQL where TEST_DATABASE_URL names one, else on a SQLite
file; Redis keeps an append-only file, and is killed and started again on it.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import KeptRedis, fresh_database

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
PEOPLE, ITEMS = 60, 3
BEGIN = """
import os, signal, sys, time, django
django.setup()
from catalog import services, view_buffer, view_writer
from catalog.models import Item, ItemView, Person
view_buffer.PATIENCE = 30  # a disk may be busy; what is killed refuses at once
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
"""
SEED = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
ItemView.objects.all().delete()
Item.objects.bulk_create(Item(title=f"Item {{n}}") for n in range({ITEMS}))
Person.objects.bulk_create(Person(name=f"Person {{n}}") for n in range({PEOPLE}))
"""
LOOK_AT_ALL = """
for item in Item.objects.order_by("pk"):
    for person in Person.objects.order_by("pk"):
        assert services.record_view(person, item) is True
        print("seen", flush=True)
"""
SLOWLY = "\n        time.sleep(0.02)"
COUNT = """
import json
rows = list(ItemView.objects.values_list("person_id", "item_id"))
counted = sum(Item.objects.values_list("view_count", flat=True))
print(json.dumps([len(rows), len(set(rows)), counted]))
"""
WRITE = "view_writer.BATCH = 50\nview_writer.write_views()\n"


class Site:
    """A site that buffers views: each script is a process of its own."""

    def __init__(self, folder: Path, database: str, redis: str) -> None:
        self.env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.env |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DJANGO_DEBUG": "1",
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "VAR_DIR": str(folder),
            "VIEW_BUFFER": "1",
            "PYTHONPATH": str(ROOT),
        }

    def start(self, *scripts: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", "\n".join([BEGIN, *scripts])]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.env, text=True, stdout=pipe, stderr=pipe)

    def run(self, *scripts: str, ends_with: int = 0) -> str:
        process = self.start(*scripts)
        said, problem = process.communicate(timeout=120)
        assert process.returncode == ends_with, problem
        return said

    def counts(self) -> list[int]:
        """How many views there are, how many different ones, and how many the items count."""
        found: list[int] = json.loads(self.run(COUNT))
        return found


@pytest.fixture
def redis(tmp_path):
    (tmp_path / "redis").mkdir()
    server = KeptRedis(tmp_path / "redis")
    yield server
    server.kill()


@pytest.fixture
def site(tmp_path, redis):
    with fresh_database(tmp_path) as database:
        site = Site(tmp_path, database, redis.url)
        site.run(SEED)
        yield site


ALL = [PEOPLE * ITEMS] * 3


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("view_writer._write = die", id="between reading and writing"),
        pytest.param("view_writer._count = die", id="between writing and the commit"),
        pytest.param("view_buffer.Reader.drop = die", id="between the commit and the clearing up"),
    ],
)
def test_a_writer_that_is_killed_loses_no_view_and_doubles_none(site, moment):
    site.run(LOOK_AT_ALL)
    assert site.counts() == [0, 0, 0]
    site.run(moment, WRITE, ends_with=-signal.SIGKILL)
    site.run(WRITE)
    assert site.counts() == ALL
    site.run(WRITE)
    assert site.counts() == ALL


def test_a_redis_that_is_killed_while_people_look_loses_nothing_that_it_had_taken(site, redis):
    looking = site.start(LOOK_AT_ALL + SLOWLY)
    assert looking.stdout is not None
    for _ in range(PEOPLE):
        assert looking.stdout.readline() == "seen\n"
    redis.kill()
    _said, problem = looking.communicate(timeout=120)
    assert looking.returncode == 0, problem
    assert "views are written directly" in problem
    written, *_ = site.counts()
    assert 0 < written < PEOPLE * ITEMS
    redis.start()
    site.run(WRITE)
    assert site.counts() == ALL


def test_both_killed_at_once_lose_nothing(site, redis):
    site.run(LOOK_AT_ALL)
    site.run("view_buffer.Reader.drop = die", WRITE, ends_with=-signal.SIGKILL)
    redis.kill()
    redis.start()
    site.run(WRITE)
    assert site.counts() == ALL
