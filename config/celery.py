"""The Celery application: queues and how tasks travel. Work itself is in each app's tasks.py.

celery -A config worker --queues default,train,import    works off tasks
celery -A config beat                                     knocks every minute: is a training due?

A task carries the id of the request that asked for it, so that its log lines can be found by it.
"""

import logging
import logging.config
import os
from contextvars import Token
from typing import Any

from celery import Celery
from celery.signals import (
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_process_init,
)
from django.conf import settings

from config.children import die_with_parent
from config.logs import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
HEADER = "request_id"

app = Celery("catalogue")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # for threads other than the first, too: requests are answered in them
app.steps["consumer"].add("config.consuming:SayAlive")  # by name: only workers load it


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    """A pool process whose worker was killed would work on, with nobody to answer to."""
    die_with_parent()


@setup_logging.connect
def log_like_the_site(loglevel: int | str | None = None, **_: object) -> None:
    """In the site's own form; without this, Celery would add one of its own."""
    logging.config.dictConfig(settings.LOGGING)
    if loglevel is not None:
        logging.getLogger("celery").setLevel(loglevel)


@before_task_publish.connect
def send_the_request_id(headers: dict[str, Any] | None = None, **_: object) -> None:
    if headers is not None and request_id.get():
        headers[HEADER] = request_id.get()


_tokens: dict[str, Token[str]] = {}


@task_prerun.connect
def take_the_request_id(task_id: str, task: Any, **_: object) -> None:
    if asked := task.request.get(HEADER):
        _tokens[task_id] = request_id.set(str(asked))


@task_postrun.connect
def leave_the_request_id(task_id: str, **_: object) -> None:
    if token := _tokens.pop(task_id, None):
        request_id.reset(token)
