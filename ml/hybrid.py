"""The hybrid model: a snapshot in, an artifact out.

A network (`ml.train`) and simple rules beside it (`ml.blend`), with weights chosen on events that
were held back. Called by `python -m ml train`.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ml.artifact import Artifact, ArtifactError
from ml.baselines import describe, mean_rating, named, popularity, shared_arrays
from ml.blend import Blend, choose_blend, judged
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
WARM_SHARE, WARM_RATE = 0.04, 0.2  # of a full training's steps and rate, starting from a model
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
    earlier = None if start_from is None else blend_of(start_from, ordered=ordered)
    content = content_to_learn(snapshot)
    held = held_back(snapshot, config, since=None if start_from is None else seen_by(start_from))
    back = HeldBack.of(snapshot, held, content, ordered=ordered)
    shared = shared_arrays(snapshot, start_from=start_from)
    for_steps = replace(config, time_limit=config.time_limit - back.seconds_to_blend())
    model = train_network(back.given, content, for_steps, start_from, on_event, started)
    arrays, settings = model.arrays(back.lending), encoder_settings(config, snapshot)

    def network(opinions: float) -> EncoderScorer:
        return EncoderScorer(arrays, settings | {"opinion_weight": opinions})

    if earlier is not None:
        blend = judged(earlier, network, back)
    else:
        blend = choose_blend(network, back)
        blend = replace(blend, level=added_to_new(model, blend, back, settings))
    settings["opinion_weight"] = blend.opinions
    chosen = {name: getattr(blend, name) for name in ("slope", "opinions", "level")}
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
            *([{"name": "new", "scorer": "prior", "weight": blend.level}] if blend.level else []),
        ],
        "blend": asdict(blend),
        "config": config.to_json(),
        "figures": {"validation": figures},
        **describe(snapshot),
    }
    parts = named("encoder", arrays) | shared
    for rule in kept:
        parts |= named(rule.settings["name"], rule.arrays)
    if blend.level:
        parts |= named("new", {"scores": (popularity(snapshot) == 0).astype(np.float32)})
    return Artifact(manifest, snapshot.items.ids, parts)


def seen_by(artifact: Artifact) -> float:
    """The time until which an earlier model may have seen events."""
    cut_off = artifact.manifest["cut_off"]
    return math.inf if cut_off is None else float(cut_off)


def blend_of(artifact: Artifact, *, ordered: bool) -> Blend:
    """How an earlier model is blended; its figures are of the events that were held back then."""
    if artifact.manifest.get("kind") != "hybrid" or "blend" not in artifact.manifest:
        raise ArtifactError("--start-from needs a hybrid model of this version; train it anew")
    if artifact.manifest["config"]["ordered"] != ordered:
        raise ArtifactError("--start-from needs a model that learned the same; train it anew")
    return Blend(**artifact.manifest["blend"])


def added_to_new(
    model: HybridModel, blend: Blend, back: HeldBack, settings: dict[str, Any]
) -> float:
    """What is added to the scores of items that nobody met, see `ml.new_items`."""
    stand_in, met = np.asarray(model.stand_ins), np.asarray(model.met)
    if not stand_in.any() or not back.people:
        return 0.0
    lent = lending(back.given, back.content, without=stand_in)
    settings = settings | {"opinion_weight": blend.opinions}
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
    rate = config.learning_rate * (WARM_RATE if warm else 1.0)
    return replace(
        config, batch_positions=positions, epochs=epochs, ordered=ordered, learning_rate=rate
    )


def encoder_settings(config: TrainConfig, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "scorer": "encoder",
        "history": config.history,
        "blocks": config.blocks,
        "scale": list(snapshot.scale),
        "rating_mean": mean_rating(snapshot),
    }
