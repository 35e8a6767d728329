"""What attacks on ratings do, with and without trust: python -m benchmarks.attacks FOLDER

Puts made-up profiles into a MovieLens data set, in the five ways of the literature (Mobasher et
al., 2007), and says by how much the target's mean and its rank move, how many attackers are found,
and how many honest raters are suspected. *Checked* leaves out whom the nightly check quarantines
by itself; *decided* also those whom it proposes and a moderator then quarantines.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.trust import thresholds as t
from catalog.trust.signals import judge
from catalog.trust.table import RatingTable

KINDS = ("random", "average", "bandwagon", "segment")
SHARES = (0.01, 0.03, 0.05)
FILLERS = 40  # items of a profile besides the target
SEGMENT = 10  # items that the people who are meant know
TRIES = 5  # targets


@dataclass(frozen=True)
class Manner:
    """How an attack goes about it; it begins with the month in which most honest people come."""

    name: str
    campaign: float  # seconds within which all accounts come
    sitting: float  # within which one profile is rated
    waits: float  # before the target is rated
    mild: float = 0.0  # share of profiles that rate the target a star less extremely


HASTY = Manner("hasty", 3 * t.DAY, 8 * t.MINUTE, 0.0)
PATIENT = Manner("patient", 28 * t.DAY, 2 * 3600.0, 0.0, mild=0.25)
SLEEPING = Manner("sleeping", 28 * t.DAY, 2 * 3600.0, 10 * t.DAY, mild=0.25)
MANNERS = (HASTY, PATIENT, SLEEPING)


@dataclass(frozen=True)
class World:
    """Honest ratings; attackers come after the last."""

    rater: NDArray[np.int64]
    item: NDArray[np.int64]
    stars: NDArray[np.float64]
    time: NDArray[np.float64]

    @property
    def people(self) -> int:
        return int(self.rater.max()) + 1

    @property
    def items(self) -> int:
        return int(self.item.max()) + 1

    def came(self) -> NDArray[np.float64]:
        first = np.full(self.people, np.inf)
        np.minimum.at(first, self.rater, self.time)
        return first


@dataclass(frozen=True)
class Outcome:
    """Shifts of the target's mean in stars, of its place among the best rated, shares found."""

    shift: tuple[float, float, float]  # undefended, checked, decided
    rank: tuple[float, float, float, float]  # before the attack, and as above
    found: tuple[float, float]  # of attackers: quarantined, or at least proposed
    honest: tuple[float, float]


def read_world(folder: Path) -> World:
    """MovieLens as it comes (ratings.csv), or a data set folder (interactions.csv.gz)."""
    plain = folder / "ratings.csv"
    with (
        plain.open(newline="") if plain.exists()
        else gzip.open(folder / "interactions.csv.gz", "rt", newline="")
    ) as lines:  # fmt: skip
        rows = csv.reader(lines)
        next(rows)
        columns = list(zip(*((row[0], row[1], row[2], row[3]) for row in rows), strict=True))
    raters = np.unique(np.array(columns[0]), return_inverse=True)[1]
    items = np.unique(np.array(columns[1]), return_inverse=True)[1]
    return World(raters, items, np.array(columns[2], float), np.array(columns[3], float))


def attack(
    world: World,
    kind: str,
    *,
    share: float,
    push: bool,
    target: int,
    random: np.random.Generator,
    manner: Manner = HASTY,
) -> RatingTable:
    """The world with the profiles in it; attackers are the last raters."""
    count = max(1, round(share * world.people))
    counts = np.bincount(world.item, minlength=world.items)
    totals = np.bincount(world.item, weights=world.stars, minlength=world.items)
    means = np.where(counts > 0, totals / np.maximum(counts, 1), world.stars.mean())
    popular = np.argsort(-counts, kind="stable")
    begin, columns = busiest(world), []
    segment = popular[20 : 20 + SEGMENT]
    for number in range(count):
        items, stars = _profile(kind, means, popular, segment, world, push=push, random=random)
        items, stars = items[items != target], stars[items != target]
        items = np.append(items, target)
        mild = random.uniform() < manner.mild
        stars = np.append(stars, 5.0 - mild if push else 0.5 + mild)
        start = begin + random.uniform(0, manner.campaign)
        times = start + random.uniform(0, manner.sitting, len(items))
        times[-1] += manner.waits
        rater = np.full(len(items), world.people + number)
        columns.append((rater, items, stars, times))
    parts: list[Any] = [np.concatenate(part) for part in zip(*columns, strict=True)]
    first = np.array([part[3].min() for part in columns])
    honest = (world.rater, world.item, world.stars, world.time)
    rater, item, stars, time = (np.concatenate(p) for p in zip(honest, parts, strict=True))
    return RatingTable.of(rater, item, stars, time, came=np.append(world.came(), first))


def busiest(world: World) -> float:
    """The beginning of the four weeks in which most people came."""
    came = np.sort(world.came())
    within = np.searchsorted(came, came + 28 * t.DAY) - np.arange(len(came))
    return float(came[within.argmax()])


def _profile(
    kind: str, means: Any, popular: Any, segment: Any, world: World, *, push: bool, random: Any
) -> tuple[Any, Any]:
    if kind == "segment":
        fillers = random.choice(np.setdiff1d(popular, segment), FILLERS - SEGMENT, replace=False)
        loved, others = (5.0, 1.0) if push else (1.0, 5.0)
        return np.append(segment, fillers), _halves(
            np.append(np.full(SEGMENT, loved), np.full(len(fillers), others))
        )
    fillers = random.choice(world.items, FILLERS, replace=False)
    around = means[fillers] if kind == "average" else world.stars.mean()
    stars = _halves(random.normal(around, world.stars.std(), FILLERS))
    if kind == "bandwagon":
        known = popular[:5]
        fillers, stars = fillers[~np.isin(fillers, known)], stars[~np.isin(fillers, known)]
        fillers, stars = np.append(known, fillers), np.append(np.full(5, 5.0), stars)
    return fillers, stars


def _halves(stars: Any) -> Any:
    return np.clip(np.rint(stars * 2), 1, 10) / 2


def measure(table: RatingTable, world: World, *, target: int) -> Outcome:
    attackers = np.arange(len(table.came)) >= world.people
    verdict = judge(table, now=float(table.time[attackers[table.rater]].max()))
    clear, suspected = verdict.trust < t.CLEAR, verdict.trust < t.PROPOSED
    before = _figures(table, attackers, world.items, target)
    after = [
        _figures(table, out, world.items, target)
        for out in (np.zeros_like(attackers), clear, suspected)
    ]
    shift = tuple(mean - before[0] for mean, _rank in after)
    return Outcome(
        shift,  # type: ignore[arg-type]
        (before[1], *(rank for _mean, rank in after)),  # type: ignore[arg-type]
        (float(clear[attackers].mean()), float(suspected[attackers].mean())),
        (float(clear[~attackers].mean()), float(suspected[~attackers].mean())),
    )


def _figures(table: RatingTable, out: Any, items: int, target: int) -> tuple[float, float]:
    """The target's mean, and its place among items with at least as many ratings as a tenth of it.

    Best rated is ranked by a mean that five ratings of the overall mean are added to.
    """
    kept = ~out[table.rater]
    count = np.bincount(table.item[kept], minlength=items)
    total = np.bincount(table.item[kept], weights=table.stars[kept], minlength=items)
    score = (total + 5 * table.stars[kept].mean()) / (count + 5)
    mean = total[target] / max(count[target], 1)
    return float(mean), float(1 + (score > score[target]).sum())


def targets(world: World, *, push: bool, random: np.random.Generator) -> Any:
    """Middling items with 10 to 60 ratings: they can be moved, and it is worth it."""
    counts = np.bincount(world.item, minlength=world.items)
    totals = np.bincount(world.item, weights=world.stars, minlength=world.items)
    means = totals / np.maximum(counts, 1)
    fit = (counts >= 10) & (counts <= 60) & ((means < 3.3) if push else (means > 3.5))
    return random.choice(np.flatnonzero(fit), TRIES, replace=False)


def table_of(world: World, manner: Manner) -> list[tuple[str, str, float, Outcome]]:
    rows = []
    for kind in KINDS:
        for push in (True, False):
            for share in SHARES:
                rows.append(
                    (
                        kind,
                        "push" if push else "nuke",
                        share,
                        mean_of(world, manner, kind, share=share, push=push),
                    )
                )
    return rows


def mean_of(world: World, manner: Manner, kind: str, *, share: float, push: bool) -> Outcome:
    """Over the same targets for every attack."""
    random, tries = np.random.default_rng(7), []
    for at in targets(world, push=push, random=random):
        table = attack(world, kind, share=share, push=push, target=at, random=random, manner=manner)
        tries.append(measure(table, world, target=at))
    parts = ("shift", "rank", "found", "honest")
    return Outcome(*(tuple(np.mean([getattr(o, part) for o in tries], axis=0)) for part in parts))


HEAD = (
    "| attack | | profiles | mean moves | checked | decided | rank before | attacked | checked "
    "| decided | attackers out | or proposed | honest out | or proposed |"
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    world = read_world(asked.parse_args().folder)
    say = sys.stdout.write
    for manner in MANNERS:
        say(f"\n## {manner.name.capitalize()}\n{HEAD}\n|{' --- |' * 14}\n")
        for kind, way, share, o in table_of(world, manner):
            shifts = " | ".join(f"{one:+.2f}" for one in o.shift)
            ranks = " | ".join(f"{one:.0f}" for one in o.rank)
            parts = " | ".join(f"{100 * one:.1f} %" for one in (*o.found, *o.honest))
            say(f"| {kind} | {way} | {100 * share:.0f} % | {shifts} | {ranks} | {parts} |\n")


if __name__ == "__main__":
    main()
