"""`python -m ml evaluate`: splits, trains and judges, with the baselines beside it.

One JSON line on standard output, a table on standard error.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from typing import Any

from ml.baselines import fit_baseline, shared_arrays
from ml.cli_train import fit, load_events, peak_memory_mb, print_line, tell
from ml.protocols import PROTOCOLS, Protocol
from ml.split import Split
from ml.tables import DataFolderError

Judged = dict[str, Any]


def evaluate(arguments: Namespace) -> None:
    protocol = PROTOCOLS[arguments.protocol]
    split = protocol.split(load_events(arguments.folder))
    if not len(split.targets):
        raise DataFolderError(
            f"{arguments.folder} leaves nothing to find under {arguments.protocol}; "
            "give people with at least two events (for rating: at least ten ratings)"
        )
    judged = _judge_baselines(protocol, split)
    if not arguments.baseline:
        started = time.monotonic()
        artifact = fit(arguments, split.train, ordered=protocol.ordered, report=tell)
        seconds = time.monotonic() - started
        judged["hybrid"] = {
            "kind": artifact.manifest["kind"],
            **protocol.figures(split, artifact),
            "seconds": round(seconds, 2),
        }
    name = arguments.baseline or "hybrid"
    if name not in judged:
        name = next(iter(judged))
    model = judged.pop(name)
    _print_table(protocol, {name: model, **judged})
    print_line(
        {
            "protocol": arguments.protocol,
            "model": name,
            **model,
            "peak_memory_mb": peak_memory_mb(),
            "seed": arguments.seed,
            "baselines": judged,
        }
    )


def _judge_baselines(protocol: Protocol, split: Split) -> dict[str, Judged]:
    shared = shared_arrays(split.train, factors=False)
    judged: dict[str, Judged] = {}
    for name in protocol.baselines:
        started = time.monotonic()
        artifact = fit_baseline(split.train, name, ordered=protocol.ordered, shared=shared)
        seconds = time.monotonic() - started
        judged[name] = {**protocol.figures(split, artifact), "seconds": round(seconds, 2)}
        tell({"event": "validation", "stage": name, "seconds": seconds})
    return judged


def _print_table(protocol: Protocol, judged: dict[str, Judged]) -> None:
    names = [
        name
        for name in next(iter(judged.values()))
        if not name.endswith("_se") and name not in ("people", "kind", "ratings")
    ]
    models = sorted(judged, key=lambda model: judged[model][protocol.main])
    rows = [["", *models]]
    rows += [[name, *(_cell(judged[model], name) for model in models)] for name in names]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *cells in rows:
        padded = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        sys.stderr.write("  ".join([f"{first:<{widths[0]}}", *padded]) + "\n")


def _cell(figures: Judged, name: str) -> str:
    error = figures.get(f"{name}_se")
    return f"{figures[name]:.4f}" + (f" ±{error:.4f}" if error is not None else "")
