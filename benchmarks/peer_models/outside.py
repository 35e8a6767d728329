"""Models that run in a process of their own: ours, a Keras two-tower, and SASRec.

Each has its own Python, because their packages exclude each other's. They read the split as a
snapshot folder and leave an artifact, or vectors as .npy files.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.artifact import load_artifact
from ml.datafolder import save_snapshot
from ml.evaluate import Served
from ml.ranking import MASKED
from ml.serving import Recommender
from ml.snapshot import Floats
from ml.split import Split
from peer_models.base import Peer, Scores, factors, to_learn_from

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent


def hybrid(
    split: Split, *, python: str, budget: str, time_limit: float | None, seed: int = 1
) -> Served:
    """Ours, by the same command that everyone uses."""
    with tempfile.TemporaryDirectory(prefix="catalogue-peers-") as work:
        folder = save_snapshot(split.train, Path(work) / "train")
        model = Path(work) / "model"
        command = [python, "-m", "ml", "train", str(folder), str(model)]
        command += ["--time-limit", str(time_limit)] if time_limit else []
        _run([*command, "--budget", budget, "--seed", str(seed)])
        artifact = load_artifact(model)
        arrays = {name: np.array(array) for name, array in artifact.arrays.items()}
        artifact.arrays.update(arrays)  # the folder goes
    return Served(Recommender(artifact), split.given)


def two_tower(split: Split, *, python: str, **params: Any) -> Scores:
    """Vectors of people and items, trained as in TensorFlow Recommenders' tutorial."""
    with tempfile.TemporaryDirectory(prefix="catalogue-peers-") as work:
        folder = save_snapshot(to_learn_from(split), Path(work) / "train")
        _run([python, str(HERE / "two_tower.py"), str(folder), work, json.dumps(params)])
        return factors(np.load(Path(work) / "people.npy"), np.load(Path(work) / "items.npy"))


def sasrec(split: Split, *, python: str, minutes: float, **params: Any) -> Scores:
    """RecTools' SASRec; its lists of the best items, others masked."""
    with tempfile.TemporaryDirectory(prefix="catalogue-peers-") as work:
        train = save_snapshot(split.train, Path(work) / "train")
        given = save_snapshot(split.given, Path(work) / "given")
        told = json.dumps(params | {"minutes": minutes})
        _run([python, str(HERE / "sasrec.py"), str(train), str(given), work, told])
        listed = np.load(Path(work) / "listed.npy")  # (U, P) rows, best first; -1: none
    size = len(split.given.items)

    def score(users: NDArray[np.integer]) -> Floats:
        found = np.full((len(users), size + 1), MASKED, dtype=np.float32)
        ranks = np.arange(listed.shape[1], 0, -1, dtype=np.float32)
        np.put_along_axis(found, listed[users] % (size + 1), ranks[None], axis=1)
        return found[:, :size]

    return Scores(score)


def _run(command: list[str]) -> None:
    """Raises RuntimeError with the end of what the command said, where it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed: {done.stderr[-2000:]}")


TWO_TOWER_GRID = [
    {"width": width, "epochs": epochs, "rate": rate, "correct": correct}
    for width, epochs, rate, correct in (
        (32, 3, 0.1, False),
        (64, 6, 0.1, True),
        (64, 12, 0.2, True),
    )
]


def outside_peers(
    *,
    python: str,
    sasrec_python: str,
    sasrec_minutes: float,
    budget: str,
    time_limit: float | None,
) -> dict[str, Peer]:
    ours = partial(hybrid, python=python, budget=budget, time_limit=time_limit)
    peers = {
        "hybrid": Peer(f"hybrid, {budget}", ours),
        "two-tower": Peer(
            "Keras two-tower", partial(two_tower, python=python), {"": TWO_TOWER_GRID}
        ),
    }
    if sasrec_minutes:
        fit = partial(sasrec, python=sasrec_python, minutes=sasrec_minutes)
        peers["sasrec"] = Peer("SASRec (RecTools)", fit)
    return peers
