"""How parameters follow their gradients: an Adam for tables of millions of rows, and its rate.

Called by `ml.train`, like which it imports TensorFlow.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from keras import optimizers

FORGET, FORGET_SQUARES = 0.9, 0.98  # of the running means of gradients


def divided(gradient: Any, by: Any) -> Any:
    """A gradient, of a whole table or of some of its rows, over a number."""
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(gradient.values / by, gradient.indices, gradient.dense_shape)
    return gradient / by


class RowAdam:
    """Adam (Kingma and Ba 2015) that touches only the rows of a table that a step used: a dense
    one would go through millions of rows for a few thousand."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable
        self.mean = tf.Variable(tf.zeros_like(variable))
        self.square = tf.Variable(tf.zeros_like(variable))

    def apply(self, gradient: Any, rate: Any, step: Any) -> None:
        """`gradient` are tf.IndexedSlices, in which a row may come more than once."""
        rows, where = tf.unique(gradient.indices)
        gradient = tf.math.unsorted_segment_sum(gradient.values, where, tf.size(rows))
        mean = tf.gather(self.mean, rows) * FORGET + gradient * (1 - FORGET)
        square = tf.gather(self.square, rows) * FORGET_SQUARES
        square += tf.square(gradient) * (1 - FORGET_SQUARES)
        rate *= tf.sqrt(1 - FORGET_SQUARES**step) / (1 - FORGET**step)
        self.mean.scatter_nd_update(rows[:, None], mean)
        self.square.scatter_nd_update(rows[:, None], square)
        change = rate * mean / (tf.sqrt(square) + 1e-7)
        self.variable.scatter_nd_sub(rows[:, None], change)


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
