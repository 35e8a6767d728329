"""Everything that changes a run from outside of its training, or changes what is live.

A run is asked for here, given up for lost, cancelled, published, made live and rolled back;
`recommendations.broker` tells a worker of it, `recommendations.pipeline` works it off. What is
live is one row: publishing and rolling back are one transaction, and every process sees it at its
next request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import User
from catalog.webhooks.models import Event
from catalog.webhooks.sending import announce
from ml.artifact import ArtifactError
from recommendations import engine, store
from recommendations.lease import STALE_AFTER, Lease, has_ended
from recommendations.models import Arm, ModelRun, RetrainSettings

logger = logging.getLogger(__name__)
KEEP_LOGS = 200
Status = ModelRun.Status


class Busy(Exception):
    """A run waits or is under way already, or what was asked for was trained before."""


class CannotServe(Exception):
    """A model that cannot be made live; the message says why."""


def ask(
    *,
    trigger: ModelRun.Trigger,
    by: User | None = None,
    window: str | None = None,
    attempt: int = 1,
    mode: ModelRun.Mode = ModelRun.Mode.AUTO,
) -> ModelRun:
    """A new waiting run; Busy where the database refuses a second one."""
    give_up_the_lost()
    try:
        with transaction.atomic():
            return ModelRun.objects.create(
                trigger=trigger, requested_by=by, window=window, attempt=attempt, mode=mode
            )
    except IntegrityError as error:
        if active := ModelRun.objects.active().first():
            raise Busy(_("%(run)s is already %(status)s.") % _words(active)) from error
        raise Busy(_("This was trained already.")) from error


def give_up_the_lost() -> int:
    """Mark runs whose worker is gone as lost; what it still writes is refused."""
    return sum(_give_up_if_lost(run) for run in ModelRun.objects.filter(status=Status.RUNNING))


def _give_up_if_lost(run: ModelRun) -> bool:
    now = timezone.now()
    if run.heartbeat_at is None or now - run.heartbeat_at > STALE_AFTER:
        reason = f"It gave no sign of life for {STALE_AFTER.seconds // 60} minutes."
    elif has_ended(run.worker):
        reason = f"The process that worked on it ({run.worker}) ended without a word."
    else:
        return False
    return bool(
        ModelRun.objects.filter(pk=run.pk, status=Status.RUNNING, token=run.token).update(
            status=Status.LOST, finished_at=now, progress_note="", error=reason
        )
    )


def give_back(*, workers: Iterable[str]) -> int:
    """The runs of workers that are being stopped wait again, for whoever comes next."""
    return ModelRun.objects.filter(status=Status.RUNNING, worker__in=list(workers)).update(
        status=Status.QUEUED, stage=ModelRun.Stage.WAITING, progress=0.0, progress_note=""
    )


def cancel(run: ModelRun) -> bool:
    """End a run that waits or is under way; its worker stops at its next sign of life."""
    return bool(
        ModelRun.objects.active()
        .filter(pk=run.pk)
        .update(status=Status.CANCELLED, finished_at=timezone.now(), progress_note="")
    )


def publish(lease: Lease, **values: Any) -> None:
    """The run succeeded and its model is live, in one transaction; LeaseLost if too late.

    Where `RetrainSettings` has a canary share it is tried on that share of people first, if there
    is something to compare it with; while another one is tried, it is kept and waits.
    """
    now = timezone.now()
    with transaction.atomic():
        place = _place_of_a_new_model(now=now)
        if place.get("is_live"):
            _take_down(ModelRun.objects.all(), now=now)
        lease.write(
            status=Status.SUCCEEDED,
            stage=ModelRun.Stage.OVER,
            progress=1.0,
            progress_note="",
            finished_at=now,
            **place,
            **values,
        )
        if place.get("is_live"):
            announce_run(Event.MODEL_PUBLISHED, lease.run_id)
    prune_artifacts()
    prune_logs()


def _place_of_a_new_model(*, now: datetime) -> dict[str, Any]:
    live = ModelRun.objects.live()
    share = RetrainSettings.current().canary_share
    if not share or live is None or live.trigger == ModelRun.Trigger.FIRST:
        return {"is_live": True, "live_from": now}
    if ModelRun.objects.canary():
        return {}
    return {"canary_share": share, "canary_since": now}


def _take_down(runs: QuerySet[ModelRun], *, now: datetime) -> None:
    runs.filter(is_live=True).update(is_live=False, live_until=now)


def make_live(run: ModelRun) -> None:
    """Serve this run's model from now on; CannotServe where it is not there or damaged.

    A canary ends with it: what it was compared with is no more.
    """
    check_servable(run)
    now = timezone.now()
    with transaction.atomic():
        ModelRun.objects.exclude(pk=run.pk).end_canary(_("Another model was made live."))
        ModelRun.objects.end_canary(_("It was made live."))
        _take_down(ModelRun.objects.exclude(pk=run.pk), now=now)
        if ModelRun.objects.filter(pk=run.pk, is_live=False).update(
            is_live=True, live_from=now, live_until=None
        ):
            announce_run(Event.MODEL_PUBLISHED, run.pk)
        ModelRun.objects.filter(pk=run.pk).update(artifact_problem="")


def announce_run(event: Event, run_id: int) -> None:
    """Tells webhooks what came of a training; in the transaction of what came of it."""
    run = ModelRun.objects.get(pk=run_id)
    counts = {"events": run.event_count, "items": run.item_count, "people": run.person_count}
    data = {"run": run.pk, "model": run.label, "trigger": run.trigger, "verdict": run.verdict}
    announce(event, data | counts)


def check_servable(run: ModelRun) -> None:
    """CannotServe, noted on the run, where its model is not there, damaged or out of reach."""
    if run.status != Status.SUCCEEDED or not run.artifact:
        raise CannotServe(_("%(run)s has no model to serve.") % {"run": run})
    try:
        engine.read_model(run)
    except (ArtifactError, OSError) as error:
        ModelRun.objects.filter(pk=run.pk).update(artifact_problem=str(error))
        raise CannotServe(
            _("The model of %(run)s is damaged: %(reason)s") % {"run": run, "reason": error}
        ) from error


def roll_back() -> ModelRun:
    """Serve the newest sound model from before the live one; CannotServe where there is none."""
    live = ModelRun.objects.live()
    if live is None:
        raise CannotServe(_("No model is live."))
    for run in ModelRun.objects.servable().filter(pk__lt=live.pk).order_by("-pk"):
        try:
            make_live(run)
        except CannotServe as reason:
            logger.warning("not rolled back to %s: %s", run, reason)
        else:
            return run
    raise CannotServe(_("There is no sound model from before %(run)s.") % {"run": live})


def prune_artifacts() -> None:
    """Delete all artifacts but those that serve, are new, or were live lately."""
    kept = _kept(now=timezone.now())
    ModelRun.objects.servable().exclude(pk__in=[run.pk for run in kept]).update(artifact="")
    keep = {run.artifact for run in kept}
    under_way = ModelRun.objects.filter(status=Status.RUNNING).values_list("pk", flat=True)
    try:
        for name in store.names():
            if name.startswith("run-") and name not in keep and _run_of(name) not in under_way:
                store.delete(name)
    except store.StoreError as problem:
        logger.warning("old models are left for the next time: %s", problem)


def _kept(*, now: datetime) -> list[ModelRun]:
    policy, servable = RetrainSettings.current(), ModelRun.objects.servable()
    since = now - timedelta(days=policy.keep_days)
    newest = list(servable.order_by("-pk")[: policy.keep_artifacts])
    tried = Arm.objects.filter(experiment__stopped_at=None, run__isnull=False).values("run")
    lately = servable.filter(
        Q(is_live=True) | Q(canary_share__gt=0) | Q(live_until__gte=since) | Q(pk__in=tried)
    )
    return list({run.pk: run for run in (*newest, *lately)}.values())


def prune_logs() -> None:
    """Rows are kept for ever; the logs of the newest runs only."""
    oldest = ModelRun.objects.values_list("pk", flat=True)[KEEP_LOGS - 1 : KEEP_LOGS].first()
    ModelRun.objects.filter(pk__lt=oldest or 0).exclude(log="").update(log="")


def artifact_name(lease: Lease) -> str:
    return f"run-{lease.run_id:06d}-{lease.token.hex[:8]}"


def _run_of(name: str) -> int:
    number = name.split("-")[1]
    return int(number) if number.isdecimal() else 0


def _words(run: ModelRun) -> dict[str, Any]:
    return {"run": run, "status": run.get_status_display().lower()}
