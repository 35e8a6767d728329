"""The live model is one row, loaded once, and never takes a page down."""

import threading

import pytest

from ml.snapshot import History
from recommendations import engine, loading, services
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


def cut_short(run):
    array = next(engine.artifact_folder(run).glob("*.npy"))
    array.write_bytes(array.read_bytes()[:-1])


def test_before_the_first_model_there_is_none():
    assert engine.current() is None


def test_the_live_model_is_found_with_one_query_and_loaded_once(django_assert_num_queries):
    checkerboard()
    run = published("ease")
    with django_assert_num_queries(1):
        model = engine.current()
    assert (model.run_id, model.kind, model.is_previous) == (run.pk, "ease", False)
    assert len(model.recommender.for_events(History.of_items([0]), n=3).rows) == 3
    with django_assert_num_queries(1):
        assert engine.current() is model


def test_publishing_and_rolling_back_show_at_the_next_call():
    checkerboard()
    first, second = published("popularity"), published("ease")
    assert engine.current().run_id == second.pk
    services.roll_back()
    assert engine.current().run_id == first.pk


def test_a_damaged_model_is_noted_with_its_reason_and_the_one_before_serves():
    checkerboard()
    first, second = published(), published()
    cut_short(second)
    model = engine.current()
    assert (model.run_id, model.is_previous) == (first.pk, True)
    second.refresh_from_db()
    assert "bytes instead of" in second.artifact_problem
    assert second.is_live


def test_every_changed_byte_of_a_manifest_is_noticed():
    checkerboard()
    published()
    second = published()
    manifest = engine.artifact_folder(second) / "manifest.json"
    content = bytearray(manifest.read_bytes())
    content[len(content) // 2] ^= 1
    manifest.write_bytes(content)
    assert engine.current().is_previous


def test_with_no_sound_model_left_there_is_none():
    checkerboard()
    cut_short(published())
    assert engine.current() is None
    assert engine.current() is None


def test_a_model_that_was_put_back_serves_again(monkeypatch):
    checkerboard()
    run = published()
    manifest = engine.artifact_folder(run) / "manifest.json"
    content = manifest.read_bytes()
    manifest.unlink()
    assert engine.current() is None
    manifest.write_bytes(content)
    assert engine.current() is None
    monkeypatch.setattr(loading, "_retry_at", {})  # a minute later
    assert engine.current().run_id == run.pk
    run.refresh_from_db()
    assert run.artifact_problem == ""


def test_a_rolled_back_model_does_not_stand_in_for_the_older_one():
    checkerboard()
    first, _ = published(), published()
    services.roll_back()
    cut_short(first)
    assert engine.current() is None


def test_threads_share_one_load():
    checkerboard()
    run = published()
    found = []

    def load():
        found.append(loading.model_of(run, patience=5))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(model) for model in found}) == 1
