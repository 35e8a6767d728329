"""The hybrid model by command: the whole way once, with TensorFlow in its own process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ml.folders import sided
from tests.ml.test_cli import done, lines_of, lists, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return sided(tmp_path_factory.mktemp("hybrid") / "set")


@pytest.fixture(scope="module")
def model(world) -> Path:
    folder = world.parent / "model"
    finished = done("train", world, folder, "--budget", "fast", "--seed", 3, "--threads", 1)
    *progress, last = lines_of(finished.stdout)
    assert {event["event"] for event in progress} == {"step", "validation"}
    assert last["event"] == "done"
    assert last["kind"] == "hybrid"
    assert last["counts"]["events"] == 200
    assert "ndcg@10" in last["validation"]
    return folder


def test_one_seed_gives_the_same_lists_twice(world, model, tmp_path):
    again = tmp_path / "again"
    done("train", world, again, "--budget", "fast", "--seed", 3, "--threads", 1)
    for name, folder in (("first", model), ("second", again)):
        done("recommend", folder, world / "interactions.csv", tmp_path / name, "--top", 8)
    assert lists(tmp_path / "first") == lists(tmp_path / "second")


def test_every_command_takes_the_hybrid_model(world, model, tmp_path):
    events, out = world / "interactions.csv", tmp_path / "out.csv"
    assert "(hybrid)" in done("inspect", model).stdout
    done("predict", model, events, events, out)
    done("similar", model, out, "--top", 3)
    assert len(lists(out)) == 20
    done("recommend", model, events, out, "--top", 4, "--diversity", "0.5")
    assert {len(set(items)) for items in lists(out).values()} == {4}


def test_a_model_can_be_started_from_and_stops_in_time(world, model, tmp_path):
    warm = tmp_path / "warm"
    finished = done("train", world, warm, "--start-from", model, "--time-limit", 1, "--threads", 1)
    assert lines_of(finished.stdout)[-1]["kind"] == "hybrid"
    assert "(hybrid)" in done("inspect", warm).stdout


def test_a_foreign_model_to_start_from_is_refused(world, tmp_path):
    simple = tmp_path / "simple"
    done("train", world, simple, "--baseline", "markov")
    end = ["--start-from", simple, "--threads", 1, "--time-limit", 1]
    assert "hybrid" in refused_after_progress("train", world, tmp_path / "m", *end)
    assert not (tmp_path / "m").exists()


def refused_after_progress(*arguments: object) -> str:
    finished = run(*arguments)
    assert finished.returncode == 2, finished.stderr
    return finished.stderr.splitlines()[-1]
