"""Several processes, on one machine or many, that train one network together.

Each is started by the same command on the same data, with TF_CONFIG as TensorFlow defines it (which
processes there are, and which of them this is). Each reads its share of every batch; gradients are
added up, so that all take the same steps as one process would, and each ends with the whole model.
Called by `ml.train`, like which it imports TensorFlow.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Index = NDArray[np.int64]


class Workers:
    def __init__(self) -> None:
        """To be made before anything else of TensorFlow."""
        told = json.loads(os.environ.get("TF_CONFIG") or "{}")
        self.count = len(told.get("cluster", {}).get("worker", ())) or 1
        self._index = int(told["task"]["index"]) if self.count > 1 else 0
        self._strategy = (
            tf.distribute.MultiWorkerMirroredStrategy()
            if self.count > 1
            else tf.distribute.get_strategy()
        )

    def share(self, rows: Index) -> Index:
        """This process's rows of a batch (B, T); of few rows it may be none."""
        return rows[self._index :: self.count]

    def added_up(self, compute: Callable[[], list[Any]]) -> list[Any]:
        """What `compute` gives, tensors and slices of them, added up over all processes."""
        if self.count == 1:
            return compute()

        def replica() -> list[Any]:
            context = tf.distribute.get_replica_context()
            return [context.all_reduce(tf.distribute.ReduceOp.SUM, part) for part in compute()]

        found: list[Any] = self._strategy.run(replica)
        return found
