"""How well the hybrid and the baselines foretell: python benchmarks/ranking.py [FOLDER]

Runs `python -m ml evaluate` on a data set folder (or DATA, or a made-up one, a tenth of MovieLens
1M's size) for each protocol asked for, all models on the same split in the same run. The table
goes to standard output, and with --save into benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from made_up import made_up_data_set

ROOT = Path(__file__).resolve().parent.parent
PROTOCOLS = ("next-event", "whole-taste", "cold", "rating")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("DATA"))
    parser.add_argument("--protocol", action="append", choices=PROTOCOLS)
    parser.add_argument("--budget", default="default")
    parser.add_argument("--save", metavar="NAME", help="into benchmarks/results/NAME.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catalogue-bench-") as work:
        folder = arguments.folder or made_up_data_set(Path(work) / "data", scale=0.1)
        lines = [machine(), ""]
        for protocol in arguments.protocol or ["next-event"]:
            lines += table(evaluate(folder, protocol, arguments.budget))
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if arguments.save:
        (ROOT / "benchmarks" / "results" / f"{arguments.save}.md").write_text(text)


def evaluate(folder: Path, protocol: str, budget: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "ml", "evaluate", str(folder), "--protocol", protocol]
    done = subprocess.run(
        [*command, "--budget", budget], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(found: dict[str, Any]) -> list[str]:
    """Markdown: a row for each model, best last."""
    models = {found["model"]: found, **found["baselines"]}
    first = next(iter(found["baselines"].values()))
    names = [name for name in first if not name.endswith("_se") and name != "seconds"]
    main = names[1]
    lines = [
        f"## {found['protocol']}",
        "",
        f"| model | {' | '.join(names)} | seconds |",
        "|---" * (len(names) + 2) + "|",
    ]
    for model, figures in sorted(models.items(), key=lambda pair: pair[1][main]):
        cells = [cell(figures, name) for name in names]
        lines.append(f"| {model} | {' | '.join(cells)} | {figures['seconds']} |")
    return [*lines, "", f"Peak memory {found['peak_memory_mb']} MB, seed {found['seed']}.", ""]


def cell(figures: dict[str, Any], name: str) -> str:
    error = figures.get(f"{name}_se")
    value = figures[name]
    shown = f"{value:.4f}" if isinstance(value, float) else f"{value}"
    return shown if error is None else f"{shown} ± {error:.4f}"


def machine() -> str:
    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("numpy", "scipy", "tensorflow-cpu")
    )
    cores, python = os.cpu_count(), platform.python_version()
    return f"{cores} cores, {platform.machine()}, Python {python}, {versions}"


if __name__ == "__main__":
    main()
