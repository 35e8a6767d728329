"""Whether a run may begin from the live model, and on what it is judged then.

A warm start takes a tenth of a training. The live model was fitted on everything there was, so it
may be judged only on what came later: the newest half of the events since its cut-off, while
candidates learn from the rest, the baselines anew and the hybrid from where it stands. Nothing that
is judged was fitted on what it is to foretell; see docs/decisions/0008. Used by
`recommendations.pipeline`, which falls back to a full training where this says why not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.artifact import ArtifactError
from ml.serving import Recommender
from ml.snapshot import Snapshot
from ml.split import Split, rolling_after
from recommendations import dataset, engine, gate
from recommendations.candidates import ENOUGH_JUDGED, MOST_JUDGED
from recommendations.models import ModelRun, RetrainSettings

Mode, Trigger = ModelRun.Mode, ModelRun.Trigger
MOST_NEW = 0.1
"""Share of events that may be new: past it, a full training learns more than it costs."""


class NotWarm(Exception):
    """A run that has to be a full training; the message says why."""


@dataclass(frozen=True)
class Start:
    """The model that a warm run begins from, and what the run is judged on."""

    folder: Path
    past: Split
    rule: str
    """On what candidates are judged, in words."""
    note: str
    """From where it begins, in words."""


def start_of(run: ModelRun, snapshot: Snapshot, *, now: datetime) -> Start:
    """Where a run begins; NotWarm where everything has to be learned anew."""
    live = _live_hybrid(run, now=now)
    try:
        recommender = engine.read_model(live).recommender
    except (ArtifactError, OSError) as error:
        raise NotWarm(f"the live model cannot be read: {error}") from error
    seen_until = _seen_until(recommender)
    past = _split(snapshot, live, seen_until)
    since = datetime.fromtimestamp(seen_until, tz=UTC)
    return Start(
        folder=engine.artifact_folder(live),
        past=past,
        rule=(
            f"A warm start from the live model, which knows what happened until "
            f"{since:%d %B %Y, %H:%M} UTC. Candidates were judged on the newer half of what "
            "happened since, which none of them has seen, each event to be foretold from all that "
            "its person did before it."
        ),
        note=f"a warm start from the model of {live}",
    )


def _live_hybrid(run: ModelRun, *, now: datetime) -> ModelRun:
    policy, live = RetrainSettings.current(), ModelRun.objects.live()
    if run.mode == Mode.FULL or run.trigger in (Trigger.FIRST, Trigger.FULL):
        raise NotWarm("it was asked for")
    if run.attempt > 1:
        raise NotWarm("the attempt before this one broke")
    if live is None or live.chosen != gate.HYBRID:
        raise NotWarm("no hybrid model is live")
    if not policy.warm_days:
        raise NotWarm("warm starts are switched off")
    full = ModelRun.objects.filter(
        mode=Mode.FULL, chosen=gate.HYBRID, status=ModelRun.Status.SUCCEEDED
    ).first()
    newest = full.finished_at if full else None
    if newest is None or now - newest >= timedelta(days=policy.warm_days):
        raise NotWarm(f"a full one is due every {policy.warm_days} days")
    return live


def _seen_until(recommender: Recommender) -> float:
    cut_off = recommender.manifest.get("cut_off")
    if recommender.kind != gate.HYBRID or "blend" not in recommender.manifest or cut_off is None:
        raise NotWarm("the live model does not say what it has seen, or is of an older version")
    return float(cut_off)


def _split(snapshot: Snapshot, live: ModelRun, seen_until: float) -> Split:
    """What candidates learn, and the newer half of what the live model has not seen."""
    times = snapshot.events.time
    new, dated = int(np.count_nonzero(times > seen_until)), np.count_nonzero(~np.isnan(times))
    if new > MOST_NEW * dated:
        raise NotWarm(f"{new:,} of {dated:,} events are new, more than {MOST_NEW:.0%}")
    if new < 2:
        raise NotWarm("nothing new could be judged")
    split = rolling_after(snapshot, share=new // 2 / dated, most=MOST_JUDGED)
    split = _without_known(split, snapshot, live, seen_until)
    learned = split.train.events.time
    if split.people < ENOUGH_JUDGED or not np.nanmax(learned, initial=-np.inf) > seen_until:
        raise NotWarm(
            f"only {split.people} people did something since that could be judged, "
            f"{ENOUGH_JUDGED} are needed"
        )
    return split


def _without_known(split: Split, snapshot: Snapshot, live: ModelRun, seen_until: float) -> Split:
    """The split without targets that the live model may know in an earlier form.

    Whoever rates an item anew moves their rating in time; the model learned from the first one.
    """
    assert split.whose is not None
    pairs = changed_since(live.marks, moment=seen_until)
    users = np.array([snapshot.users.row(str(person)) for person in pairs[:, 0]], dtype=np.int64)
    items = np.array([snapshot.items.ids.row(str(item)) for item in pairs[:, 1]], dtype=np.int64)
    size = len(snapshot.items)
    targets = split.targets
    whose = split.whose[targets.user].astype(np.int64)
    known = np.isin(whose * size + targets.item, users * size + items)
    return Split(split.train, split.given, targets.where(~known), whose=split.whose)


def changed_since(marks: dict[str, int], *, moment: float) -> NDArray[np.int64]:
    """(N, 2): person and item of each event that is later than a moment, but not a newer row."""
    at = datetime.fromtimestamp(moment, tz=UTC)
    pairs = [
        pair
        for source in dataset.SOURCES
        for pair in source.counted(
            pk__lte=marks.get(source.name, 0), **{f"{source.at}__gt": at}
        ).values_list("person_id", "item_id")
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
