"""What rerankings cost and what they move: python benchmarks/reranking.py FOLDER

Fits the EASE baseline on a data set folder without everyone's last event, and arranges lists of
ten for 500 people in each setting. Printed beside NDCG@10 of the last event: the measure that the
setting is about, and for how many people it follows the settings. Needs I * I * 4 bytes for I
items, so up to about 10,000.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from ranking import machine
from reranked_people import Case, N, World

from ml import metrics
from ml.datafolder import load_folder
from ml.dials import Dials, closeness, log_popularity
from ml.exploration import FEW_EVENTS, Shown
from ml.ranking import best
from ml.rerank import POOL, determinantal, diversify, marginal
from ml.taste import EVENTS, Taste

SETTINGS = (-1.0, -0.5, 0.0, 0.5, 1.0)


def table(
    world: World,
    name: str,
    settings: Iterable[float],
    arranged: Callable[[float], list[np.ndarray]],
    measures: dict[str, Callable[[Case, np.ndarray], float]],
    off: float = 0.0,
) -> list[str]:
    """Markdown: a row for each setting, and how many people's first measure follows it."""
    lists = {setting: arranged(setting) for setting in settings}
    plain = world.ndcg(lists[off])
    lines = ["", f"| {name} | NDCG@10 | cost | {' | '.join(measures)} |"]
    lines.append("|---" * (3 + len(measures)) + "|")
    first = []
    for setting, rows in lists.items():
        ndcg = world.ndcg(rows)
        cost = plain - ndcg
        values = [
            [measure(case, own) for case, own in zip(world.cases, rows, strict=True)]
            for measure in measures.values()
        ]
        first.append(values[0])
        cells = " | ".join(f"{np.mean(own):.3f}" for own in values)
        error = metrics.standard_error(cost)
        lines.append(
            f"| {setting:g} | {ndcg.mean():.4f} | {cost.mean():+.4f} ± {error:.4f} | {cells} |"
        )
    return [*lines, "", following(np.array(first))]


def following(measured: np.ndarray) -> str:
    """Of a measure (settings, people), for how many it never turns back."""
    steps = np.diff(measured, axis=0)
    follows = np.mean(np.all(steps >= -1e-6, axis=0))
    moved = np.mean(np.sum(steps, axis=0) > 1e-6)
    return f"Follows the setting for {follows:.1%} of people, moves for {moved:.1%}."


def diversity(world: World) -> list[str]:
    def behaviour(case: Case, rows: np.ndarray) -> float:
        return world.distance(rows, content=False)

    def content(case: Case, rows: np.ndarray) -> float:
        return world.distance(rows, content=True)

    measures = {"distance": behaviour, "distance of content": content}
    lines: list[str] = []
    frontiers: list[Frontier] = []
    for choose in (marginal, determinantal):

        def arranged(setting: float, choose=choose) -> list[np.ndarray]:
            lists = []
            for case in world.cases:
                pool = best(case.scores, n=POOL * N)
                near = world.alike(pool.rows, pool.rows)
                lists.append(diversify(pool, near, n=N, diversity=setting, choose=choose).rows)
            return lists

        lines += table(world, choose.__name__, (0, 0.25, 0.5, 0.75, 1), arranged, measures)
        frontiers.append(frontier(world, arranged, behaviour))
    return lines + compared(*frontiers)


Frontier = tuple[np.ndarray, np.ndarray]
"""Setting by setting: the mean distance (S,), rising, and everyone's NDCG (S, people)."""


def frontier(
    world: World,
    arranged: Callable[[float], list[np.ndarray]],
    distance: Callable[[Case, np.ndarray], float],
) -> Frontier:
    far, ndcg = [], []
    for setting in np.linspace(0, 1, 11):
        lists = arranged(setting)
        own = [distance(case, rows) for case, rows in zip(world.cases, lists, strict=True)]
        far.append(np.mean(own))
        ndcg.append(world.ndcg(lists))
    return np.array(far), np.array(ndcg)


def compared(one: Frontier, other: Frontier) -> list[str]:
    """What both methods cost at the same distance, between settings in a straight line."""
    low, high = max(one[0][0], other[0][0]), min(one[0][-1], other[0][-1])
    lines = ["", "| distance | cost, marginal | cost, determinantal | determinantal is ahead by |"]
    lines.append("|---" * 4 + "|")
    plain = one[1][0].mean()
    for far in np.linspace(low, high, 8)[1:-1]:
        first, second = (between(far, *points) for points in (one, other))
        error = metrics.standard_error(second - first)
        ahead = f"{np.mean(second - first):+.4f} ± {error:.4f}"
        costs = f"{plain - first.mean():+.4f} | {plain - second.mean():+.4f}"
        lines.append(f"| {far:.3f} | {costs} | {ahead} |")
    return lines


def between(far: float, distance: np.ndarray, ndcg: np.ndarray) -> np.ndarray:
    """(people,): NDCG at a mean distance, from the settings on both sides of it."""
    after = int(np.clip(np.searchsorted(distance, far), 1, len(distance) - 1))
    share = (far - distance[after - 1]) / max(distance[after] - distance[after - 1], 1e-12)
    return (1 - share) * ndcg[after - 1] + share * ndcg[after]


def dials(world: World) -> list[str]:
    known = world.known
    dated = bool(np.any(~np.isnan(known.moment)))
    middle = float(np.nanmean(known.moment)) if dated else 0.0

    def far(case: Case, rows: np.ndarray) -> float:
        return -float(closeness(world.alike(case.history[-EVENTS:], rows)).mean())

    def unpopular(case: Case, rows: np.ndarray) -> float:
        return -float(log_popularity(known.events[rows]).mean())

    def old(case: Case, rows: np.ndarray) -> float:
        return -float(np.mean(np.nan_to_num(known.moment[rows], nan=middle)))

    def share(case: Case, rows: np.ndarray) -> float:
        return float(known.attributes[case.attribute][rows].mean())

    lines: list[str] = []
    turned: dict[str, Callable[[Case, float], Dials]] = {
        "adventurous": lambda case, dial: Dials(adventurous=dial),
        "niche": lambda case, dial: Dials(niche=dial),
        "old": lambda case, dial: Dials(old=dial),
        "attribute": lambda case, dial: Dials(attributes={case.attribute: dial}),
    }
    measured = {
        "adventurous": {"-closeness": far},
        "niche": {"-log popularity": unpopular},
        "old": {"-year": old},
        "attribute": {"share with it": share},
    }
    for name, dial in turned.items():
        if (name == "old" and not dated) or (name == "attribute" and not known.attributes):
            continue

        def arranged(setting: float, diversity: float = 0.0, dial=dial) -> list[np.ndarray]:
            return world.arranged(lambda case: Taste(dial(case, setting), diversity=diversity))

        lines += table(world, name, SETTINGS, arranged, measured[name])
        (measure,) = measured[name].values()
        diverse = [
            [measure(who, rows) for who, rows in zip(world.cases, lists, strict=True)]
            for lists in (arranged(setting, diversity=0.5) for setting in SETTINGS)
        ]
        lines.append(f"With diversity 0.5: {following(np.array(diverse))}")
    return lines


def rotation(world: World) -> list[str]:
    lists = world.arranged(lambda case: Taste())
    shown_before = {case.seed: set(rows) for case, rows in zip(world.cases, lists, strict=True)}

    def fresh(case: Case, rows: np.ndarray) -> float:
        return float(np.mean([row not in shown_before[case.seed] for row in rows]))

    def shown(times: float, days: float) -> list[Shown]:
        return [Shown(rows, np.full(N, times), np.full(N, days)) for rows in lists]

    def turned(setting: float) -> list[np.ndarray]:
        return world.arranged(lambda case: Taste(rotation=setting), shown(3, 0))

    def after(days: float) -> list[np.ndarray]:
        return world.arranged(lambda case: Taste(rotation=1.0), shown(3, -days))

    measures = {"share not shown before": fresh}
    lines = table(world, "rotation", (0, 0.25, 0.5, 0.75, 1), turned, measures)
    days = (-60, -28, -14, -7, 0)
    return lines + table(world, "days since, negative", days, after, measures, off=-60)


def exploration(world: World) -> list[str]:
    is_new = world.known.events < FEW_EVENTS

    def share(case: Case, rows: np.ndarray) -> float:
        return float(is_new[rows].mean())

    def arranged(setting: float) -> list[np.ndarray]:
        return world.arranged(lambda case: Taste(exploration=setting))

    measures = {"share of new items": share}
    return table(world, "exploration", (0, 0.1, 0.2, 0.3, 0.5), arranged, measures)


PARTS = {
    "diversity": diversity,
    "dials": dials,
    "rotation": rotation,
    "exploration": exploration,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--baseline", default="ease")
    parser.add_argument("--part", action="append", choices=PARTS)
    arguments = parser.parse_args()
    world = World(load_folder(arguments.folder), arguments.baseline, arguments.people)
    if not world.cases:
        parser.error(f"in {arguments.folder} nobody has {2 * N} items left to choose from")
    lines = [machine(), f"{len(world.cases)} people, lists of {N}, {arguments.baseline}"]
    for part in arguments.part or PARTS:
        lines += PARTS[part](world)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
