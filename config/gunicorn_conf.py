"""How gunicorn serves the site: `gunicorn -c config/gunicorn_conf.py config.wsgi`."""

import os

os.environ.setdefault("DATABASE_PATIENCE", "5")  # seconds; a page that takes longer helps nobody
bind = f"{os.environ.get('BIND') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
preload_app = False  # a model that is loaded before the fork would not be shared again after it
timeout = 60
graceful_timeout = 5
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
loglevel = (os.environ.get("GUNICORN_LOG_LEVEL") or "warning").lower()
errorlog = "-"
control_socket_disable = True


def post_worker_init(worker: object) -> None:
    """The first request of a process finds its model loaded; it is not waited for without end."""
    from recommendations import engine

    engine.warm_up()
