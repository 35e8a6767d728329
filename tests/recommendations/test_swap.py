"""A new model is loaded beside the old one: no request waits for it, and nothing is left of it."""

import gc
import os
import threading
import time
import weakref
from pathlib import Path

import pytest

from recommendations import engine, loading, services, store
from tests.recommendations.worlds import checkerboard, published
from tests.servers import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_served(monkeypatch):
    monkeypatch.setattr(engine, "PATIENCE_BESIDE", 0.0)


@pytest.fixture
def held(monkeypatch):
    """Loads wait until they may go on."""
    gate, whole = threading.Event(), store.load

    def load(*args, **more):
        assert gate.wait(20)
        return whole(*args, **more)

    monkeypatch.setattr(store, "load", load)
    yield gate
    gate.set()


def serves(run):
    return engine.current().run_id == run.pk


def settle(run):
    engine.current()
    wait_until(lambda: serves(run), seconds=30, what=f"the change to {run}")


def test_the_old_model_answers_at_once_until_the_new_one_is_ready(held):
    checkerboard()
    held.set()
    old = published("markov")
    assert serves(old)
    held.clear()
    new = published("ease")
    began = time.monotonic()
    assert all(serves(old) for _ in range(20))
    assert time.monotonic() - began < engine.PATIENCE
    held.set()
    wait_until(lambda: serves(new), seconds=30, what="the change")
    assert not engine.current().is_previous


def test_rolling_back_makes_nobody_wait_either(held):
    checkerboard()
    held.set()
    old, new = published("markov"), published("ease")
    assert serves(new)
    services.make_live(old)
    held.clear()
    assert serves(new)
    held.set()
    wait_until(lambda: serves(old), seconds=30, what="the change")


def test_a_new_model_that_is_damaged_never_serves_and_the_old_one_goes_on():
    checkerboard()
    old = published("markov")
    assert serves(old)
    new = published("ease")
    (store.folder_of(new.artifact) / "item_ids.json").write_text("[]")
    engine.current()
    wait_until(lambda: engine.current().is_previous, seconds=30, what="the refusal")
    assert serves(old)
    new.refresh_from_db()
    assert "item_ids.json" in new.artifact_problem


def test_a_model_that_cannot_answer_a_question_is_refused_before_it_serves(monkeypatch):
    checkerboard()
    old = published("markov")
    assert serves(old)
    whole = loading.Recommender.for_events

    def fail(self, history, **more):
        if self.kind == "ease":
            raise RuntimeError("broken")
        return whole(self, history, **more)

    monkeypatch.setattr(loading.Recommender, "for_events", fail)
    new = published("ease")
    engine.current()
    wait_until(lambda: engine.current().is_previous, seconds=30, what="the refusal")
    new.refresh_from_db()
    assert "cannot answer a question" in new.artifact_problem


def test_a_first_request_waits_but_not_without_end(held, monkeypatch):
    checkerboard()
    run = published()
    monkeypatch.setattr(engine, "PATIENCE", 2.0)
    began = time.monotonic()
    assert engine.current() is None
    assert 1.9 < time.monotonic() - began < 20
    began = time.monotonic()
    assert engine.current() is None
    assert time.monotonic() - began < 1
    held.set()
    wait_until(lambda: engine.current() is not None, seconds=30, what="the first model")
    assert serves(run)


def test_fifty_models_later_two_are_in_memory():
    checkerboard()
    seen = []
    for _ in range(50):
        settle(published())
        seen.append(weakref.ref(engine.current().recommender))
    engine.current()
    gc.collect()
    assert sum(ref() is not None for ref in seen) == 1
    listing = Path("/proc/self/maps")
    maps = listing.read_text() if listing.exists() else ""
    mapped = {line.split("/")[-2] for line in maps.splitlines() if ".npy" in line}
    assert len(mapped) <= 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("load ")]


def test_a_child_of_a_process_that_was_loading_begins_anew(held):
    checkerboard()
    run = published()
    assert loading.model_of(run) is None
    assert loading.is_under_way(run)
    child = os.fork()
    if not child:
        os._exit(0 if not loading.is_under_way(run) and not loading._lock.locked() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_folder_that_became_a_link_is_refused(settings, tmp_path):
    checkerboard()
    run = published()
    settings.ARTIFACTS_ROOT.rename(tmp_path / "elsewhere")
    settings.ARTIFACTS_ROOT.symlink_to(tmp_path / "elsewhere")
    assert engine.current() is None
    run.refresh_from_db()
    assert "is a link" in run.artifact_problem


def test_two_models_that_changed_places_are_both_refused(tmp_path):
    checkerboard()
    one, other = published("markov"), published("ease")
    first, second = store.folder_of(one.artifact), store.folder_of(other.artifact)
    first.rename(tmp_path / "aside")
    second.rename(first)
    (tmp_path / "aside").rename(second)
    assert engine.current() is None
    other.refresh_from_db()
    assert "belongs to another model" in other.artifact_problem


def test_a_run_from_before_models_were_bound_to_runs_serves_on():
    checkerboard()
    run = published()
    type(run).objects.update(artifact_digest="")
    assert serves(run)
