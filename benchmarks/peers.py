"""Our model beside others: python benchmarks/peers.py FOLDER --protocol next-event

All models learn from the same split and are judged by `ml.evaluate` over the whole catalogue, in
the same run. Each is tuned on a split of the training data, in a process of its own, and ours is
trained by `python -m ml train`. The table goes to standard output, and with --save into
benchmarks/results/. Needs benchmarks/requirements.txt; benchmarks/README.md says how.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
Row = dict[str, Any]

PROTOCOLS = ("next-event", "whole-taste", "cold", "rating")
LISTS = ("coverage", "gini", "popularity", "novelty")
COLUMNS: dict[str, tuple[str, ...]] = {
    "next-event": ("ndcg@10", "recall@10", *LISTS),
    "whole-taste": ("ndcg@100", "recall@20", "ndcg@10", *LISTS),
    "cold": ("among_cold_recall@10", "ndcg@10", "warm_ndcg@10", "all_ndcg@10", *LISTS),
    "rating": ("rmse", "interval_held", "interval_held_least", "interval_held_most")
    + ("interval_width", "interval_score"),
}


def main() -> None:
    arguments = parse()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(arguments.threads)  # read when a child imports NumPy
    lines = [f"{machine()}; {arguments.folder.name}, seed {arguments.seed}", ""]
    for protocol in arguments.protocol or ["next-event"]:
        lines += table(protocol, measure(protocol, arguments))
    text = "\n".join(lines)
    sys.stdout.write(text)
    if arguments.save:
        (ROOT / "benchmarks" / "results" / f"{arguments.save}.md").write_text(text)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a data set folder")
    parser.add_argument("--protocol", action="append", choices=PROTOCOLS)
    parser.add_argument("--model", choices=("hybrid", "none"), default="hybrid", help="ours")
    parser.add_argument("--budget", default="default", help="ours: fast, default or best")
    parser.add_argument("--time-limit", type=float, metavar="SECONDS", help="ours, at most")
    parser.add_argument("--peer", action="append", metavar="NAME", help="only these; default all")
    parser.add_argument("--sasrec-minutes", type=float, default=0, help="0 leaves it out")
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"), help="for ours")
    parser.add_argument("--sasrec-python", default=sys.executable, help="one that has RecTools")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=42, help="of the split")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="rows, to go on from if stopped")
    parser.add_argument("--save", metavar="NAME", help="into benchmarks/results/NAME.md")
    return parser.parse_args()


def measure(protocol: str, arguments: argparse.Namespace) -> list[Row]:
    """A row for each model; those that a stopped run kept are not measured again."""
    from peer_models.catalogue import peers_for

    same = [protocol, arguments.folder.name, arguments.seed]
    rows = [row for row in kept(arguments.keep) if row["of"] == same]
    for name in peers_for(protocol, arguments):
        if name in {row["model"] for row in rows}:
            continue
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            row = process.submit(one_row, name, protocol, arguments).result() | {"of": same}
        sys.stderr.write(f"{row}\n")
        rows.append(row)
        if arguments.keep:
            with arguments.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    return rows


def kept(path: Path | None) -> list[Row]:
    if not path or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def one_row(name: str, protocol: str, arguments: argparse.Namespace) -> Row:
    """One model, tuned, fitted and judged; runs in a process of its own.

    One that cannot be fitted is named below the table, with the reason, and the others go on.
    """
    from peer_models.catalogue import peers_for, split_of
    from peer_models.tuning import tuned

    from ml.protocols import PROTOCOLS as JUDGED

    peer = peers_for(protocol, arguments)[name]
    try:
        split = split_of(protocol, arguments)
        fitted = tuned(peer, protocol, split)
    except (ImportError, RuntimeError, ValueError) as error:
        return {"model": name, "left_out": " ".join(f"{error}".split())}
    figures = JUDGED[protocol].judge(fitted.answers, split)
    own, outside = (resource.getrusage(who).ru_maxrss for who in WHO)
    return {
        "model": name,
        **figures,
        "seconds": round(fitted.seconds, 1),
        "tuning_seconds": round(fitted.tuning_seconds, 1),
        "peak_mb": round(max(own, outside) / 1024),
        "chosen": fitted.chosen,
        "versions": {package: metadata.version(package) for package in peer.packages},
    }


WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def table(protocol: str, rows: list[Row]) -> list[str]:
    """Markdown: a row for each model, best last."""
    columns = COLUMNS[protocol]
    judged = [row for row in rows if "left_out" not in row]
    people = {row.get("people", row.get("ratings")) for row in judged}
    lines = [
        f"## {protocol}, {', '.join(f'{count:,}' for count in people)} judged",
        "",
        f"| model | {' | '.join(columns)} | fit s | tuning s | peak MB | chosen on validation |",
        "|---" * (len(columns) + 5) + "|",
    ]
    for row in sorted(judged, key=lambda row: row[columns[0]], reverse=protocol == "rating"):
        cells = [cell(row, name) for name in columns]
        chosen = ", ".join(f"{name} {value}" for name, value in row["chosen"].items())
        cost = f"{row['seconds']} | {row['tuning_seconds']} | {row['peak_mb']}"
        lines.append(f"| {row['model']} | {' | '.join(cells)} | {cost} | {chosen} |")
    missing = [
        f"Left out: {row['model']} ({row['left_out']})." for row in rows if row not in judged
    ]
    versions = sorted({f"{n} {v}" for row in judged for n, v in row["versions"].items()})
    return [*lines, "", *missing, f"Others' packages: {', '.join(versions) or 'none'}.", ""]


def cell(row: Row, name: str) -> str:
    error = row.get(f"{name}_se")
    return f"{row[name]:.4f}" if error is None else f"{row[name]:.4f} ± {error:.4f}"


def machine() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    cores, python = os.cpu_count(), platform.python_version()
    return f"{cores} cores, {platform.machine()}, Python {python}, {versions}"


if __name__ == "__main__":
    main()
