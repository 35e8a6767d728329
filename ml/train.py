"""Fits the hybrid model: a snapshot in, an artifact out.

Every event of every person is predicted from the events before it, by cross-entropy over the whole
catalogue; a second loss teaches the rating head. Beside the network stand simple rules, with
weights chosen on held-back events. Called by `python -m ml train` in a process of its own, since
TensorFlow's memory never comes back. The other of two files that import TensorFlow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from keras import optimizers, utils
from numpy.typing import NDArray

from ml.artifact import Artifact, ArtifactError
from ml.baselines import describe, named, popularity, shared_arrays
from ml.blend import RULES, choose_blend, fitted_rules, held_back, rating_spread
from ml.config import TrainConfig
from ml.encoding import EncoderScorer
from ml.features import content_matrix
from ml.inputs import RATING_SHRINK as SHRINK
from ml.inputs import Inputs, Offsets, batch_count, batches, factors, make_inputs, meeting_factors
from ml.model import HybridModel
from ml.snapshot import Floats, Snapshot
from ml.split import Targets

OnEvent = Callable[[dict[str, Any]], None]
REPORT_EVERY = 2.0  # seconds between two reports of progress
SMALLEST_BATCH = 256  # positions
WARM_SHARE = 0.1  # of a full training's steps, when it starts from a model


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
    held = held_back(snapshot, config.validation_people, config.seed)
    model, offsets = train_network(snapshot, config, held, start_from, on_event, started)
    arrays = model.arrays() | {"rating_item_offset": offsets.item}
    settings = encoder_settings(config, snapshot, offsets)
    given = snapshot.with_events(snapshot.events.take(~held))
    targets = Targets.of(snapshot.events.take(held))
    network = EncoderScorer(arrays, settings)
    settings["rating_spread"] = rating_spread(network, given, targets)
    rules = {rule.baseline: rule.scorer(snapshot) for rule in fitted_rules(given, RULES)}
    blend = choose_blend(network, rules, given, targets)
    figures = {"people": len(targets), **{f"ndcg@10_{k}": v for k, v in blend.ndcg.items()}}
    figures["ndcg@10"] = blend.ndcg.get("blend", 0.0)
    on_event({"event": "validation", "model": "hybrid", **figures})
    kept = fitted_rules(snapshot, blend.weights)
    manifest = {
        "kind": "hybrid",
        "label": "Hybrid of what people do and what items are",
        "components": [
            {"name": "encoder", "weight": 1.0, **settings},
            *({**rule.settings, "weight": blend.weights[rule.baseline]} for rule in kept),
        ],
        "config": config.to_json(),
        "figures": {"validation": figures},
        **describe(snapshot),
    }
    parts = named("encoder", arrays) | shared_arrays(snapshot)
    for rule in kept:
        parts |= named(rule.settings["name"], rule.arrays)
    return Artifact(manifest, snapshot.items.ids, parts)


def fitted_to(config: TrainConfig, snapshot: Snapshot, *, warm: bool) -> TrainConfig:
    """The configuration with what depends on the data: little of it needs more, smaller steps."""
    share = len(snapshot.events) // config.least_batches
    positions = int(
        np.clip(share, min(SMALLEST_BATCH, config.batch_positions), config.batch_positions)
    )
    count = batch_count(snapshot, history=config.history, positions=positions)
    epochs = max(config.epochs, min(config.most_epochs, config.least_steps / max(count, 1)))
    epochs *= WARM_SHARE if warm else 1.0
    return replace(config, batch_positions=positions, epochs=epochs)


def encoder_settings(config: TrainConfig, snapshot: Snapshot, offsets: Offsets) -> dict[str, Any]:
    return {
        "scorer": "encoder",
        "history": config.history,
        "blocks": config.blocks,
        "scale": list(snapshot.scale),
        "rating_mean": offsets.mean,
        "rating_shrink": SHRINK,
        "rating_spread": 1.0,
    }


def train_network(
    snapshot: Snapshot,
    config: TrainConfig,
    held: NDArray[np.bool_],
    start_from: Artifact | None,
    on_event: OnEvent,
    started: float,
) -> tuple[HybridModel, Offsets]:
    """The trained network, and the rating offsets beside it."""
    set_up(config)
    inputs, offsets = make_inputs(snapshot, ~held)
    model = new_model(snapshot.with_events(snapshot.events.take(~held)), config)
    if start_from is not None:
        take_over(model, start_from, snapshot)
    rng = np.random.default_rng(config.seed)
    shape = {"history": config.history, "positions": config.batch_positions}
    steps = max(1, round(config.epochs * batch_count(snapshot, **shape)))
    trainer = Trainer(model, inputs, config, steps)
    progress = Progress(steps, started, on_event)
    done = 0
    while done < steps:
        for before, target in batches(snapshot, rng=rng, **shape):
            if done == steps or time.monotonic() - started > config.time_limit:
                return model, offsets
            losses = trainer.step(tf.constant(before), tf.constant(target), seed_of(config, done))
            done += 1
            progress.tell(done, *losses)
        if done == 0:
            break  # no events at all
    return model, offsets


def set_up(config: TrainConfig) -> None:
    """One seed for everything random, and the number of threads."""
    utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    if config.threads:
        tf.config.threading.set_intra_op_parallelism_threads(config.threads)
        tf.config.threading.set_inter_op_parallelism_threads(config.threads)


def seed_of(config: TrainConfig, step: int) -> Any:
    return tf.constant([config.seed, step])


def new_model(snapshot: Snapshot, config: TrainConfig) -> HybridModel:
    """A network that starts from what counting finds: who meets whom, and how often."""
    share = popularity(snapshot) + 1e-3
    model = HybridModel(
        config,
        content=unit_scale(factors(content_matrix(snapshot.items), config.content_width), 0.06),
        item_bias=np.log(share / share.sum()).astype(np.float32),
    )
    met = unit_scale(meeting_factors(snapshot, config.width), config.width**-0.5)
    model.item_id.assign(np.where(met.any(axis=1, keepdims=True), met, model.item_id))
    return model


def unit_scale(table: Floats, scale: float) -> Floats:
    """The table with a root mean square of `scale` over the rows that are not zero."""
    filled = table[table.any(axis=1)]
    size = float(np.sqrt(np.mean(filled**2))) if len(filled) else 0.0
    return (table * (scale / size if size else 1.0)).astype(np.float32)


def take_over(model: HybridModel, artifact: Artifact, snapshot: Snapshot) -> None:
    """Warm start: the parameters of an artifact, item by item; new items keep their own start."""
    arrays = artifact.component("encoder")
    if artifact.manifest.get("kind") != "hybrid" or arrays["start"].shape != model.start.shape[1:]:
        raise ArtifactError("--start-from needs a hybrid model of the same width; train it anew")
    model.load_arrays(arrays, artifact.item_ids.rows(snapshot.items.ids.ids))


@dataclass
class Progress:
    """Reports the steps of a training now and then."""

    of: int
    started: float
    on_event: OnEvent
    last: float = 0.0

    def tell(self, step: int, ranking: Any, rating: Any) -> None:
        now = time.monotonic()
        if step < self.of and now - self.last < REPORT_EVERY:
            return
        self.last = now
        self.on_event(
            {
                "event": "step",
                "stage": "fit",
                "step": step,
                "of": self.of,
                "loss": round(float(ranking), 5),
                "rating_loss": round(float(rating), 5),
                "seconds": round(now - self.started, 3),
            }
        )


class Trainer:
    """The losses, and one optimiser step over a batch of event rows."""

    def __init__(self, model: HybridModel, inputs: Inputs, config: TrainConfig, steps: int) -> None:
        self.model, self.config = model, config
        self.item = tf.constant(inputs.item)
        self.kind = tf.constant(inputs.kind)
        self.level = tf.constant(inputs.level)
        self.gap = tf.constant(inputs.gap)
        self.learn = tf.constant(inputs.learn)
        self.surplus = tf.constant(inputs.surplus)
        warm = max(1, min(100, steps // 10))
        self.optimizer = optimizers.AdamW(
            learning_rate=WarmUp(config.learning_rate, warm, steps),
            weight_decay=config.weight_decay,
            beta_2=0.98,
        )
        self.optimizer.exclude_from_weight_decay(
            var_names=["item_bias", "decay_logit", "gamma", "beta"]
        )
        self.optimizer.build(model.trainable_variables)
        rows = tf.TensorSpec((None, None), tf.int64)  # any batch and length: one graph for all
        seed = tf.TensorSpec((2,), tf.int32)
        self.step = tf.function(self._step, input_signature=(rows, rows, seed))

    def _step(self, before: Any, target: Any, seed: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            ranking, rating = self.losses(before, target, seed)
            loss = ranking + self.config.rating_weight * rating
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
        gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
        self.optimizer.apply(gradients, variables)
        return ranking, rating

    def losses(self, before: Any, target: Any, seed: Any) -> tuple[Any, Any]:
        """Mean cross-entropy of the next item, and mean squared error of its rating."""
        model, event = self.model, tf.maximum(before, 0)
        shown = tf.random.stateless_uniform((tf.shape(model.item_id)[0], 1), seed)
        vectors = model.item_vectors(tf.cast(shown >= self.config.id_dropout, tf.float32))
        x = model.event_vectors(
            vectors,
            tf.where(before < 0, -1, tf.gather(self.item, event)),
            tf.gather(self.kind, event),
            tf.gather(self.level, event),
            tf.gather(self.gap, event),
        )
        persons = model.encode(x, training=True)  # (B, T, D)
        persons = tf.reshape(persons, (-1, self.config.width))  # (N, D), N = B T
        target = tf.reshape(target, (-1,))
        event = tf.maximum(target, 0)
        item = tf.gather(self.item, event)
        logits = tf.matmul(persons, vectors, transpose_b=True) + model.item_bias  # (N, I)
        wanted = tf.gather(vectors, item)
        hit = tf.reduce_sum(persons * wanted, axis=-1) + tf.gather(model.item_bias, item)
        surplus = tf.gather(self.surplus, event)
        error = model.rating_residual(persons, wanted) - surplus
        counted = (target >= 0) & tf.gather(self.learn, event)
        rated = counted & tf.math.is_finite(surplus)
        # logsumexp less the target's logit: a third of the time that sparse cross-entropy takes
        ranking = mean_where(counted, tf.reduce_logsumexp(logits, axis=-1) - hit)
        return ranking, mean_where(rated, tf.where(rated, error, 0.0) ** 2)


def mean_where(counted: Any, values: Any) -> Any:
    """The mean of the values that count; 0 where none does."""
    total = tf.reduce_sum(tf.where(counted, values, 0.0))
    return total / tf.maximum(tf.reduce_sum(tf.cast(counted, tf.float32)), 1.0)


class WarmUp(optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Rises linearly to `peak` over `warm` steps, then falls linearly to 0 at `steps`."""

    def __init__(self, peak: float, warm: int, steps: int) -> None:
        super().__init__()
        self.peak, self.warm, self.steps = peak, warm, steps

    def __call__(self, step: Any) -> Any:
        step = tf.cast(step, tf.float32)
        rise = (step + 1) / self.warm
        fall = (self.steps - step) / max(1, self.steps - self.warm)
        return self.peak * tf.clip_by_value(tf.minimum(rise, fall), 0.0, 1.0)
