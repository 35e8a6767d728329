"""The commands of docs/curl.md run, line by line, against the live site."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from catalog.models import Rating, ShelfEntry, User
from catalog.services import recount, refresh_item_texts
from tests.recommendations.worlds import checkerboard, published

PAGE = Path(__file__).resolve().parents[2] / "docs" / "curl.md"
PASSWORD = "a long & odd password+"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


def blocks() -> list[str]:
    return re.findall(r"```sh\n(.+?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def told(live_server) -> list[str]:
    """What the commands print; all but the last block."""
    items, _people = checkerboard()
    refresh_item_texts(items)
    recount()
    published("markov")
    User.objects.create_user("ann", password=PASSWORD)
    return run(live_server, blocks()[:-1]).splitlines()


def run(live_server, parts: list[str]) -> str:
    code = "set -euo pipefail\n" + "\n".join(parts)
    code = re.sub(r"^(curl .+?(?<=[^,]))$(?!\n  )", r"\1; echo", code, flags=re.MULTILINE)
    code = re.sub(r'(\}\]")$', r"\1; echo", code, flags=re.MULTILINE)
    env = {"PATH": os.environ["PATH"], "SITE": live_server.url, "PASSWORD": PASSWORD}
    done = subprocess.run(["bash", "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_every_command_is_answered_with_sense(live_server, told):
    answers = [json.loads(line) for line in told if line]
    found, item, sent, mine, alike, popular, surfaces, for_items, predicted, *rest = answers
    dials, made, (asked, answered, taste, year, on_map) = rest[:2], rest[2:-5], rest[-5:]
    assert found["results"]
    assert item["id"] == found["results"][0]["id"]
    assert (sent["created"], sent["refused"]) == (3, 0)
    for answer in (mine, alike, popular, for_items):
        assert len(answer["results"]) == 5
    assert {surface["name"] for surface in surfaces} >= {"popular", "similar"}
    assert predicted["results"][0]["item"] == item["id"]
    assert [one["adventurous"] for one in dials] == [0.5, 0.0]
    added, changed, shown, written, reviews, taken, rows, undone = made
    assert (added["position"], changed["is_public"], changed["size"]) == (1, True, 1)
    assert [entry["note"] for entry in shown["results"]] == ["slowly"]
    assert (written["text"], reviews["results"]) == ("Sharp, and kind.", [])
    assert taken["outcomes"] == {"unmatched": 1}
    assert [row["outcome"] for row in rows["results"]] == ["unmatched"]
    assert undone["status"] == "undone"
    assert item["id"] not in [one["id"] for one in asked["questions"]]
    assert (answered["ratings"], len(answered["questions"])) == (1, len(asked["questions"]))
    assert taste["mean_stars"] == year["mean_stars"] == 4.5
    assert on_map["ids"] == [item["id"]]


def test_the_last_one_takes_all_of_it_back(live_server, told):
    own = {"person__user__username": "ann"}
    assert Rating.objects.filter(**own).count() == ShelfEntry.objects.filter(**own).count() == 1
    first, token, find = blocks()[:3]
    run(live_server, [first, token, find, blocks()[-1]])
    assert not Rating.objects.filter(**own).exists()
    assert not ShelfEntry.objects.filter(**own).exists()
