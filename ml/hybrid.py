"""The hybrid model: a snapshot in, an artifact out.

A network (`ml.train`) and simple rules beside it (`ml.blend`), with weights chosen on events that
were held back. Called by `python -m ml train`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from ml.artifact import Artifact
from ml.baselines import describe, mean_rating, named, popularity, shared_arrays
from ml.blend import Blend, choose_blend
from ml.config import TrainConfig
from ml.encoding import EncoderScorer
from ml.features import content_to_learn
from ml.held_back import HeldBack, held_back
from ml.inputs import batch_count
from ml.lending import lending
from ml.model import HybridModel
from ml.new_items import level_of_new
from ml.rules import fitted_rules
from ml.snapshot import Snapshot
from ml.train import OnEvent, train_network

SMALLEST_BATCH = 256  # positions
WARM_SHARE = 0.1  # of a full training's steps, when it starts from a model
LABELS = {
    True: "Hybrid of what people do and what items are",
    False: "Hybrid of people's whole taste and what items are",
}


def fit(
    snapshot: Snapshot,
    config: TrainConfig,
    *,
    start_from: Artifact | None = None,
    on_event: OnEvent = lambda event: None,
) -> Artifact:
    """The hybrid model of a snapshot. `on_event` is told of progress: "step" and "validation"."""
    started = time.monotonic()
    config = fitted_to(config, snapshot, warm=start_from is not None)
    ordered = bool(config.ordered)
    content = content_to_learn(snapshot)
    back = HeldBack.of(snapshot, held_back(snapshot, config), content, ordered=ordered)
    shared = shared_arrays(snapshot)
    for_steps = replace(config, time_limit=config.time_limit - back.seconds_to_blend())
    model = train_network(back.given, content, for_steps, start_from, on_event, started)
    arrays, settings = model.arrays(back.lending), encoder_settings(config, snapshot)
    blend = choose_blend(lambda w: EncoderScorer(arrays, settings | {"opinion_weight": w}), back)
    settings["opinion_weight"] = blend.opinions
    level = added_to_new(model, blend, back, settings)
    chosen = {"rating_slope": blend.slope, "opinion_weight": blend.opinions, "level_of_new": level}
    figures = {"people": len(back.people), **blend.figures, **chosen}
    on_event({"event": "validation", "model": "hybrid", **figures})
    lent = lending(snapshot, content)
    kept = fitted_rules(snapshot, blend.weights, lent, ordered=ordered, slope=blend.slope)
    manifest = {
        "kind": "hybrid",
        "label": LABELS[ordered],
        "components": [
            {"name": "encoder", "weight": blend.network, **settings},
            *({**rule.settings, "weight": blend.weights[rule.name]} for rule in kept),
            *([{"name": "new", "scorer": "prior", "weight": level}] if level else []),
        ],
        "config": config.to_json(),
        "figures": {"validation": figures},
        **describe(snapshot),
    }
    parts = named("encoder", arrays) | shared
    for rule in kept:
        parts |= named(rule.settings["name"], rule.arrays)
    if level:
        parts |= named("new", {"scores": (popularity(snapshot) == 0).astype(np.float32)})
    return Artifact(manifest, snapshot.items.ids, parts)


def added_to_new(
    model: HybridModel, blend: Blend, back: HeldBack, settings: dict[str, Any]
) -> float:
    """What is added to the scores of items that nobody met, see `ml.new_items`."""
    stand_in, met = np.asarray(model.stand_ins), np.asarray(model.met)
    if not stand_in.any() or not back.people:
        return 0.0
    lent = lending(back.given, back.content, without=stand_in)
    scores = blend.network * back.scores(EncoderScorer(model.arrays(lent), settings))
    for rule in fitted_rules(back.given, blend.weights, lent, ordered=back.ordered):
        scorer = rule.scorer(back.given, slope=blend.slope)
        scores += np.float32(blend.weights[rule.name]) * back.scores(scorer)
    return level_of_new(scores, back, stand_in=stand_in, met=met)


def fitted_to(config: TrainConfig, snapshot: Snapshot, *, warm: bool) -> TrainConfig:
    """The configuration with what depends on the data.

    Little of it needs more, smaller steps; much of it fewer passes, to stay within the work that
    the budget allows. Order is learned where there are times.
    """
    share = len(snapshot.events) // config.least_batches
    positions = int(
        np.clip(share, min(SMALLEST_BATCH, config.batch_positions), config.batch_positions)
    )
    count = max(1, batch_count(snapshot, history=config.history, positions=positions))
    affordable = config.work * 1e12 / (config.cost(len(snapshot.items)) * positions * count)
    epochs = max(config.epochs, min(config.most_epochs, config.least_steps / count))
    epochs = min(epochs, affordable) * (WARM_SHARE if warm else 1.0)
    ordered = snapshot.has_times if config.ordered is None else config.ordered
    return replace(config, batch_positions=positions, epochs=epochs, ordered=ordered)


def encoder_settings(config: TrainConfig, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "scorer": "encoder",
        "history": config.history,
        "blocks": config.blocks,
        "scale": list(snapshot.scale),
        "rating_mean": mean_rating(snapshot),
    }
