"""The served site in pieces of its own: a real broker, a real Celery worker, a real database.

On PostgreSQL where TEST_DATABASE_URL names one, else on a SQLite file; always with a Redis server.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import end, fresh_database, redis, wait_until
from tests.test_settings import SECRET
from tests.tiny import write_tiny_data_set

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class ServedSite:
    """A site that is only an environment: each command is a process of its own."""

    env: dict[str, str]

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, expression: str) -> object:
        """The value of an expression over this site's models."""
        lines = (
            "import json",
            "from recommendations import broker, engine, services",
            "from recommendations.models import ModelRun",
            f"print(json.dumps({expression}))",
        )
        answer: object = json.loads(self.manage("shell", "-v", "0", "-c", "\n".join(lines)))
        return answer

    def worker(self, queue: str) -> subprocess.Popen[bytes]:
        words = ["-m", "celery", "-A", "config", "worker", "-Q", queue, "-c", "1"]
        return subprocess.Popen(
            [sys.executable, *words, "--loglevel", "WARNING"], cwd=ROOT, env=self.env
        )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fresh_database(tmp_path_factory.mktemp("database")) as database:
        yield database


@pytest.fixture(scope="module")
def site(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    folder = tmp_path_factory.mktemp("served")
    with redis() as broker:
        site = ServedSite(
            {
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                "DJANGO_SECRET_KEY": SECRET,
                "DATABASE_URL": database,
                "REDIS_URL": broker,
                "VAR_DIR": str(folder),
                "LOG_LEVEL": "WARNING",
                "TRAIN_BUDGET": "fast",
                "TRAIN_TIME_LIMIT": "20",
            }
        )
        site.manage("migrate", "--verbosity", "0")
        site.manage("import_dataset", str(write_tiny_data_set(folder / "tiny")), "-v", "0")
        yield site


@pytest.fixture(scope="module")
def trained(site: ServedSite) -> ServedSite:
    """The site after one training, which a worker took from its queue."""
    assert site.ask("engine.current() is None") is True
    worker = site.worker("train")
    try:
        site.ask("str(broker.enqueue_retrain())")
        over = "not ModelRun.objects.active().exists()"
        wait_until(lambda: site.ask(over) is True, seconds=240, what="the end of the training")
    finally:
        end(worker)
    return site


def test_a_worker_trains_what_was_asked_for_and_every_process_serves_it(
    trained: ServedSite,
) -> None:
    run = "ModelRun.objects.values('status', 'is_live', 'chosen', 'error').earliest('pk')"
    found = trained.ask(run)
    assert isinstance(found, dict)
    assert (found["status"], found["is_live"]) == ("succeeded", True), found
    assert trained.ask("engine.current().kind") == found["chosen"]


def test_the_same_message_a_second_time_trains_nothing(trained: ServedSite) -> None:
    before = trained.ask(
        "[run.finished_at.isoformat() for run in ModelRun.objects.exclude(finished_at=None)]"
    )
    assert before
    trained.ask("str(broker.enqueue(ModelRun.objects.earliest('pk')))")
    worker = trained.worker("train")
    try:
        queue = "__import__('config').celery_app.connection().default_channel.client.llen('train')"
        wait_until(lambda: trained.ask(queue) == 0, seconds=60, what="the delivery")
    finally:
        end(worker, signal_number=signal.SIGTERM)
    assert (
        trained.ask(
            "[run.finished_at.isoformat() for run in ModelRun.objects.exclude(finished_at=None)]"
        )
        == before
    )


def test_without_a_broker_a_training_waits_and_says_so(trained: ServedSite) -> None:
    lonely = ServedSite(trained.env | {"REDIS_URL": "redis://127.0.0.1:1"})
    said = lonely.ask("str(broker.enqueue_retrain())")
    assert "The task queue does not answer" in str(said)
    assert trained.ask("[run.status for run in ModelRun.objects.active()]") == ["queued"]
    trained.ask("[services.cancel(run) for run in ModelRun.objects.active()]")
