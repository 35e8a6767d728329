"""The Celery application: queues and how tasks travel. Work itself is in each app's tasks.py.

celery -A config worker --queues default,train    works off tasks
celery -A config beat                              knocks every minute: is a training due?
"""

import os

from celery import Celery
from celery.signals import worker_process_init

from config.children import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("catalogue")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # for threads other than the first, too: requests are answered in them


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    """A pool process whose worker was killed would work on, with nobody to answer to."""
    die_with_parent()
