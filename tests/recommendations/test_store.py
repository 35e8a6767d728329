"""Models in a bucket: whole or not there, fetched once, and never another than was published."""

from __future__ import annotations

import errno
import os
import shutil

import pytest
from django.core.management import CommandError, call_command

from config.stores import artifact_storage
from ml.artifact import ArtifactError
from recommendations import engine, services, store
from recommendations.models import ModelRun, RetrainSettings
from tests.object_store import s3
from tests.recommendations.worlds import checkerboard, published
from tests.servers import Missing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def server():
    try:
        with s3() as bucket:
            yield bucket
    except Missing as reason:
        if os.environ.get("CI"):
            raise  # there nothing may be left out unseen
        pytest.skip(str(reason))


@pytest.fixture
def bucket(server, settings, monkeypatch):
    """An empty bucket, which the site keeps its models in."""
    for name, value in {"ARTIFACTS_URL": server.url, **server.environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(engine, "PATIENCE", 60.0)  # a busy machine may take long to fetch
    settings.STORAGES = settings.STORAGES | {"artifacts": artifact_storage()}
    for key in server.names():
        server.client.delete_object(Bucket="models", Key=key)
    return server


def another_host(settings, tmp_path):
    """From here on, what this host has is gone, as for one that was just set up."""
    settings.ARTIFACTS_ROOT = tmp_path / f"host-{len(list(tmp_path.iterdir()))}"
    engine.forget_all()


def key_of(run, name):
    return f"site/{run.artifact}/{name}"


def problem_of(run):
    run.refresh_from_db()
    return run.artifact_problem


def test_another_host_fetches_what_was_published_and_serves_it(bucket, settings, tmp_path):
    checkerboard()
    run = published("ease")
    files = {path.name for path in store.folder_of(run.artifact).iterdir()}
    assert set(bucket.names()) == {key_of(run, name) for name in files}
    another_host(settings, tmp_path)
    assert not settings.ARTIFACTS_ROOT.exists()
    assert engine.current().run_id == run.pk
    assert {path.name for path in store.folder_of(run.artifact).iterdir()} == files


def test_a_host_fetches_a_model_once(bucket, settings, tmp_path):
    checkerboard()
    run = published()
    another_host(settings, tmp_path)
    assert engine.current().run_id == run.pk
    for key in bucket.names():
        bucket.client.delete_object(Bucket="models", Key=key)
    engine.forget_all()
    assert engine.current().run_id == run.pk


def test_a_damaged_copy_is_fetched_anew(bucket, settings, tmp_path):
    checkerboard()
    run = published()
    array = next(store.folder_of(run.artifact).glob("*.npy"))
    array.write_bytes(b"no array")
    engine.forget_all()
    assert engine.current().run_id == run.pk
    assert array.read_bytes() != b"no array"


def test_a_half_uploaded_model_is_none(bucket, settings, tmp_path):
    checkerboard()
    first, second = published(), published()
    bucket.client.delete_object(Bucket="models", Key=key_of(second, "manifest.json"))
    another_host(settings, tmp_path)
    assert engine.current().run_id == first.pk
    assert "not in the store" in problem_of(second)


@pytest.mark.parametrize("name", ["manifest.json", "item_ids.json", "*.npy"])
@pytest.mark.parametrize("how", ["flipped", "cut", "grown", "gone"])
def test_what_was_damaged_in_the_bucket_is_refused_by_name(bucket, settings, tmp_path, name, how):
    checkerboard()
    first, second = published(), published()
    name = next(store.folder_of(second.artifact).glob(name)).name
    whole = bucket.read(key_of(second, name))
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    if how == "gone":
        bucket.client.delete_object(Bucket="models", Key=key_of(second, name))
    else:
        changed = {"flipped": flipped, "cut": whole[:middle], "grown": whole + b"\n"}[how]
        bucket.write(key_of(second, name), changed)
    another_host(settings, tmp_path)
    assert engine.current().run_id == first.pk
    assert name in problem_of(second) or how == "gone"
    assert "train the model again" in second.artifact_problem
    assert not store.folder_of(second.artifact).exists()


def test_two_sound_models_that_changed_places_are_both_refused(bucket, settings, tmp_path):
    checkerboard()
    one, other = published("markov"), published("ease")
    contents = {key: bucket.read(key) for key in bucket.names()}
    for key in contents:
        bucket.client.delete_object(Bucket="models", Key=key)
    for key, content in contents.items():
        mine, theirs = (one, other) if one.artifact in key else (other, one)
        bucket.write(key.replace(mine.artifact, theirs.artifact), content)
    another_host(settings, tmp_path)
    assert engine.current() is None
    assert "belongs to another model" in problem_of(one)
    assert "belongs to another model" in problem_of(other)


def test_with_a_key_only_what_it_signed_is_fetched(bucket, settings, tmp_path):
    checkerboard()
    unsigned = published()
    settings.ARTIFACTS_KEYS = ["k" * 32]
    signed = published()
    another_host(settings, tmp_path)
    assert engine.current().run_id == signed.pk
    with pytest.raises(services.CannotServe, match="is not signed"):
        services.make_live(unsigned)
    bucket.write(key_of(signed, "signature.txt"), b"hmac-sha256 " + b"0" * 64 + b"\n")
    another_host(settings, tmp_path)
    assert engine.current() is None
    assert "any known key" in problem_of(signed)


def test_what_is_there_can_be_signed_with_a_new_key(bucket, settings, tmp_path):
    checkerboard()
    run = published()
    settings.ARTIFACTS_KEYS = ["k" * 32]
    another_host(settings, tmp_path)
    assert engine.current() is None
    call_command("sign_artifacts")
    engine.forget_all()
    assert engine.current().run_id == run.pk


def test_what_was_changed_is_not_signed(bucket, settings):
    checkerboard()
    run = published()
    settings.ARTIFACTS_KEYS = ["k" * 32]
    bucket.write(key_of(run, "manifest.json"), b"{}")
    with pytest.raises(CommandError):
        call_command("sign_artifacts")


def test_a_full_disk_is_named_and_the_model_before_serves(bucket, settings, tmp_path, monkeypatch):
    checkerboard()
    run = published()
    another_host(settings, tmp_path)
    assert engine.current().run_id == run.pk
    newer = published()
    shutil.rmtree(store.folder_of(newer.artifact))
    monkeypatch.setattr(store, "ROOM", 10**18)
    model = engine.current()
    assert (model.run_id, model.is_previous) == (run.pk, True)
    assert "the disk is full" in problem_of(newer)
    assert not store.folder_of(newer.artifact).exists()


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(bucket, settings, tmp_path, monkeypatch):
    checkerboard()
    run = published()
    another_host(settings, tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "_download", full)
    assert engine.current() is None
    assert "the disk is full" in problem_of(run)
    assert [path.name for path in settings.ARTIFACTS_ROOT.iterdir()] == [".fetching"]


def test_a_bucket_that_is_away_is_named_and_what_is_here_serves(bucket, settings, monkeypatch):
    checkerboard()
    run = published()
    monkeypatch.setenv("ARTIFACTS_URL", "s3://models/site?endpoint=http://127.0.0.1:9")
    settings.STORAGES = settings.STORAGES | {"artifacts": artifact_storage()}
    assert engine.current().run_id == run.pk
    with pytest.raises(store.StoreError, match="look at ARTIFACTS_URL"):
        store.names()


def test_keys_that_open_nothing_are_named(bucket, settings, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    settings.STORAGES = settings.STORAGES | {"artifacts": artifact_storage()}
    checkerboard()
    with pytest.raises(store.StoreError, match="could not be stored"):
        published()
    assert ModelRun.objects.live() is None


def test_a_host_keeps_few_copies_and_the_bucket_what_the_site_keeps(bucket, settings, tmp_path):
    checkerboard()
    RetrainSettings(keep_artifacts=store.KEEP_COPIES + 1, keep_days=0).save()
    runs = [published() for _ in range(store.KEEP_COPIES + 4)]
    another_host(settings, tmp_path)
    for run in ModelRun.objects.servable().order_by("pk"):
        services.make_live(run)
    copies = [path for path in settings.ARTIFACTS_ROOT.iterdir() if path.is_dir()]
    assert len(copies) == store.KEEP_COPIES
    kept = {run.artifact for run in ModelRun.objects.servable()}
    assert {key.split("/")[1] for key in bucket.names()} == kept
    assert runs[0].artifact not in kept


def test_a_name_out_of_the_folder_is_no_artifacts():
    for name in ("../elsewhere", "/etc", "", "a/b", ".hidden", "run-1/.."):
        with pytest.raises(ArtifactError, match="no name of an artifact"):
            store.folder_of(name)
