"""A two-tower model in Keras: python two_tower.py FOLDER OUT PARAMS, run by `outside.two_tower`.

As in the retrieval tutorial of TensorFlow Recommenders: an embedding of people, one of items, and
softmax over the items of the batch; with `correct`, the logQ correction of Yi and others (2019).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from ml.datafolder import load_folder

BATCH = 1024


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    folder, out, params = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    snapshot = load_folder(folder)
    tf.keras.utils.set_random_seed(1)
    events = snapshot.events
    people = tf.Variable(tf.random.normal((len(snapshot.users), params["width"]), stddev=0.05))
    items = tf.Variable(tf.random.normal((len(snapshot.items), params["width"]), stddev=0.05))
    counts = np.bincount(events.item, minlength=len(snapshot.items))
    log_q = tf.constant(np.log(np.maximum(counts, 1) / len(events)), dtype=tf.float32)
    optimizer = tf.keras.optimizers.Adagrad(params["rate"])
    optimizer.build([people, items])

    @tf.function
    def step(user: tf.Tensor, item: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = tf.matmul(tf.gather(people, user), tf.gather(items, item), transpose_b=True)
            if params["correct"]:
                logits -= tf.gather(log_q, item)[None]
            same = tf.equal(item[:, None], item[None]) & ~tf.eye(len(item), dtype=tf.bool)
            logits = tf.where(same, -1e9, logits)  # the target itself is no negative
            losses = tf.reduce_logsumexp(logits, axis=1) - tf.linalg.diag_part(logits)
            loss = tf.reduce_sum(losses)
        gradients = tape.gradient(loss, [people, items])
        optimizer.apply_gradients(zip(gradients, [people, items], strict=True))

    rng = np.random.default_rng(1)
    size = min(BATCH, len(events))
    for _ in range(params["epochs"]):
        order = rng.permutation(len(events))
        for start in range(0, len(events) - size + 1, size):
            batch = order[start : start + size]
            step(tf.constant(events.user[batch]), tf.constant(events.item[batch]))
    np.save(out / "people.npy", people.numpy())
    np.save(out / "items.npy", items.numpy())


if __name__ == "__main__":
    main()
