"""How gunicorn serves the site: `gunicorn -c config/gunicorn_conf.py config.wsgi`.

Web processes count requests in files that /metrics adds up (`config.metrics`): each in the file of
its slot, not of its process id, so that a process that replaces another carries its counts on, and
there are never more files than processes.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from config.logs import FORMATTERS, logging_settings, secrets_in

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # requests share the cores; NumPy's threads would wait for one
os.environ.setdefault("DATABASE_PATIENCE", "5")  # seconds; a page that takes longer helps nobody
bind = f"{os.environ.get('BIND') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
worker_class = "config.fair_worker.FairThreadWorker"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
preload_app = False  # a model that is loaded before the fork would not be shared again after it
timeout = 60
graceful_timeout = 5
keepalive = 5
limit_request_line = 8190  # a little more than the API takes, which says so itself
max_requests = 10_000
max_requests_jitter = 1_000
loglevel = (os.environ.get("GUNICORN_LOG_LEVEL") or "warning").lower()
errorlog = "-"
control_socket_disable = True

_form = (os.environ.get("LOG_FORMAT") or "line").lower()
logconfig_dict = logging_settings(
    form=_form if _form in FORMATTERS else "line",
    level=loglevel.upper(),
    secrets=secrets_in(os.environ),
) | {"loggers": {"gunicorn.error": {"level": loglevel.upper(), "handlers": [], "propagate": True}}}
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def when_ready(server: Any) -> None:
    """A folder for the counts of this server's processes; a reload keeps it."""
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="catalogue-metrics-")


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ.pop(METRICS_FOLDER, ""), ignore_errors=True)


def pre_fork(server: Any, worker: Any) -> None:
    """The lowest slot that no living process has."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)


def post_fork(server: Any, worker: Any) -> None:
    from prometheus_client import values  # decides at import where it counts

    values.ValueClass = values.MultiProcessValue(lambda: worker.slot)  # type: ignore[no-untyped-call]


def post_worker_init(worker: Any) -> None:
    """The first request of a process finds its model loaded; it is not waited for without end."""
    from config.metrics import WEB_WORKERS
    from recommendations import engine

    WEB_WORKERS.set(1)
    engine.warm_up()


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.slot)  # type: ignore[no-untyped-call]
