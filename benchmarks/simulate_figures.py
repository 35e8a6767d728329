"""What the arms of `simulate.py` come to: figures, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.simulate_world import World

LATE = 10
"""Days: how the site is at the end, and how long a new item has had to be judged."""
SMALL = 6
"""So many of the genres are small: those with the fewest items."""


@dataclass(frozen=True)
class Mean:
    """A mean with its standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.error:.3f}"


@dataclass(frozen=True)
class Figures:
    """One arm's."""

    joy: Mean
    ahead: Mean
    """Of the first arm, over the same people."""
    wanted: float
    coverage: float
    gini: float
    new_share: float
    small: tuple[float, float]  # at the beginning, at the end
    had_chance: int
    of: int
    days_to_quota: tuple[float, float] | None  # median, most
    promised: int
    most_given: float
    states: Mapping[str, int]
    worth: Mapping[str, float]
    """How much items are wanted, by how their trial ended."""


def figures(
    world: World, found: Mapping[str, Any], first: Mapping[str, Any], *, quota: int
) -> Figures:
    seen = np.array(found["seen"])  # (days, I)
    late, early = seen[-LATE:].sum(axis=0), seen[:LATE].sum(axis=0)
    judged = np.arange(world.start, world.there(world.days - 1 - LATE))
    had = [item for item in judged if _within(seen, world, int(item), quota=quota)]
    rows = [row for row in found["ledger"] if row["item"] in set(judged.tolist())]
    took = [row["quota_at"] - row["added"] for row in rows if row["quota_at"] is not None]
    states = {state: sum(r["state"] == state for r in rows) for state in {r["state"] for r in rows}}
    wanted = world.wanted.mean(axis=0)
    worth = {
        state: float(np.mean([wanted[row["item"]] for row in rows if row["state"] == state]))
        for state in states
    }
    return Figures(
        joy=_mean(_joys(found)),
        ahead=_mean(_joys(first) - _joys(found)),
        wanted=float(np.sum(found["wanted_by_day"]) / np.sum(found["visits_by_day"])),
        coverage=float((late > 0).mean()),
        gini=gini(late),
        new_share=float(late[world.start :].sum() / late.sum()),
        small=(_small(world, early), _small(world, late)),
        had_chance=len(had),
        of=len(judged),
        days_to_quota=(float(np.median(took)), max(took)) if took else None,
        promised=sum(row["quota_at"] is not None for row in rows),
        most_given=max((row["seen"] / quota for row in rows), default=0.0),
        states=states,
        worth=worth,
    )


def gini(counts: np.ndarray) -> float:
    """0 where all are shown alike, 1 where one has it all."""
    rising = np.sort(counts).astype(np.float64)
    size = len(rising)
    return float((2 * np.arange(1, size + 1) - size - 1) @ rising / (size * rising.sum()))


def small_share(world: World) -> float:
    """Of the catalogue."""
    return _small(world, np.ones(world.there(world.days - 1)))


def by_day(values: Sequence[float], visits: Sequence[float], *, over: int = 3) -> list[float]:
    """Per visit, each day with those around it."""
    kernel = np.ones(over)
    total = np.convolve(values, kernel, "same") / np.convolve(visits, kernel, "same")
    return [float(value) for value in total]


def _small(world: World, counts: np.ndarray) -> float:
    main = np.array([own[0] for own in world.genres[: len(counts)]])
    small = np.argsort(np.bincount(main, minlength=12), kind="stable")[:SMALL]
    return float(counts[np.isin(main, small)].sum() / counts.sum())


def _within(seen: np.ndarray, world: World, item: int, *, quota: int) -> bool:
    """Whether a new item was seen as often as is promised, in its first LATE days."""
    added = (item - world.start) // world.new_a_day
    return bool(seen[added : added + LATE, item].sum() >= quota)


def _joys(found: Mapping[str, Any]) -> np.ndarray:
    """Per visit, of everybody who came."""
    joy, visits = np.array(found["joy"]), np.array(found["visits"])
    return joy[visits > 0] / visits[visits > 0]


def _mean(values: np.ndarray) -> Mean:
    return Mean(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


HEAD = """| arm | joy a visit | everything on is ahead by | how much listed items are wanted | \
coverage | Gini | new items, of what is seen | small genres, first and last ten days | \
new items seen {quota} times within ten days |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def table(rows: Sequence[tuple[str, Figures]], *, quota: int) -> str:
    lines = [HEAD.format(quota=quota)]
    for label, one in rows:
        lines.append(
            f"| {label} | {one.joy} | {one.ahead} | {one.wanted:.3f} | {one.coverage:.0%} | "
            f"{one.gini:.2f} | {one.new_share:.1%} | {one.small[0]:.1%}, {one.small[1]:.1%} | "
            f"{one.had_chance} of {one.of} |"
        )
    return "\n".join(lines)


def ledger_words(one: Figures, *, quota: int) -> str:
    """What became of the new items that had ten days or more."""
    said = [f"Of {one.of} new items that were there for {LATE} days or more, {one.promised} had"]
    said.append(f"their {quota} impressions")
    if one.days_to_quota:
        said.append(f"after {one.days_to_quota[0]:.1f} days (median; at most")
        said.append(f"{one.days_to_quota[1]:.1f}); none was given more than {one.most_given:.1f}")
        said.append("times its quota")
    ends = [
        f"{count} {state} (wanted {one.worth[state]:.3f} on average)"
        for state, count in sorted(one.states.items())
    ]
    return " ".join(said) + ". " + ("States: " + ", ".join(ends) + "." if ends else "")
