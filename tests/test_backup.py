"""A restored site shows the same lists as before; a damaged backup changes nothing."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import fresh_database
from tests.test_settings import SECRET
from tests.tiny import write_tiny_data_set

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
LOOK = """
import json
from catalog.models import Item, Person, Rating
from recommendations import engine, selectors
person = Person.objects.get(session_key="backed-up")
picks = selectors.for_you(person, limit=10).items
model = engine.current()
print(json.dumps([
    Item.objects.count(), Rating.objects.count(), model and [model.run_id, model.is_previous],
    [[pick.item.pk, round(pick.score, 6)] for pick in picks],
]))
"""
READER = """
from catalog import services
from catalog.models import Item, Person
person = Person.objects.create(session_key="backed-up")
for item in Item.objects.order_by("pk")[:6:2]:
    services.rate_item(person, item, stars=5)
"""
TRAIN = """
from unittest.mock import patch
from recommendations import gate, pipeline, services
from recommendations.models import ModelRun
with patch.object(gate, "CANDIDATES", ("popularity", "markov")):
    print(pipeline.retrain(services.ask(trigger=ModelRun.Trigger.COMMAND)).status)
"""


class Place:
    """Where a site is kept, driven by commands."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        names = ("PATH", "HOME", "LANG")
        self.env = {name: os.environ[name] for name in names if name in os.environ}
        self.env |= {"DJANGO_SECRET_KEY": SECRET, "VAR_DIR": str(folder), "DATABASE_URL": address}

    def manage(self, *words: str, told: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, input=told, capture_output=True, text=True, timeout=200
        )

    def shell(self, script: str) -> str:
        done = self.manage("shell", "-v", "0", "-c", script)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1] if done.stdout else ""

    def wipe(self) -> None:
        assert self.manage("flush", "--noinput").returncode == 0
        for part in ("media", "artifacts"):
            shutil.rmtree(self.folder / part, ignore_errors=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("backup")
    with fresh_database(folder) as address:
        place = Place(folder / "var", address)
        place.folder.mkdir()
        assert place.manage("migrate", "-v", "0").returncode == 0
        data = write_tiny_data_set(folder / "tiny")
        assert place.manage("import_dataset", str(data), "-v", "0").returncode == 0
        place.shell(READER)
        assert place.shell(TRAIN) == "succeeded"
        (place.folder / "media" / "covers").mkdir(parents=True)
        (place.folder / "media" / "covers" / "one.png").write_bytes(b"a cover")
        yield place


def test_a_restored_site_shows_the_same_lists(place: Place, tmp_path: Path) -> None:
    before = place.shell(LOOK)
    assert json.loads(before)[2][1] is False
    file = tmp_path / "site.tar"
    done = place.manage("backup", str(file))
    assert done.returncode == 0, done.stderr
    place.wipe()
    done = place.manage("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert place.shell(LOOK) == before
    assert (place.folder / "media" / "covers" / "one.png").read_bytes() == b"a cover"
    left = [path.name for path in place.folder.iterdir() if path.name.startswith(".")]
    assert not left
    again = place.manage("restore", str(file))
    assert again.returncode == 1
    assert "--replace" in again.stderr
    assert place.manage("restore", str(file), "--replace").returncode == 0
    assert place.shell(LOOK) == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("cut", "no backup that can be read"),
        ("bit", "is missing, new or changed"),
        ("added", "is missing, new or changed"),
        ("climbing", "no backup that can be read"),
        ("later", "later version"),
        ("other", "export_dataset"),
        ("text", "no backup that can be read"),
    ],
)
def test_a_damaged_backup_changes_nothing(
    place: Place, tmp_path: Path, damage: str, said: str
) -> None:
    before = place.shell(LOOK)
    file = tmp_path / "site.tar"
    assert place.manage("backup", str(file)).returncode == 0
    DAMAGES[damage](file)
    done = place.manage("restore", str(file), "--replace")
    assert done.returncode == 1
    assert said in done.stderr
    assert place.shell(LOOK) == before


def test_a_file_that_exists_is_not_overwritten(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "site.tar"
    file.write_text("precious")
    done = place.manage("backup", str(file))
    assert done.returncode == 1
    assert "exists" in done.stderr
    assert file.read_text() == "precious"


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])


def _bit(file: Path) -> None:
    contents = bytearray(file.read_bytes())
    with tarfile.open(file) as tar:
        member = max(tar.getmembers(), key=lambda each: each.size)
    contents[member.offset_data + member.size // 2] ^= 1
    file.write_bytes(bytes(contents))


def _added(file: Path, name: str = "media/extra.png") -> None:
    extra = file.parent / "extra"
    extra.write_text("not in the passport")
    with tarfile.open(file, "a") as tar:
        tar.add(extra, arcname=name)


def _passport(file: Path, **changes: object) -> None:
    with tarfile.open(file) as tar:
        tar.extractall(file.parent / "open", filter="data")
    passport = file.parent / "open" / "backup.json"
    passport.write_text(json.dumps(json.loads(passport.read_text()) | changes))
    with tarfile.open(file, "w") as tar:
        tar.add(file.parent / "open", arcname=".")


DAMAGES = {
    "cut": _cut,
    "bit": _bit,
    "added": _added,
    "climbing": lambda file: _added(file, "../outside.png"),
    "later": lambda file: _passport(file, migrations=[["catalog", "9999_from_the_future"]]),
    "other": lambda file: _passport(file, database="oracle"),
    "text": lambda file: file.write_text("this is no tar"),
}
