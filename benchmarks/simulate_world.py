"""People and items with known tastes, for `simulate.py`: arrays and chances, nothing of the site.

Everybody has a taste in TASTES dimensions. Genres lie in the same space, items near their genres,
so that content says something of an item, but not all. How much somebody wants an item, from 0 to
1, is known exactly; lists can be judged by it. All draws come from seeds of their own (world,
person and day), so that arms that differ in their lists only see the same people at the same hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

TASTES, GENRES = 8, 12
SHARPNESS, RESERVE = 5.0, 3.2
"""How much taste decides, and how little an item that suits nobody in particular is wanted."""
PAST = 25
VISITS = 0.15
"""The chance that somebody comes on a day."""
LOOKS_ON = 0.93
"""Who has looked at a position looks at the next one with this chance."""
FADES = 0.97
"""And opens what they want there with this much of the chance at the position before."""
IGNORED = 0.75
"""Each time that an item was seen and not opened, opening it becomes this much less likely."""
AGAIN = 0.15
"""What was opened before is opened again with this much of the chance, for as much joy."""
SAMENESS = 0.5
"""How much less joy there is in an item where all of the last RECENT ones had its genre."""
RECENT = 5
RATES = 0.5
FINDS = 0.4
"""The chance that somebody also finds something by themselves."""


@dataclass
class World:
    """P people and I items, `start` of which are there on the first day."""

    people: int
    start: int
    new_a_day: int
    days: int
    seed: int
    tastes: np.ndarray = field(init=False)  # (P, D)
    vectors: np.ndarray = field(init=False)  # (I, D)
    genres: list[list[int]] = field(init=False)
    quality: np.ndarray = field(init=False)  # (I,)
    fame: np.ndarray = field(init=False)  # (I,) what people hear of elsewhere
    wanted: np.ndarray = field(init=False)  # (P, I) from 0 to 1

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 1])
        size = self.start + self.new_a_day * self.days
        middles = _unit(rng.standard_normal((GENRES, TASTES)))
        common = 1 / np.arange(1, GENRES + 1) ** 0.8
        draw = common / common.sum()
        self.genres = [
            rng.choice(GENRES, size=int(rng.integers(1, 3)), replace=False, p=draw).tolist()
            for _ in range(size)
        ]
        near = np.stack([middles[own].mean(axis=0) for own in self.genres])
        self.vectors = _unit(_unit(near) + 0.7 * _unit(rng.standard_normal((size, TASTES))))
        self.quality = 0.6 * rng.standard_normal(size)
        self.fame = np.exp(self.quality + 0.5 * rng.standard_normal(size))
        self.fame[self.start :] *= 0.1  # nobody has heard of it yet
        liked = [rng.choice(GENRES, size=2, replace=False) for _ in range(self.people)]
        middle = np.stack([middles[own].mean(axis=0) for own in liked])
        self.tastes = _unit(_unit(middle) + 0.6 * _unit(rng.standard_normal((self.people, TASTES))))
        pull = SHARPNESS * self.tastes @ self.vectors.T + self.quality - RESERVE
        self.wanted = 1 / (1 + np.exp(-pull))

    def there(self, day: int) -> int:
        """So many of the items, in their order, are there on a day."""
        return self.start + self.new_a_day * (day + 1)

    def rng(self, person: int, day: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 2, person, day])

    def past(self, person: int) -> list[int]:
        """Items that somebody met before the first day."""
        rng = np.random.default_rng([self.seed, 3, person])
        chance = (self.fame * self.wanted[person] ** 2)[: self.start]
        return rng.choice(self.start, PAST, replace=False, p=chance / chance.sum()).tolist()

    def visitors(self, day: int) -> list[tuple[float, int]]:
        """(hour, person) of a day, in order."""
        rng = np.random.default_rng([self.seed, 4, day])
        who = np.flatnonzero(rng.random(self.people) < VISITS)
        return sorted(zip((7 + 15 * rng.random(len(who))).tolist(), who.tolist(), strict=True))

    def half_stars(self, person: int, item: int, rng: np.random.Generator) -> int:
        return int(np.clip(round(3 + 7 * self.wanted[person, item] + rng.normal()), 1, 10))


@dataclass
class Mind:
    """What one person remembers of the site."""

    met: set[int] = field(default_factory=set)
    ignored: dict[int, int] = field(default_factory=dict)
    latest: list[int] = field(default_factory=list)  # genres of what was opened last


@dataclass(frozen=True)
class Outcome:
    """What came of a list: how far it was seen, what was opened, and what joy there was in it."""

    seen: int
    opened: list[int]  # positions
    joy: float


def look(
    world: World, mind: Mind, person: int, items: list[int], rng: np.random.Generator
) -> Outcome:
    """Somebody looks at a list from the top down."""
    depth = 1 + int(np.argmax(np.append(rng.random(len(items)) > LOOKS_ON, True)))
    depth = min(depth, len(items))
    luck = rng.random(len(items))
    opened, joy = [], 0.0
    for at, item in enumerate(items[:depth]):
        chance = world.wanted[person, item] * FADES**at * IGNORED ** mind.ignored.get(item, 0)
        again = AGAIN if item in mind.met else 1.0
        if luck[at] >= chance * again:
            mind.ignored[item] = mind.ignored.get(item, 0) + 1
            continue
        opened.append(at)
        genre = world.genres[item][0]
        same = mind.latest.count(genre) / RECENT
        joy += world.wanted[person, item] * again * (1 - SAMENESS * same)
        mind.latest = [*mind.latest, genre][-RECENT:]
        mind.met.add(item)
    return Outcome(depth, opened, joy)


def find(world: World, mind: Mind, person: int, day: int, rng: np.random.Generator) -> int | None:
    """An item that somebody meets without the list, if they do."""
    chance = (world.fame * world.wanted[person])[: world.there(day)].copy()
    chance[list(mind.met)] = 0
    item = int(rng.choice(len(chance), p=chance / chance.sum()))
    return item if rng.random() < FINDS else None


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
