"""Doors for Celery: what they lead to is in pipeline, services, schedule and measuring.

All tasks are safe to be delivered twice, late or not at all: the database decides who works on a
run, and the schedule looks again a minute later. Training is acknowledged when it begins: a worker
that dies does not get it again by itself, the schedule sees that the run is lost and asks anew.
"""

from __future__ import annotations

import logging
import os

from billiard.process import active_children
from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from recommendations import broker, canary, pipeline, schedule, services
from recommendations.chances import keeping
from recommendations.experimenting import judging
from recommendations.lease import LeaseLost, worker_name
from recommendations.measuring import summing
from recommendations.models import ModelRun

logger = logging.getLogger(__name__)


@shared_task(name=broker.RETRAIN_TASK)
def retrain(run_id: int) -> str:
    """Work off a waiting run; one that is not waiting is left alone."""
    run = ModelRun.objects.get(pk=run_id)
    try:
        run = pipeline.retrain(run)
    except LeaseLost as reason:
        return str(reason)
    return f"{run}: {run.status}; then {retrain_if_due()}"


@shared_task(name="recommendations.retrain_if_due")
def retrain_if_due() -> str:
    """Give up what is lost, knock again for what waits, ask for what is due."""
    services.give_up_the_lost()
    if waiting := ModelRun.objects.filter(status=ModelRun.Status.QUEUED).first():
        return broker.enqueue(waiting)
    due = schedule.due(now=timezone.now())
    if due is None:
        return "nothing is due"
    try:
        run = services.ask(trigger=due.trigger, window=due.window, attempt=due.attempt)
    except services.Busy as busy:
        return str(busy)
    return broker.enqueue(run)


@shared_task(name="recommendations.judge_canary")
def judge_canary() -> str:
    """Promote or drop the model that is tried on some people, or let it go on."""
    return canary.judge_canary()


@shared_task(name="recommendations.count_impressions")
def count_impressions() -> str:
    """Count what was seen in the last days, and what of it new items were given."""
    now = timezone.now()
    counted = summing.sum_up(now=now, days=summing.RECENT_DAYS)
    return f"{counted} impressions were counted; {keeping.keep(now=now)}"


@shared_task(name="recommendations.let_impressions_go")
def let_impressions_go() -> str:
    """Count all that was seen, and delete what is older than 30 days."""
    return f"{summing.sum_up_all(now=timezone.now())} impressions were counted"


@shared_task(name="recommendations.look_after_experiments")
def look_after_experiments() -> str:
    """Count what came of each arm; stop arms and experiments that have to be."""
    return "; ".join(judging.look_after()) or "no experiment runs"


@worker_shutting_down.connect
def give_back_runs(**_: object) -> None:
    """A worker that is told to stop lets its training go, to be begun again by the next one."""
    pids = [os.getpid(), *(child.pid for child in active_children())]
    if given := services.give_back(workers=map(worker_name, pids)):
        logger.warning("%d training waits for the next worker, as this one stops", given)
