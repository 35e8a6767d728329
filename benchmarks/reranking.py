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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ranking import machine

from ml import metrics
from ml.baselines import fit_baseline
from ml.datafolder import load_folder
from ml.dials import Dials, closeness, log_popularity
from ml.exploration import FEW_EVENTS, Shown
from ml.features import content_matrix
from ml.ranking import best, mask
from ml.rerank import POOL, determinantal, diversify, marginal
from ml.serving import Recommender, batch_size
from ml.snapshot import History, Snapshot
from ml.split import Split, leave_last_out
from ml.taste import EVENTS, Known, Taste, arrange

N = 10
SETTINGS = (-1.0, -0.5, 0.0, 0.5, 1.0)
COMMON = 20
"""Everyone is asked about one of so many of the commonest attributes."""


@dataclass(frozen=True)
class Case:
    """One person: masked scores (I,), what they did, what is to be found, and an attribute."""

    scores: np.ndarray
    history: np.ndarray
    target: int
    attribute: str
    seed: int


class World:
    """A data set, a model of it, and some of its people."""

    def __init__(self, snapshot: Snapshot, model: str, people: int) -> None:
        split = leave_last_out(snapshot)
        recommender = Recommender(fit_baseline(split.train, model))
        items, size = snapshot.items, len(snapshot.items)
        self.near = np.empty((size, size), dtype=np.float32)
        for start in range(0, size, batch_size(size)):
            rows = np.arange(start, min(start + batch_size(size), size), dtype=np.int32)
            self.near[rows] = recommender.likeness(rows)
        self.content = content_matrix(items)
        common = np.argsort(-np.bincount(items.attributes), kind="stable")[:COMMON]
        self.known = Known(
            events=np.bincount(split.train.events.item, minlength=size),
            moment=items.years,
            attributes={items.attribute_names[a]: has(snapshot, int(a)) for a in common},
        )
        self.cases = list(cases(split, recommender, people, sorted(self.known.attributes)))

    def alike(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        return self.near[rows[:, None], others]

    def arranged(
        self, taste: Callable[[Case], Taste], shown: list[Shown] | None = None
    ) -> list[np.ndarray]:
        """The rows of everyone's list."""
        return [
            arrange(
                case.scores,
                n=N,
                taste=taste(case),
                known=self.known,
                alike=self.alike,
                history=case.history,
                shown=shown[at] if shown else Shown.nothing(),
                rng=np.random.default_rng(case.seed),
            ).rows
            for at, case in enumerate(self.cases)
        ]

    def ndcg(self, lists: list[np.ndarray]) -> np.ndarray:
        """(people,)"""
        found = zip(lists, self.cases, strict=True)
        return np.array(
            [metrics.ndcg(rows == case.target, targets=1, at=N) for rows, case in found]
        )

    def distance(self, rows: np.ndarray, *, content: bool) -> float:
        """The mean over the pairs of a list of 1 - how alike they are."""
        if content:
            near = (self.content[rows] @ self.content[rows].T).toarray()
        else:
            near = self.alike(rows, rows)
            near = np.clip((near + near.T) / 2, 0, 1)
        pairs = np.triu_indices(len(rows), 1)
        return float(1 - near[pairs].mean()) if len(rows) > 1 else 0.0


def has(snapshot: Snapshot, attribute: int) -> np.ndarray:
    """(I,): the items with an attribute."""
    items = snapshot.items
    owner = np.repeat(np.arange(len(items)), np.diff(items.attribute_starts))
    found = np.zeros(len(items), dtype=bool)
    found[owner[items.attributes == attribute]] = True
    return found


def cases(
    split: Split, recommender: Recommender, people: int, attributes: list[str]
) -> Iterable[Case]:
    rng = np.random.default_rng(7)
    able = split.targets.user
    for at in np.sort(rng.choice(len(able), size=min(people, len(able)), replace=False)):
        history: History = split.given.history(int(able[at]))
        scores = mask(recommender.scores(history), exclude=history.item)
        attribute = attributes[rng.integers(len(attributes))] if attributes else ""
        yield Case(scores, history.item, int(split.targets.item[at]), attribute, int(at))


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
    steps = np.diff(np.array(first), axis=0)  # (settings - 1, people)
    follows = np.mean(np.all(steps >= -1e-6, axis=0))
    moved = np.mean(np.sum(steps, axis=0) > 1e-6)
    return [*lines, "", f"Follows the setting for {follows:.1%} of people, moves for {moved:.1%}."]


def diversity(world: World) -> list[str]:
    def behaviour(case: Case, rows: np.ndarray) -> float:
        return world.distance(rows, content=False)

    def content(case: Case, rows: np.ndarray) -> float:
        return world.distance(rows, content=True)

    lines: list[str] = []
    for choose in (marginal, determinantal):

        def arranged(setting: float, choose=choose) -> list[np.ndarray]:
            lists = []
            for case in world.cases:
                pool = best(case.scores, n=POOL * N)
                near = world.alike(pool.rows, pool.rows)
                lists.append(diversify(pool, near, n=N, diversity=setting, choose=choose).rows)
            return lists

        measures = {"distance": behaviour, "distance of content": content}
        lines += table(world, choose.__name__, np.arange(11) / 10, arranged, measures)
    return lines


def dials(world: World) -> list[str]:
    known = world.known

    def far(case: Case, rows: np.ndarray) -> float:
        return -float(closeness(world.alike(case.history[-EVENTS:], rows)).mean())

    def unpopular(case: Case, rows: np.ndarray) -> float:
        return -float(log_popularity(known.events[rows]).mean())

    def old(case: Case, rows: np.ndarray) -> float:
        return -float(np.nanmean(known.moment[rows]))

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

        def arranged(setting: float, dial=dial) -> list[np.ndarray]:
            return world.arranged(lambda case: Taste(dial(case, setting)))

        lines += table(world, name, SETTINGS, arranged, measured[name])
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--baseline", default="ease")
    arguments = parser.parse_args()
    world = World(load_folder(arguments.folder), arguments.baseline, arguments.people)
    lines = [machine(), f"{len(world.cases)} people, lists of {N}, {arguments.baseline}"]
    for part in (diversity, dials, rotation, exploration):
        lines += part(world)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
