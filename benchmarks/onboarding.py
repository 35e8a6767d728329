"""What the welcome page's questions are worth: python benchmarks/onboarding.py FOLDER

Holds people out of a data set folder, fits a baseline with predicted ratings on all others, and
asks each held-out person as the welcome page does: one item after the other; they rate what they
rated in the data, and do not know the rest. A quarter of their ratings is never asked about and
has to be foretold. Adaptive questions are compared with popular-first and random-first ones, by
answers and by questions; then it is tried where to stop.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from asked_people import CRITERIA, Asked, Person, adaptive, in_order
from ranking import machine

from ml import metrics
from ml.baselines import fit_baseline, shared_arrays
from ml.datafolder import load_folder
from ml.onboarding import ENOUGH
from ml.ranking import best, mask
from ml.serving import Recommender, batch_size
from ml.snapshot import Snapshot

ROOT = Path(__file__).resolve().parent.parent
LEAST_RATINGS, TARGETS, N = 20, 0.25, 10
ANSWERS, SHOWN = (5, 10, 15), (10, 20, 40)
PATIENCE, LAST = 120, 30
"""So many questions, and answers, are the end of an adaptive interview."""
LEVELS = (0.2, 0.15, 0.1, 0.07, 0.05, 0.035, 0.025)
Score = tuple[np.ndarray, np.ndarray, np.ndarray]
"""For each person: NDCG, sum of squared errors, number of targets."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--baseline", default="ease")
    parser.add_argument("--ordered", action="store_true", help="a model of what comes next")
    parser.add_argument("--criteria", action="store_true", help="compare other criteria, too")
    parser.add_argument("--save", metavar="NAME", help="into benchmarks/results/NAME.md")
    arguments = parser.parse_args()
    snapshot = load_folder(arguments.folder)
    held = held_out(snapshot, arguments.people)
    train = snapshot.with_events(snapshot.events.take(~held[snapshot.events.user]))
    shared = shared_arrays(train)
    artifact = fit_baseline(train, arguments.baseline, ordered=arguments.ordered, shared=shared)
    world = World(Recommender(artifact), train, list(people_of(snapshot, held)))
    kind = "what comes next" if arguments.ordered else "whole taste"
    lines = [
        f"{machine()}; `python benchmarks/onboarding.py {arguments.folder.name}`",
        "",
        f"{arguments.baseline} for {kind}, {len(world.people)} people held out, {TARGETS:.0%} of "
        f"their ratings to be foretold, {len(world.pool)} items asked about",
    ]
    for part in (
        world.comparison(CRITERIA if arguments.criteria else ()),
        world.stops(),
    ):
        lines += ["", *part]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if arguments.save:
        (ROOT / "benchmarks" / "results" / f"{arguments.save}.md").write_text(text)


def held_out(snapshot: Snapshot, people: int) -> np.ndarray:
    """(U,): random people with enough ratings, at most a quarter of all."""
    rated = snapshot.events.user[~np.isnan(snapshot.events.stars)]
    able = np.flatnonzero(np.bincount(rated, minlength=len(snapshot.users)) >= LEAST_RATINGS)
    held = np.zeros(len(snapshot.users), dtype=bool)
    size = min(people, len(able), len(snapshot.users) // 4)
    held[np.random.default_rng(5).choice(able, size=size, replace=False)] = True
    return held


def people_of(snapshot: Snapshot, held: np.ndarray) -> Iterator[Person]:
    rng = np.random.default_rng(11)
    for user in np.flatnonzero(held):
        history = snapshot.history(int(user))
        history = history.take(~np.isnan(history.stars))
        is_target = np.zeros(len(history), dtype=bool)
        is_target[rng.permutation(len(history))[: round(len(history) * TARGETS)]] = True
        answers = dict(zip(history.item[~is_target], history.stars[~is_target], strict=True))
        yield Person(answers, history.item[is_target], history.stars[is_target])


class World:
    """A model, and people whom it never saw."""

    def __init__(self, recommender: Recommender, train: Snapshot, people: list[Person]) -> None:
        self.recommender, self.people = recommender, people
        self.pool = recommender.acquaintance.rows
        counts = np.bincount(train.events.item, minlength=len(train.items))
        self.popular = np.argsort(-counts, kind="stable")
        self.met = np.flatnonzero(counts)

        self.logs = {"adaptive": self.adaptive("adaptive")}

    def adaptive(self, criterion: str) -> list[Asked]:
        most = {"answers": LAST, "questions": PATIENCE}
        return [adaptive(self.recommender, person, criterion, **most) for person in self.people]

    def comparison(self, criteria: Sequence[str]) -> list[str]:
        rng = np.random.default_rng(1)
        every = [rng.permutation(self.met) for _ in self.people]
        well_known = [rng.permutation(self.pool) for _ in self.people]
        orders = {
            "popular first": [self.popular] * len(self.people),
            "random first": every,
            "random among those asked about": well_known,
        }
        logs = {
            name: [in_order(*pair) for pair in zip(self.people, own, strict=True)]
            for name, own in orders.items()
        }
        logs |= self.logs | {name: self.adaptive(name) for name in criteria}
        return [*self.table(logs, "answers", ANSWERS), "", *self.table(logs, "questions", SHOWN)]

    def table(self, logs: dict[str, list[Asked]], by: str, cuts: tuple[int, ...]) -> Iterator[str]:
        other = "questions" if by == "answers" else "answers"
        heads = " | ".join(f"{cut}: NDCG@{N} | RMSE | {other}" for cut in cuts)
        yield f"| after so many {by} | {heads} |"
        yield "|---" * (1 + 3 * len(cuts)) + "|"
        scores: dict[str, list[Score]] = {}
        for name, asked in logs.items():
            cells = []
            for cut in cuts:
                parts = [log.first(**{by: cut}) for log in asked]
                score = self.judged(parts)
                scores.setdefault(name, []).append(score)
                count = np.mean([len(p) if by == "answers" else p.answers for p in parts])
                cells.append(f"{ndcg_text(score)} | {rmse_text(score)} | {count:.1f}")
            yield f"| {name} | {' | '.join(cells)} |"
        own = scores["adaptive"]
        for name in ("popular first", "random first"):
            ahead = [
                f"{ahead_text(a[0] - b[0])} | {rmse_ahead(a, b)} | "
                for a, b in zip(own, scores[name], strict=True)
            ]
            yield f"| adaptive ahead of {name} | {' | '.join(ahead)} |"

    def stops(self) -> Iterator[str]:
        """Where other levels of the stop rule end, and what going on would have brought."""
        logs = self.logs["adaptive"]
        whole = self.judged(logs)
        yield (
            f"| stop when an answer tells less than | questions, median | answers, median | "
            f"NDCG@{N} | lost by stopping | RMSE | lost | first ten that another answer changes |"
        )
        yield "|---" * 8 + "|"
        for level in LEVELS:
            parts = [log.until(level) for log in logs]
            score = self.judged(parts)
            more = [
                log.first(answers=part.answers + 1) for log, part in zip(logs, parts, strict=True)
            ]
            changed = N - np.mean(self.shared(parts, more))
            mark = " (the site's)" if level == ENOUGH else ""
            yield (
                f"| {level}{mark} | {np.median([len(p) for p in parts]):.0f} | "
                f"{np.median([p.answers for p in parts]):.0f} | {ndcg_text(score)} | "
                f"{ahead_text(whole[0] - score[0])} | {rmse_text(score)} | "
                f"{rmse_ahead(whole, score)} | {changed:.1f} |"
            )
        answers, questions = (
            np.median([f(log) for log in logs]) for f in (lambda p: p.answers, len)
        )
        yield (
            f"| never ({LAST} answers or {PATIENCE} questions) | {questions:.0f} | {answers:.0f} | "
            f"{ndcg_text(whole)} | | {rmse_text(whole)} | | |"
        )

    def judged(self, logs: Sequence[Asked]) -> Score:
        """What is foretold of each person; what else they rated is on no list."""
        ndcg = [
            metrics.ndcg(np.isin(rows, person.targets), targets=len(person.targets), at=N)
            for person, rows in zip(self.people, self.lists(logs), strict=True)
        ]
        errors = [
            self.recommender.predict_rating(log.history, person.targets)[0] - person.stars
            for person, log in zip(self.people, logs, strict=True)
        ]
        squares = np.array([float(own @ own) for own in errors])
        return np.array(ndcg), squares, np.array([len(own) for own in errors])

    def lists(self, logs: Sequence[Asked]) -> Iterator[np.ndarray]:
        step = batch_size(len(self.recommender.items))
        for start in range(0, len(logs), step):
            some = slice(start, start + step)
            scores = self.recommender.scores_many([log.history for log in logs[some]])
            for own, person in zip(scores, self.people[some], strict=True):
                yield best(mask(own, exclude=np.array(list(person.ratings))), n=N).rows

    def shared(self, some: Sequence[Asked], others: Sequence[Asked]) -> list[int]:
        pairs = zip(self.lists(some), self.lists(others), strict=True)
        return [len(np.intersect1d(one, other)) for one, other in pairs]


def ndcg_text(score: Score) -> str:
    return f"{score[0].mean():.3f} ± {metrics.standard_error(score[0]):.3f}"


def rmse_text(score: Score) -> str:
    squares, counts = score[1], score[2]
    rmse = np.sqrt(squares.sum() / counts.sum())
    return f"{rmse:.3f} ± {_error(squares - rmse**2 * counts, counts) / (2 * rmse):.3f}"


def ahead_text(difference: np.ndarray) -> str:
    return f"{difference.mean():+.3f} ± {metrics.standard_error(difference):.3f}"


def rmse_ahead(one: Score, other: Score) -> str:
    """By how much the first one's RMSE is smaller, with the error of the difference."""
    rmses = [np.sqrt(score[1].sum() / score[2].sum()) for score in (one, other)]
    error = _error(other[1] - one[1], one[2]) / sum(rmses)
    return f"{rmses[1] - rmses[0]:+.3f} ± {error:.3f}"


def _error(sums: np.ndarray, counts: np.ndarray) -> float:
    """Of the ratio of two sums over people."""
    left = sums - sums.sum() / counts.sum() * counts
    return float(np.sqrt(len(sums)) * left.std(ddof=1) / counts.sum())


if __name__ == "__main__":
    main()
