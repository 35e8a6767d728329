"""A worker that is killed at any stage leaves what is live untouched, and the next run succeeds."""

import json
import os
import signal

import pytest

from recommendations.models import ModelRun
from tests.recommendations.sites import Site

pytestmark = pytest.mark.once
Stage = ModelRun.Stage
SEED = """
from tests.recommendations.worlds import checkerboard
checkerboard()
"""
RETRAIN = """
services.give_up_the_lost()
run = pipeline.retrain(services.ask(trigger=ModelRun.Trigger.COMMAND))
assert run.status == "succeeded", (run.status, run.error, run.verdict)
"""
RETRAIN_AND_DIE = """
import os, signal
whole = lease.Lease.enter
def enter(self, stage, note, *, progress):
    whole(self, stage, note, progress=progress)
    if stage == {stage!r}:
        os.kill(os.getpid(), signal.SIGKILL)
lease.Lease.enter = enter
pipeline.retrain(services.ask(trigger=ModelRun.Trigger.COMMAND))
"""
LOOK = """
import json
services.give_up_the_lost()
import time
for _ in range(1200):  # a new model is loaded beside the old one
    model = engine.current()
    if model.run_id == ModelRun.objects.live().pk:
        break
    time.sleep(0.05)
last = ModelRun.objects.first()
print(json.dumps([model.run_id, model.is_previous, last.status, last.error]), flush=True)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.migrate()
    done = site.run(SEED, RETRAIN)
    assert done.returncode == 0, done.stderr
    return site


@pytest.mark.slow
@pytest.mark.parametrize(
    "stage", [Stage.READING, Stage.TRAINING, Stage.JUDGING, Stage.FITTING, Stage.PUBLISHING]
)
def test_a_worker_killed_at_any_stage_leaves_the_live_model_and_the_next_run_succeeds(site, stage):
    died = site.run(LOOK, RETRAIN_AND_DIE.format(stage=str(stage)))
    assert died.returncode == -signal.SIGKILL, died.stderr
    after = site.run(LOOK, RETRAIN, LOOK)
    assert after.returncode == 0, after.stderr
    live, *_ = looks(died)[0]
    (still, is_previous, status, error), (newest, *_) = looks(after)
    assert (still, is_previous, status) == (live, False, "lost")
    assert "ended without a word" in error
    assert newest > live
    artifacts = os.path.join(site.env["VAR_DIR"], "artifacts")
    assert ".work" not in os.listdir(artifacts)


def looks(done):
    return [json.loads(line) for line in done.stdout.splitlines()]
