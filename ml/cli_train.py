"""`python -m ml train`: a data set folder in, an artifact folder out.

Standard output carries JSON lines only, for `recommendations.pipeline` and scripts; people read
standard error.
"""

from __future__ import annotations

import json
import math
import platform
import resource
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ml.ann import with_index
from ml.artifact import MANIFEST, Artifact, ArtifactError, load_artifact, save_artifact
from ml.baselines import fit_baseline, shared_arrays
from ml.config import TrainConfig
from ml.datafolder import DataFolderError, load_folder
from ml.evaluate import judge
from ml.layout import with_layout
from ml.serving import Recommender
from ml.snapshot import Snapshot
from ml.split import Split, leave_last_out

Event = dict[str, Any]
OnEvent = Callable[[Event], None]

VALIDATION_PEOPLE = 1000
ORDERED = {"next": True, "taste": False}
"""What a goal says of the order of events; without a goal, the data does."""


def train(arguments: Namespace) -> None:
    """Trains the model that the arguments ask for and writes it."""
    started = time.monotonic()
    _check_place(arguments.model)
    with ExitStack() as stack:
        report = _reporter(arguments.log, stack)
        start_from = load_artifact(arguments.start_from) if arguments.start_from else None
        snapshot = load_events(arguments.folder)
        report(_step("read", started))
        artifact = with_index(fit(arguments, snapshot, start_from=start_from, report=report))
        if not arguments.no_map:
            began = time.monotonic()
            artifact = with_layout(artifact, snapshot, seed=arguments.seed)
            report(_step("map", began))
        artifact.manifest.update(passport(arguments))
        save_artifact(artifact, arguments.model)
        report(_done(artifact, started))


def load_events(folder: Path) -> Snapshot:
    """The snapshot in a folder, refused where there is nothing to learn from."""
    snapshot = load_folder(folder)
    if not len(snapshot.events):
        raise DataFolderError(f"{folder}: interactions has no rows; give at least one event")
    return snapshot


def fit(
    arguments: Namespace,
    snapshot: Snapshot,
    *,
    start_from: Artifact | None = None,
    ordered: bool | None = None,
    report: OnEvent,
) -> Artifact:
    """The baseline that was asked for, or the hybrid model."""
    if arguments.baseline:
        if start_from is not None:
            raise ArtifactError("a baseline has no warm start; leave out --start-from")
        return _fit_baseline(snapshot, arguments.baseline, report)
    from ml.hybrid import fit as fit_hybrid  # TensorFlow takes seconds: only where it is needed

    config = replace(
        TrainConfig.for_budget(arguments.budget),
        seed=arguments.seed,
        threads=arguments.threads or 0,
        time_limit=arguments.time_limit or math.inf,
        ordered=ORDERED.get(arguments.goal, ordered),
    )
    with redirect_stdout(sys.stderr):
        return fit_hybrid(snapshot, config, start_from=start_from, on_event=report)


def passport(arguments: Namespace) -> dict[str, Any]:
    """When and with what a model was made."""
    versions = {name: metadata.version(name) for name in ("numpy", "scipy")}
    if not arguments.baseline:
        versions["tensorflow"] = sys.modules["tensorflow"].__version__
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": arguments.seed,
        "versions": {"python": platform.python_version(), **versions},
    }


def peak_memory_mb() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))


def print_line(event: Event) -> None:
    sys.__stdout__.write(json.dumps(event, allow_nan=False) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def tell(event: Event) -> None:
    """Progress for people, on standard error."""
    words = [str(event.get("stage", event["event"]))]
    if "of" in event:
        words.append(f"step {event['step']} of {event['of']}")
    for name in ("loss", "ndcg@10", "seconds"):
        if name in event:
            words.append(f"{name} {event[name]:.4g}")
    sys.stderr.write("  ".join(words) + "\n")


def _fit_baseline(snapshot: Snapshot, name: str, report: OnEvent) -> Artifact:
    started = time.monotonic()
    split = _some_targets(leave_last_out(snapshot))
    shared = shared_arrays(snapshot, factors=False)  # lists of the trial do not depend on them
    trial = Recommender(fit_baseline(split.train, name, shared=shared))
    figures = judge(trial, split.given, split.targets).to_json()
    report({"event": "validation", "model": name, **figures})
    artifact = fit_baseline(snapshot, name, shared=shared)
    artifact.manifest["figures"] = {"validation": figures}
    report(_step("fit", started))
    return artifact


def _some_targets(split: Split) -> Split:
    size = len(split.targets)
    if size <= VALIDATION_PEOPLE:
        return split
    chosen = np.zeros(size, dtype=bool)
    chosen[np.random.default_rng(0).choice(size, VALIDATION_PEOPLE, replace=False)] = True
    return Split(split.train, split.given, split.targets.where(chosen))


def _check_place(model: Path) -> None:
    """Fails before the work rather than after it."""
    if model.exists() and not (
        model.is_dir() and ((model / MANIFEST).is_file() or not any(model.iterdir()))
    ):
        raise ArtifactError(f"{model} exists and is no artifact; name another folder")


def _reporter(log: Path | None, stack: ExitStack) -> OnEvent:
    file = stack.enter_context(log.open("a", encoding="utf-8")) if log else None

    def report(event: Event) -> None:
        print_line(event)
        tell(event)
        if file is not None:
            file.write(json.dumps(event) + "\n")
            file.flush()

    return report


def _step(stage: str, started: float) -> Event:
    return {
        "event": "step",
        "stage": stage,
        "step": 1,
        "of": 1,
        "seconds": round(time.monotonic() - started, 3),
    }


def _done(artifact: Artifact, started: float) -> Event:
    figures = artifact.manifest.get("figures", {})
    return {
        "event": "done",
        "kind": artifact.manifest["kind"],
        "seconds": round(time.monotonic() - started, 3),
        "peak_memory_mb": peak_memory_mb(),
        "counts": artifact.manifest["counts"],
        "validation": figures.get("validation", figures),
    }
