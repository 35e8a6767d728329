"""The hybrid network, whole: item vectors, and the encoder over a person's events.

    item i    v_i = id_i + content_i W                            width D
              bias_i its own; of a new item                       b + content_i . c
    event e   x_e = v_item + kind + rating level + gap since the event before
    person    u   = encoder(start, x_1, ..., x_t)                 causal averages, see Block
    score     u . v_i + bias_i                                    which item comes next

An item is new where nobody met it, and in each training step so are some others: their id is 0 and
their bias what content says. Once all is trained, new items borrow ids (`ml.lending`).
There are no parameters of people. `ml.encoding` computes the same in NumPy for serving; `ml.train`
trains this and hands the arrays over. One of four files that import TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from keras import initializers, layers
from numpy.typing import NDArray
from scipy import sparse

from ml.config import TrainConfig
from ml.encoding import GAPS, LEVELS
from ml.snapshot import KINDS, Floats, Rows

SHORTEST, LONGEST = 0.7, 150.0  # half-lives of the averages at the start, in events
Tensor = Any  # TensorFlow ships no types that hold


class Block(layers.Layer):  # type: ignore[misc]
    """Causal exponential averages with a gate, then a gated feed-forward layer; both residual.

    Each of H heads averages D/H channels with its own learned decay a; the average at t weighs
    the event at s <= t by sqrt(1 - a^2) a^(t - s).
    """

    def __init__(self, config: TrainConfig, seed: int) -> None:
        super().__init__()
        width, inner = config.width, config.width * config.expansion
        seeds = iter(range(seed * 10, seed * 10 + 10))

        def dense(units: int) -> layers.Dense:
            spread = initializers.GlorotUniform(seed=next(seeds))
            return layers.Dense(units, use_bias=False, kernel_initializer=spread)

        self.heads = config.heads
        self.average_norm = layers.LayerNormalization(epsilon=1e-5)
        self.average_in = dense(2 * width)
        self.average_out = dense(width)
        self.forward_norm = layers.LayerNormalization(epsilon=1e-5)
        self.forward_in = dense(2 * inner)
        self.forward_out = dense(width)
        self.dropout = layers.Dropout(config.dropout, seed=next(seeds))
        half_lives = np.geomspace(SHORTEST, LONGEST, config.heads)
        decay = 0.5 ** (1 / half_lives)
        self.decay_logit = self.add_weight(
            name="decay_logit",
            shape=(config.heads,),
            initializer=initializers.Constant(np.log(decay / (1 - decay))),
        )

    def kernel(self, length: Tensor) -> Tensor:
        """(H, T, T): the lower-triangular Toeplitz matrix of every head."""
        decay = tf.sigmoid(self.decay_logit)[:, None, None]
        steps = tf.cast(tf.range(length), tf.float32)
        distance = steps[:, None] - steps[None, :]
        powers = tf.exp(tf.maximum(distance, 0.0) * tf.math.log(decay))
        return tf.where(distance >= 0, powers * tf.sqrt(1 - decay**2), 0.0)

    def averages(self, value: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D)"""
        batch, length, width = tf.shape(value)[0], tf.shape(value)[1], value.shape[2]
        by_head = tf.reshape(value, (batch, length, self.heads, width // self.heads))
        by_head = tf.transpose(by_head, (2, 1, 0, 3))  # (H, T, B, D/H)
        columns = tf.reshape(by_head, (self.heads, length, -1))  # (H, T, B D/H)
        mixed = tf.matmul(self.kernel(length), columns)  # (H, T, T) @ (H, T, B D/H)
        mixed = tf.reshape(mixed, (self.heads, length, batch, width // self.heads))
        return tf.reshape(tf.transpose(mixed, (2, 1, 0, 3)), (batch, length, width))

    def call(self, x: Tensor, *, training: bool) -> Tensor:
        """(B, T, D) -> (B, T, D)"""
        value, gate = tf.split(self.average_in(self.average_norm(x)), 2, axis=-1)
        mixed = self.average_out(self.averages(value) * tf.nn.silu(gate))
        x = x + self.dropout(mixed, training=training)
        inner, gate = tf.split(self.forward_in(self.forward_norm(x)), 2, axis=-1)
        forward = self.forward_out(inner * tf.nn.silu(gate))
        return x + self.dropout(forward, training=training)


class HybridModel(layers.Layer):  # type: ignore[misc]
    """All parameters. `content` (I, C) are the items' fixed content factors, `met` (I,) says which
    items anybody met, `stand_ins` (I,) of which content learns nothing (`ml.new_items`)."""

    def __init__(
        self,
        config: TrainConfig,
        *,
        content: Floats,
        item_bias: Floats,
        met: NDArray[np.bool_],
        stand_ins: NDArray[np.bool_],
    ) -> None:
        super().__init__(name="hybrid")
        self.config = config
        items, width = len(item_bias), config.width
        seeds = iter(range(config.seed * 1000, config.seed * 1000 + 1000))

        def table(name: str, rows: int, columns: int, scale: float = 1.0) -> Tensor:
            spread = initializers.RandomNormal(stddev=scale * width**-0.5, seed=next(seeds))
            return self.add_weight(name=name, shape=(rows, columns), initializer=spread)

        self.content = tf.constant(content)
        self.met = tf.constant(met)
        self.stand_ins = tf.constant(stand_ins)
        self.item_id = table("item_id", items, width)
        self.content_map = table("content_map", content.shape[1], width, 0.5)
        self.item_bias = self.add_weight(
            name="item_bias", shape=(items,), initializer=initializers.Constant(item_bias)
        )
        self.content_bias = self.add_weight(
            name="content_bias", shape=(content.shape[1],), initializer="zeros"
        )
        new_bias = float(item_bias[met].mean()) if met.any() else 0.0
        self.new_bias = self.add_weight(
            name="new_bias", shape=(1,), initializer=initializers.Constant(new_bias)
        )
        self.start = table("start", 1, width)
        self.kind = table("kind", len(KINDS), width, 0.1)
        self.level = table("level", LEVELS, width, 0.1)
        self.gap = table("gap", GAPS, width, 0.1)
        self.blocks = [Block(config, next(seeds)) for _ in range(config.blocks)]
        self.final_norm = layers.LayerNormalization(epsilon=1e-5)
        self.event_dropout = layers.Dropout(config.event_dropout, seed=next(seeds))
        self.encode(tf.zeros((1, 2, width)), training=False)  # makes the layers' weights

    def items(self, rows: Tensor | None, known: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors (n, D) and biases (n,) of some items, None: of all.

        `known` (n,) False: as if the item were new.
        """
        tables = (self.content, self.item_id, self.item_bias, self.stand_ins)
        if rows is not None:
            tables = tuple(tf.gather(table, rows) for table in tables)
        content, ids, bias, stand_in = tables
        said = tf.matmul(content, self.content_map)
        said = tf.where(stand_in[:, None], tf.stop_gradient(said), said)
        new = tf.linalg.matvec(content, self.content_bias) + self.new_bias
        return tf.where(known[:, None], ids, 0.0) + said, tf.where(known, bias, new)

    def event_vectors(
        self, item_vectors: Tensor, first: Tensor, kind: Tensor, level: Tensor, gap: Tensor
    ) -> Tensor:
        """(B, T, D) from the items' vectors and codes (B, T); `first` marks the start, which stands
        before anyone's first event."""
        x = (
            item_vectors
            + tf.gather(self.kind, kind)
            + tf.gather(self.level, level)
            + tf.gather(self.gap, gap)
        )
        return tf.where(first[..., None], self.start[0], x)

    def encode(self, x: Tensor, *, training: bool) -> Tensor:
        """(B, T, D) -> (B, T, D): at each position, the person after that event."""
        x = self.event_dropout(x, training=training)
        for block in self.blocks:
            x = block(x, training=training)
        return self.final_norm(x)

    def arrays(self, lending: sparse.csr_array | None = None) -> dict[str, Floats]:
        """What `ml.encoding.EncoderScorer` reads, and what a warm start needs besides.

        New items borrow ids from known ones by `lending` (I, I), see `ml.lending.lenders`; where it
        is None, items that nobody met have none.
        """
        ids, content, bias = self.item_id.numpy(), self.content.numpy(), self.item_bias.numpy()
        known = self.met.numpy() if lending is None else lending.diagonal() > 0
        ids = np.where(known[:, None], ids, 0) if lending is None else lending @ ids
        new = content @ self.content_bias.numpy() + self.new_bias.numpy()
        found = self._by_name() | {
            "item_vectors": ids + content @ self.content_map.numpy(),
            "item_bias": np.where(known, bias, new),
            "start": self.start[0],
        }
        for number, block in enumerate(self.blocks):
            found[f"block{number}_decay"] = tf.sigmoid(block.decay_logit)
        return {name: np.asarray(tf.convert_to_tensor(value)) for name, value in found.items()}

    def load_arrays(self, arrays: Mapping[str, Floats], rows: Rows) -> None:
        """Warm start: take over what `arrays()` gave; `rows` (I,) are each item's there, or -1.

        Content factors differ from fit to fit, so an item's vector is taken over as a whole: what
        the new content does not explain of it becomes its id.
        """
        known = (rows >= 0)[:, None]
        vectors = arrays["item_vectors"][np.maximum(rows, 0)]
        teaches = (rows >= 0) & ~self.stand_ins.numpy()
        design = np.concatenate(
            [self.content.numpy()[teaches], 1e-2 * np.eye(self.content.shape[1])]
        )
        wanted = np.concatenate(
            [vectors[teaches], np.zeros((self.content.shape[1], vectors.shape[1]))]
        )
        self.content_map.assign(np.linalg.lstsq(design, wanted, rcond=None)[0])
        rest = vectors - self.content.numpy() @ self.content_map.numpy()
        self.item_id.assign(np.where(known, rest, self.item_id))
        bias = arrays["item_bias"][np.maximum(rows, 0)]
        self.item_bias.assign(np.where(known[:, 0], bias, self.item_bias))
        self.start.assign(arrays["start"][None])
        for name, weight in self._by_name().items():
            weight.assign(arrays[name])

    def _by_name(self) -> dict[str, Any]:
        """Each weight under the name that its array has."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "level": self.level,
            "gap": self.gap,
            "final_scale": self.final_norm.gamma,
            "final_shift": self.final_norm.beta,
            "new_bias": self.new_bias,
        }
        for number, block in enumerate(self.blocks):
            for name, weight in {
                "average_scale": block.average_norm.gamma,
                "average_shift": block.average_norm.beta,
                "average_in": block.average_in.kernel,
                "average_out": block.average_out.kernel,
                "decay_logit": block.decay_logit,
                "forward_scale": block.forward_norm.gamma,
                "forward_shift": block.forward_norm.beta,
                "forward_in": block.forward_in.kernel,
                "forward_out": block.forward_out.kernel,
            }.items():
                found[f"block{number}_{name}"] = weight
        return found
