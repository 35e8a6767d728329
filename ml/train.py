"""Trains the network: every event of every person is predicted from the events before it.

The loss is the cross-entropy over all items, or where these are very many over a random part of
them. Called by `ml.hybrid`, in a process of its own, since TensorFlow's memory never comes back.
With `ml.model`, `ml.optimizers` and `ml.workers` the files that import TensorFlow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from keras import optimizers, utils
from scipy import sparse

from ml.artifact import Artifact, ArtifactError
from ml.baselines import popularity
from ml.config import TrainConfig
from ml.inputs import Inputs, batch_count, batches, factors, make_inputs, meeting_factors
from ml.model import HybridModel
from ml.new_items import stand_ins
from ml.optimizers import FORGET_SQUARES, RowAdam, WarmUp, divided
from ml.snapshot import Floats, Snapshot
from ml.workers import Workers

OnEvent = Callable[[dict[str, Any]], None]
REPORT_EVERY = 2.0  # seconds between two reports of progress
LARGE = 100_000  # items; past these, content has fewer factors
UNMET = -1e9  # the logit of what nobody met: it is no rival in training


def train_network(
    snapshot: Snapshot,
    content: sparse.csr_array,
    config: TrainConfig,
    start_from: Artifact | None,
    on_event: OnEvent,
    started: float,
) -> HybridModel:
    """The network, trained on all events, and on what is known of items: `content` (I, F)."""
    workers = set_up(config)
    model = new_model(snapshot, content, config)
    if start_from is None:
        start_from_meetings(model, snapshot, config)
    else:
        take_over(model, start_from, snapshot)
    rng = np.random.default_rng(config.seed)
    shape = {"history": config.history, "positions": config.batch_positions}
    steps = max(1, round(config.epochs * batch_count(snapshot, **shape)))
    inputs = make_inputs(snapshot, ordered=bool(config.ordered))
    trainer = Trainer(model, inputs, config, steps, workers)
    progress = Progress(steps, started, on_event)
    done = 0
    while done < steps:
        for before, target in batches(snapshot, rng=rng, ordered=bool(config.ordered), **shape):
            if done == steps:
                return model
            is_over = time.monotonic() - started > config.time_limit
            parts = (tf.constant(workers.share(rows)) for rows in (before, target))
            loss, over = trainer.step(*parts, seed_of(config, done), tf.constant(float(is_over)))
            if over > 0:  # of any process, so that none waits for one that stopped
                return model
            done += 1
            progress.tell(done, loss)
        if done == 0:
            break  # no events at all
    return model


def set_up(config: TrainConfig) -> Workers:
    """One seed for everything random, the number of threads, and who trains."""
    utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    if config.threads:
        tf.config.threading.set_intra_op_parallelism_threads(config.threads)
        tf.config.threading.set_inter_op_parallelism_threads(config.threads)
    return Workers()


def seed_of(config: TrainConfig, step: int) -> Any:
    return tf.constant([config.seed, step])


def new_model(snapshot: Snapshot, content: sparse.csr_array, config: TrainConfig) -> HybridModel:
    """A network that starts from how often items are met."""
    share = popularity(snapshot) + 1e-3
    met = np.bincount(snapshot.events.item, minlength=len(snapshot.items)) > 0
    width = config.content_width if len(met) <= LARGE else config.content_width // 4
    model = HybridModel(
        config,
        content=unit_scale(factors(content, width), 0.06),
        item_bias=np.log(share / share.sum()).astype(np.float32),
        met=met,
        stand_ins=stand_ins(met, seed=config.seed),
    )
    return model


def start_from_meetings(model: HybridModel, snapshot: Snapshot, config: TrainConfig) -> None:
    """Items start from who is met with whom."""
    meetings = unit_scale(meeting_factors(snapshot, config.width), config.width**-0.5)
    model.item_id.assign(np.where(meetings.any(axis=1, keepdims=True), meetings, model.item_id))


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

    def tell(self, step: int, loss: Any) -> None:
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
                "loss": round(float(loss), 5),
                "seconds": round(now - self.started, 3),
            }
        )


class Trainer:
    """The loss, and one optimiser step over a batch of event rows."""

    def __init__(
        self,
        model: HybridModel,
        inputs: Inputs,
        config: TrainConfig,
        steps: int,
        workers: Workers | None = None,
    ) -> None:
        self.model, self.config, self.workers = model, config, workers or Workers()
        self.item = tf.constant(inputs.item)
        self.kind = tf.constant(inputs.kind)
        self.level = tf.constant(inputs.level)
        self.gap = tf.constant(inputs.gap)
        self.size = int(model.met.shape[0])
        self.is_sampled = self.size > config.full_softmax
        counts = np.bincount(inputs.item, minlength=self.size)
        met = np.flatnonzero(counts)
        self.met_rows = tf.constant(met, dtype=tf.int32)
        chance = ((counts > 0) / max(1, len(met)) + counts / max(1, len(inputs.item))) / 2
        expected = np.maximum(chance * config.negatives, 1e-30)
        self.log_expected = tf.constant(np.log(expected), dtype=tf.float32)
        warm = max(1, min(100, steps // 10))
        self.rate = WarmUp(config.learning_rate, warm, steps)
        self.optimizer = optimizers.AdamW(
            learning_rate=self.rate, weight_decay=config.weight_decay, beta_2=FORGET_SQUARES
        )
        self.optimizer.exclude_from_weight_decay(
            var_names=["item_bias", "new_bias", "decay_logit", "gamma", "beta"]
        )
        tables = [model.item_id, model.item_bias] if self.is_sampled else []
        self.by_row = [RowAdam(table.value) for table in tables]
        aside = {id(table) for table in tables}
        self.dense = [v for v in model.trainable_variables if id(v) not in aside]
        self.optimizer.build(self.dense)
        rows = tf.TensorSpec((None, None), tf.int64)  # any batch and length: one graph for all
        seed = tf.TensorSpec((2,), tf.int32)
        over = tf.TensorSpec((), tf.float32)
        self.step = tf.function(self._step, input_signature=(rows, rows, seed, over))

    def _step(self, before: Any, target: Any, seed: Any, over: Any) -> tuple[Any, Any]:
        """One step on a batch; the mean loss, and how many processes are `over` their time."""
        tables = [table.variable for table in self.by_row]
        dense = [variable.value for variable in self.dense]

        def part() -> list[Any]:
            with tf.GradientTape() as tape:
                loss, count = self.loss(before, target, seed)
            gradients = tape.gradient(
                loss, dense + tables, unconnected_gradients=tf.UnconnectedGradients.ZERO
            )
            return [loss, count, tf.identity(over), *gradients]

        loss, count, over, *gradients = self.workers.added_up(part)
        gradients = [divided(gradient, tf.maximum(count, 1.0)) for gradient in gradients]
        gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
        step = tf.cast(self.optimizer.iterations, tf.float32)
        self.optimizer.apply(gradients[: len(dense)], self.dense)
        for table, gradient in zip(self.by_row, gradients[len(dense) :], strict=True):
            table.apply(gradient, self.rate(step), step + 1)
        return loss / tf.maximum(count, 1.0), over

    def loss(self, before: Any, target: Any, seed: Any) -> tuple[Any, Any]:
        """The cross-entropy of the next items, summed, and how many they are."""
        event = tf.maximum(before, 0)
        wanted = tf.gather(self.item, tf.maximum(target, 0))  # (B, T)
        shown = tf.random.stateless_uniform((self.size,), seed) >= self.config.id_dropout
        known = self.model.met & (shown | self.model.stand_ins)  # (I,)
        read, hit, rivals = (self.some if self.is_sampled else self.all)(
            tf.gather(self.item, event), tf.reshape(wanted, (-1,)), known, seed
        )
        x = self.model.event_vectors(
            read,
            before < 0,
            tf.gather(self.kind, event),
            tf.gather(self.level, event),
            tf.gather(self.gap, event),
        )
        persons = self.model.encode(x, training=True)  # (B, T, D)
        persons = tf.reshape(persons, (-1, self.config.width))  # (N, D), N = B T
        target = tf.reshape(target, (-1,))
        # logsumexp less the target's logit: a third of the time that sparse cross-entropy takes
        hit = hit(persons)
        missed = tf.reduce_logsumexp(rivals(persons, hit), axis=-1) - hit
        real = target >= 0
        return tf.reduce_sum(tf.where(real, missed, 0.0)), tf.reduce_sum(tf.cast(real, tf.float32))

    def all(self, item: Any, wanted: Any, known: Any, seed: Any) -> Any:
        """What is read (B, T, D), and how persons (N, D) come to their targets' logits (N,) and
        to those of all items (N, I)."""
        vectors, bias = self.model.items(None, known)
        bias = tf.where(self.model.met, bias, UNMET)
        target, offset = tf.gather(vectors, wanted), tf.gather(bias, wanted)

        def rivals(persons: Any, hit: Any) -> Any:
            return tf.matmul(persons, vectors, transpose_b=True) + bias

        return tf.gather(vectors, item), dot(target, offset), rivals

    def some(self, item: Any, wanted: Any, known: Any, seed: Any) -> Any:
        """As `all`, against a random part of the items: half of it drawn evenly, half as often as
        they are met. Their logits are corrected by how often each is drawn (logQ), which makes the
        sum over them one of all items (Bengio and Senecal 2008)."""
        half = self.config.negatives // 2
        evenly, often = (
            tf.gather(rows, self.drawn(half, tf.shape(rows)[0], seed + [0, shift]))
            for rows, shift in ((self.met_rows, 1 << 20), (self.item, 1 << 21))
        )
        drawn = tf.concat([evenly, often], axis=0)
        vectors, bias = self.model.items(drawn, tf.gather(known, drawn))
        bias -= tf.gather(self.log_expected, drawn)
        target, offset = self.model.items(wanted, tf.gather(known, wanted))
        read = tf.reshape(item, (-1,))
        events, _ = self.model.items(read, tf.gather(known, read))

        def rivals(persons: Any, hit: Any) -> Any:
            logits = tf.matmul(persons, vectors, transpose_b=True) + bias
            logits = tf.where(drawn[None, :] == wanted[:, None], UNMET, logits)
            return tf.concat([hit[:, None], logits], axis=1)

        shape = (tf.shape(item)[0], tf.shape(item)[1], self.config.width)
        return tf.reshape(events, shape), dot(target, offset), rivals

    @staticmethod
    def drawn(count: int, below: Any, seed: Any) -> Any:
        return tf.random.stateless_uniform((count,), seed, maxval=below, dtype=tf.int32)


def dot(vectors: Any, offset: Any) -> Callable[[Any], Any]:
    """Each person (N, D) with the vector of the same row."""
    return lambda persons: tf.reduce_sum(persons * vectors, axis=-1) + offset
