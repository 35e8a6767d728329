"""The commands, as others run them: files in, files out, one line where something is wrong."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ml import __main__
from ml.baselines import BASELINES
from ml.config import BUDGETS
from ml.protocols import PROTOCOLS
from tests.ml.folders import dataset, sided, write

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ml", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def done(*arguments: object) -> subprocess.CompletedProcess[str]:
    finished = run(*arguments)
    assert finished.returncode == 0, finished.stderr
    return finished


def refused(*arguments: object) -> str:
    """The one line that a command which cannot work ends with."""
    finished = run(*arguments)
    assert finished.returncode == 2, finished.stderr
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    assert "Traceback" not in line
    return line


def lines_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def table(path: Path) -> list[list[str]]:
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        return list(csv.reader(file))


def lists(path: Path) -> dict[str, list[str]]:
    return {key: cell.split(" ") if cell else [] for key, cell in table(path)[1:]}


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return sided(tmp_path_factory.mktemp("data") / "set")


@pytest.fixture(scope="module")
def model(world) -> Path:
    folder = world.parent / "model"
    done("train", world, folder, "--baseline", "ease", "--threads", 1)
    return folder


@pytest.mark.parametrize("baseline", ["popularity", "recent-popularity", "markov", "ease"])
def test_training_says_in_json_what_it_did(world, tmp_path, baseline):
    log = tmp_path / "train.log"
    finished = done("train", world, tmp_path / "m", "--baseline", baseline, "--log", log)
    *progress, last = lines_of(finished.stdout)
    assert {event["event"] for event in progress} == {"step", "validation"}
    assert last["event"] == "done"
    assert last["counts"] == {"events": 200, "ratings": 200, "items": 20, "people": 40}
    assert last["validation"]["people"] == 40
    assert last["seconds"] > 0
    assert last["peak_memory_mb"] > 10
    assert log.read_text() == finished.stdout
    assert "done" in finished.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_second_training_takes_the_place_of_the_first(world, tmp_path):
    for baseline in ("popularity", "markov"):
        done("train", world, tmp_path / "m", "--baseline", baseline)
    assert "(markov)" in done("inspect", tmp_path / "m").stdout


def test_everyone_gets_a_list_without_what_they_have_seen(world, model, tmp_path):
    out = tmp_path / "out.csv"
    done("recommend", model, world / "interactions.csv", out, "--top", 5)
    assert table(out)[0] == ["user_id", "item_ids"]
    found = lists(out)
    seen: dict[str, set[str]] = {}
    for user, item, *_ in table(world / "interactions.csv")[1:]:
        seen.setdefault(user, set()).add(item)
    assert list(found) == list(seen)
    for user, items in found.items():
        assert len(items) == len(set(items)) == 5
        assert not set(items) & seen[user]
        side = int(user[1:]) % 2
        assert sum(int(item[1:]) % 2 == side for item in items[:4]) >= 3


def test_seen_items_can_be_included(world, model, tmp_path):
    out = tmp_path / "out.csv"
    done("recommend", model, world / "interactions.csv", out, "--top", 99, "--include-seen")
    assert {len(items) for items in lists(out).values()} == {20}


def test_lists_can_be_kept_among_some_items(world, model, tmp_path):
    among = write(tmp_path, "among.csv", "item_id\ni3\ni4\nunheard-of\n")
    out = tmp_path / "out.csv.gz"
    done("recommend", model, world / "interactions.csv", out, "--among", among)
    assert {item for items in lists(out).values() for item in items} <= {"i3", "i4"}


def test_diverse_lists_have_the_same_length_and_other_items(world, model, tmp_path):
    plain, diverse = tmp_path / "plain.csv", tmp_path / "diverse.csv"
    events = world / "interactions.csv"
    done("recommend", model, events, plain, "--top", 4)
    done("recommend", model, events, diverse, "--top", 4, "--diversity", "0.9")
    assert {len(set(items)) for items in lists(diverse).values()} == {4}
    assert lists(plain) != lists(diverse)


def test_events_of_strangers_and_of_unknown_items_still_give_a_list(model, tmp_path):
    events = write(tmp_path, "e.csv", "user_id,item_id,rating,timestamp\nx,i2,,\ny,new-item,,\n")
    done("recommend", model, events, tmp_path / "out.csv", "--top", 3)
    assert {user: len(items) for user, items in lists(tmp_path / "out.csv").items()} == {
        "x": 3,
        "y": 3,
    }


def test_ratings_are_predicted_for_known_and_unknown_alike(world, model, tmp_path):
    pairs = write(tmp_path, "p.csv", "user_id,item_id\np0,i0\nnobody,i1\np1,nothing\np0,i5\n")
    out = tmp_path / "out.csv"
    done("predict", model, world / "interactions.csv", pairs, out)
    header, *rows = table(out)
    assert header == ["user_id", "item_id", "rating", "low", "high"]
    assert [row[:2] for row in rows] == [
        ["p0", "i0"],
        ["nobody", "i1"],
        ["p1", "nothing"],
        ["p0", "i5"],
    ]
    for row in rows:
        stars, low, high = map(float, row[2:])
        assert 2 <= low <= stars <= high <= 5


def test_each_item_has_similar_ones_the_cold_one_too(model, tmp_path):
    out = tmp_path / "out.csv"
    done("similar", model, out, "--top", 4)
    found = lists(out)
    assert list(found) == [f"i{row}" for row in range(20)]
    assert all(item not in items and len(items) == 4 for item, items in found.items())
    assert all(int(item[1:]) % 2 == 1 for item in found["i19"])


def test_a_moved_model_gives_the_same_lists(world, model, tmp_path):
    moved = tmp_path / "elsewhere" / "model"
    shutil.copytree(model, moved)
    for name, folder in (("here", model), ("there", moved)):
        done("recommend", folder, world / "interactions.csv", tmp_path / name)
    assert (tmp_path / "here").read_bytes() == (tmp_path / "there").read_bytes()


def test_a_scale_of_fractions_takes_its_own_ends(tmp_path):
    rows = "user_id,item_id,rating\na,emma,4.7\nb,dune,0.1\nb,emma,1.3\n"
    folder = dataset(tmp_path / "set", interactions=rows)
    done("train", folder, tmp_path / "m", "--baseline", "popularity")
    done("recommend", tmp_path / "m", folder / "interactions.csv", tmp_path / "out.csv")
    assert lists(tmp_path / "out.csv") == {"a": ["dune", "cold"], "b": ["cold"]}


def test_inspection_says_what_a_model_is(model):
    words = done("inspect", model).stdout
    for part in ("EASE", "200 events", "40 people", "20 items", "2 to 5", "checksums verified"):
        assert part in words


@pytest.mark.parametrize("protocol", ["next-event", "whole-taste", "cold", "rating"])
@pytest.mark.parametrize("kind", ["full", "bare"])
def test_evaluation_gives_one_json_line_and_a_table(world, tmp_path, protocol, kind):
    if kind == "bare":
        rows = table(world / "interactions.csv")
        ratings = 2 if protocol != "rating" else 3
        lines = [",".join(row[:ratings]) for row in rows]
        folder = dataset(
            tmp_path, interactions="\n".join(lines), items=(world / "items.csv").read_bytes()
        )
    else:
        folder = world
    finished = done("evaluate", folder, "--protocol", protocol, "--baseline", "popularity")
    (line,) = lines_of(finished.stdout)
    assert line["protocol"] == protocol
    assert line["model"] == "popularity"
    main = {"whole-taste": "ndcg@100", "rating": "rmse", "cold": "among_cold_recall@10"}
    assert main.get(protocol, "ndcg@10") in line
    assert "popularity" in finished.stderr


def test_ease_beats_popularity_on_a_world_with_two_sides(world):
    line = json.loads(
        done("evaluate", world, "--protocol", "next-event", "--baseline", "ease").stdout
    )
    assert line["ndcg@10"] > line["baselines"]["popularity"]["ndcg@10"]


BAD_SETS = {
    "missing column": ("user_id,rating\na,3\n", "item_id is missing"),
    "no number": ("user_id,item_id,rating\na,emma,good\n", "row 2"),
    "no rows": ("user_id,item_id,rating,timestamp\n", "no rows"),
    "empty": ("", "is empty"),
    "cut short": ("user_id,item_id,rating,timestamp\na,emma,5,1\na,em", "row 3"),
}


@pytest.mark.parametrize("name", BAD_SETS)
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_bad_data_is_refused_in_one_line_and_nothing_is_written(tmp_path, name, command):
    content, expected = BAD_SETS[name]
    folder = dataset(tmp_path / "set", interactions=content)
    end = [tmp_path / "m"] if command == "train" else ["--protocol", "next-event"]
    line = refused(command, folder, *end, "--baseline", "markov")
    assert "interactions" in line
    assert expected in line
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_nothing_to_find_is_said(tmp_path):
    folder = dataset(tmp_path, interactions="user_id,item_id\na,emma\n")
    assert "at least two events" in refused("evaluate", folder, "--protocol", "next-event")


def test_a_damaged_model_is_refused_by_every_command(world, model, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(model, broken)
    array = next(iter(sorted(broken.glob("ease.dense.npy"))))
    array.write_bytes(array.read_bytes()[:-1] + b"\x99")
    events, out = world / "interactions.csv", tmp_path / "out.csv"
    for command in (
        ["recommend", broken, events, out],
        ["predict", broken, events, events, out],
        ["similar", broken, out],
        ["inspect", broken],
        ["train", world, tmp_path / "m", "--start-from", broken],
    ):
        assert "ease.dense.npy" in refused(*command)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken"]


def test_bad_events_and_pairs_leave_no_output(world, model, tmp_path):
    out = tmp_path / "out.csv"
    events = write(tmp_path, "e.csv", "user_id,item_id,rating\nx,i2,4\nx,i3,9\n")
    assert "e.csv, row 3" in refused("recommend", model, events, out)
    pairs = write(tmp_path, "p.csv", "user_id\nx\n")
    assert "item_id is missing" in refused("predict", model, world / "interactions.csv", pairs, out)
    none = write(tmp_path, "none.csv", "item_id\nunheard-of\n")
    assert "none.csv" in refused(
        "recommend", model, world / "interactions.csv", out, "--among", none
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.csv", "none.csv", "p.csv"]


def test_places_that_cannot_be_written_are_named(world, model, tmp_path):
    nowhere = tmp_path / "nowhere" / "out.csv"
    assert "nowhere" in refused("recommend", model, world / "interactions.csv", nowhere)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    assert "no artifact" in refused("train", world, tmp_path / "letters", "--baseline", "ease")
    assert (tmp_path / "letters" / "dear.txt").read_text() == "dear"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["train"],
        ["recommend", "m", "e", "o", "--top", "0"],
        ["recommend", "m", "e", "o", "--diversity", "2"],
        ["train", "f", "m", "--baseline", "oracle"],
        ["train", "f", "m", "--seed", "-1"],
        ["train", "f", "m", "--time-limit", "soon"],
        ["train", "f", "m", "--budget", "endless"],
        ["evaluate", "f", "--protocol", "vibes"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_refused_in_one_line(arguments):
    assert "--help" in refused(*arguments)


def test_the_names_in_the_arguments_are_those_that_exist():
    assert set(__main__.BASELINES) == set(BASELINES)
    assert set(__main__.BUDGETS) == set(BUDGETS)
    assert set(__main__.PROTOCOLS) == set(PROTOCOLS)


def test_folders_that_are_not_there_are_named(tmp_path):
    assert "nowhere" in refused("train", tmp_path / "nowhere", tmp_path / "m", "--baseline", "ease")
    assert "nowhere" in refused("inspect", tmp_path / "nowhere")
