"""A site of the first release is migrated with all that is in it, and serves at once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import fresh_database
from tests.test_backup import Place

pytestmark = pytest.mark.slow
FIRST = {"catalog": "0001", "recommendations": "0001"}
FILL = """
import json, os
from datetime import UTC, datetime
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

loader = MigrationExecutor(connection).loader
old = loader.project_state(
    [("catalog", "0001_initial"), ("recommendations", "0001_initial")]
).apps
names = ("Item", "Person", "Rating", "ItemView", "ShelfEntry")
Item, Person, Rating, ItemView, ShelfEntry = (old.get_model("catalog", name) for name in names)
items = [Item.objects.create(title=f"Book {n}", rating_count=1, view_count=1) for n in range(12)]
for n, item in enumerate(items):
    person = Person.objects.create(session_key=f"old-{n}")
    at = datetime(2024, 1, 1 + n, tzinfo=UTC)
    Rating.objects.create(person=person, item=item, half_stars=8, rated_at=at)
    ItemView.objects.create(person=person, item=item, viewed_at=at)
    ShelfEntry.objects.create(person=person, item=item, shelf="done", shelved_at=at)
folder = settings.ARTIFACTS_ROOT / "run-000001-00000000"
folder.mkdir(parents=True)
(folder / "manifest.json").write_text(json.dumps({"format": 0, "files": {}}))
old.get_model("recommendations", "ModelRun").objects.create(
    status="succeeded", trigger="admin", artifact=folder.name, is_live=True, chosen="markov",
    finished_at=timezone.now(),
)
"""
LOOK = """
import json
from django.test import Client
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry
from recommendations import engine
from recommendations.models import ModelRun
counts = [table.objects.count() for table in (Item, Person, Rating, ItemView, ShelfEntry)]
client = Client(HTTP_HOST="localhost")
paths = ("/", "/browse/", "/items/1/")
pages = [client.get(path, secure=True).status_code for path in paths]
model = engine.current()
run = ModelRun.objects.get()
print(json.dumps([counts, pages, model is None, run.is_live, run.artifact_problem]))
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with fresh_database(tmp_path) as address:
        (tmp_path / "var").mkdir()
        place = Place(tmp_path / "var", address)
        place.env |= {"DJANGO_DEBUG": "1", "LOG_LEVEL": "CRITICAL"}
        yield place


def test_a_site_of_the_first_release_is_migrated_and_serves(place: Place) -> None:
    for app, name in FIRST.items():
        done = place.manage("migrate", app, name, "-v", "0")
        assert done.returncode == 0, done.stderr
    place.shell(FILL)
    done = place.manage("migrate", "-v", "0")
    assert done.returncode == 0, done.stderr
    counts, pages, no_model, is_live, problem = json.loads(place.shell(LOOK))
    assert counts == [12, 12, 12, 12, 12]
    assert pages == [200, 200, 200]
    assert (no_model, is_live) == (True, True)
    assert "train the model again with this version" in problem
    assert place.manage("migrate", "--check").returncode == 0
