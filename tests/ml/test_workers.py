"""Two processes that train together end with one model, about as good as that of a single one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.artifact import load_artifact
from ml.datafolder import save_snapshot
from ml.serving import Recommender
from tests.ml.worlds import checkerboard
from tests.servers import free_ports


@pytest.mark.slow
def test_two_processes_train_the_model_of_one(tmp_path):
    data = save_snapshot(checkerboard(), tmp_path / "data")
    cluster = {"worker": [f"localhost:{port}" for port in free_ports(2)]}
    told = [{"cluster": cluster, "task": {"type": "worker", "index": at}} for at in range(2)]
    together = [_training(data, tmp_path / f"of {at}", told[at]) for at in range(2)]
    alone = _training(data, tmp_path / "alone", None)
    try:
        for training in (*together, alone):
            assert training.wait(600) == 0
    finally:
        for training in (*together, alone):
            training.kill()
            training.wait()
    first, second, one = (
        Recommender(load_artifact(tmp_path / name)) for name in ("of 0", "of 1", "alone")
    )
    people = [checkerboard().history(user) for user in range(20)]
    np.testing.assert_array_equal(first.scores_many(people), second.scores_many(people))
    figures = [model.manifest["figures"]["validation"]["ndcg@10_network"] for model in (first, one)]
    assert figures[0] == pytest.approx(figures[1], abs=0.1)


def _training(data: Path, out: Path, config: dict[str, Any] | None) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    env |= {"TF_CONFIG": json.dumps(config)} if config else {}
    command = [sys.executable, "-m", "ml", "train", str(data), str(out), "--budget", "fast"]
    return subprocess.Popen(
        [*command, "--threads", "1"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
