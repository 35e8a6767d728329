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
from ml.baselines import describe, mean_rating, named, shared_arrays
from ml.blend import HeldBack, choose_blend, fitted_rules, held_back
from ml.config import TrainConfig
from ml.encoding import EncoderScorer
from ml.inputs import batch_count
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
    back = HeldBack.of(snapshot, held_back(snapshot, config), ordered=ordered)
    shared = shared_arrays(snapshot)
    for_steps = replace(config, time_limit=config.time_limit - back.seconds_to_blend())
    model = train_network(back.given, for_steps, start_from, on_event, started)
    arrays, settings = model.arrays(), encoder_settings(config, snapshot)
    blend = choose_blend(lambda w: EncoderScorer(arrays, settings | {"opinion_weight": w}), back)
    settings["opinion_weight"] = blend.opinions
    figures = {"people": len(back.people), **blend.figures}
    on_event({"event": "validation", "model": "hybrid", **figures})
    kept = fitted_rules(snapshot, blend.weights, ordered=ordered, slope=blend.slope)
    manifest = {
        "kind": "hybrid",
        "label": LABELS[ordered],
        "components": [
            {"name": "encoder", "weight": blend.network, **settings},
            *({**rule.settings, "weight": blend.weights[rule.name]} for rule in kept),
        ],
        "config": config.to_json(),
        "figures": {"validation": figures},
        **describe(snapshot),
    }
    parts = named("encoder", arrays) | shared
    for rule in kept:
        parts |= named(rule.settings["name"], rule.arrays)
    return Artifact(manifest, snapshot.items.ids, parts)


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
