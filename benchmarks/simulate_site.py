"""One arm of `simulate.py`: simulated people use the site of this process, day by day.

Everything goes through the site's own parts, in a database of its own: what people do through
`catalog.services`, lists from `selectors.for_you`, what they saw through `measuring.recording`, the
counting and the ledger as beat knocks at them, a training a day through `pipeline.retrain`. Only
the clock is set (`timezone.now`), trainings are of two rules (popularity and EASE) and draw no map,
and a process does not wait for what it would remember for some minutes: an hour passes in a blink.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.simulate_world import RATES, Mind, World, find, look

ROOT = Path(__file__).resolve().parent.parent
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
LIST = 12
COUNTED_AT = (7.0, 12.0, 17.0, 22.5)
"""Hours at which what was seen is counted; beat does that each hour."""
MODELS = ("popularity", "ease")


@dataclass(frozen=True)
class Arm:
    """What the site does: with a model or without, and the settings of For you."""

    name: str
    label: str
    has_model: bool = True
    exploration: float = 1 / 12
    rotation: float = 0.25
    diversity: float = 0.3


ARMS = (
    Arm("everything", "everything on"),
    Arm("no-exploration", "without exploration", exploration=0.0),
    Arm("no-diversity", "without diversity", diversity=0.0),
    Arm("popular", "popular only", has_model=False),
    Arm("no-rotation", "without rotation", rotation=0.0),
    Arm("model", "the model alone", exploration=0.0, rotation=0.0, diversity=0.0),
)


@dataclass
class Tally:
    """What one arm adds up; arrays are by day."""

    days: int
    items: int
    people: int
    joy: np.ndarray = field(init=False)  # (P,) of all visits
    visits: np.ndarray = field(init=False)  # (P,)
    joy_by_day: np.ndarray = field(init=False)
    visits_by_day: np.ndarray = field(init=False)
    wanted_by_day: np.ndarray = field(init=False)  # how much a listed item is wanted, summed
    seen: np.ndarray = field(init=False)  # (days, I)
    opened: int = 0

    def __post_init__(self) -> None:
        self.joy, self.visits = np.zeros(self.people), np.zeros(self.people)
        self.joy_by_day, self.visits_by_day = np.zeros(self.days), np.zeros(self.days)
        self.wanted_by_day = np.zeros(self.days)
        self.seen = np.zeros((self.days, self.items), dtype=np.int32)


class Site:
    """The site of this process with the people of a world, as one arm has it."""

    def __init__(self, world: World, arm: Arm, *, quota: int) -> None:
        from django.utils import timezone

        from recommendations import engine, gate, trainer
        from tests.recommendations.placing import placed

        self.world, self.arm, self.quota = world, arm, quota
        self.now = FIRST
        timezone.now = lambda: self.now
        placed("for-you", exploration=arm.exploration, rotation=arm.rotation)
        engine.PATIENCE_BESIDE = engine.PATIENCE = 60.0  # a page waits for the new model
        gate.BASELINES = MODELS
        fit = trainer.run
        trainer.run = lambda job, **said: fit(replace(job, has_map=False), **said)
        self.minds = [Mind() for _ in range(world.people)]
        self.tally = Tally(world.days, world.there(world.days - 1), world.people)
        self.seconds: Counter[str] = Counter()

    def run(self, tell: Any) -> dict[str, Any]:
        self._make_people()
        self._add_items(range(self.world.start), at=FIRST - timedelta(days=400))
        self._make_past()
        for day in range(self.world.days):
            self._day(day)
            tell(f"{self.arm.name}: day {day + 1}, {self.tally.visits_by_day[day]:.0f} visits")
        return self._found()

    def _day(self, day: int) -> None:
        self.now = FIRST + timedelta(days=day, hours=3)
        self._timed("training", self._train)
        self._add_items(range(self.world.there(day - 1), self.world.there(day)), at=self.now)
        due = list(COUNTED_AT)
        self._count()
        for hour, person in self.world.visitors(day):
            while due and hour >= due[0]:
                self.now = FIRST + timedelta(days=day, hours=due.pop(0))
                self._timed("counting", self._count)
            self.now = FIRST + timedelta(days=day, hours=hour)
            self._timed("visits", lambda who=person: self._visit(day, who))
        self.now = FIRST + timedelta(days=day, hours=23.5)
        self._timed("counting", self._count)

    def _visit(self, day: int, who: int) -> None:
        from recommendations.measuring import recording
        from recommendations.measuring.recording import Look
        from recommendations.measuring.tokens import ShownList
        from recommendations.selectors import Visit, for_you

        person, rng = self.people[who], self.world.rng(who, day)
        visit = Visit(person)
        picks = for_you(person, limit=LIST, visit=visit).items
        items = [self.place[pick.item.pk] for pick in picks]
        outcome = look(self.world, self.minds[who], who, items, rng)
        run = visit.model.run_id if visit.model else 0
        rungs, ids = [pick.rung for pick in picks], [pick.item.pk for pick in picks]
        shown = ShownList("for-you", run, tuple(rungs), tuple(ids), self.now)
        seen, opened = frozenset(range(outcome.seen)), frozenset(outcome.opened)
        recording.record(person, looks=[Look(shown, seen, opened)], now=self.now)
        for at in outcome.opened:
            self._meet(who, items[at], rng)
        found = find(self.world, self.minds[who], who, day, rng)
        if found is not None:
            self.minds[who].met.add(found)
            self._meet(who, found, rng)
        tally = self.tally
        tally.joy[who] += outcome.joy
        tally.visits[who] += 1
        tally.joy_by_day[day] += outcome.joy
        tally.visits_by_day[day] += 1
        tally.wanted_by_day[day] += self.world.wanted[who, items].mean()
        tally.opened += len(outcome.opened)
        np.add.at(tally.seen[day], items[: outcome.seen], 1)

    def _meet(self, who: int, item: int, rng: np.random.Generator) -> None:
        from catalog import services

        person, row = self.people[who], self.items[item]
        services.record_view(person, row, at=self.now)
        stars = self.world.half_stars(who, item, rng) / 2
        if rng.random() < RATES:
            services.rate_item(person, row, stars=stars, at=self.now)

    def _count(self) -> None:
        from django.core.cache import caches

        from recommendations.chances import keeping
        from recommendations.measuring import summing

        summing.sum_up(now=self.now, days=2)
        keeping.keep(now=self.now, quota=self.quota)
        caches["local"].clear()

    def _train(self) -> None:
        from recommendations import pipeline
        from recommendations.models import ModelRun

        if self.arm.has_model:
            run = pipeline.retrain(ModelRun.objects.create(trigger=ModelRun.Trigger.FIRST))
            if run.status not in ("succeeded", "refused"):
                raise SystemExit(f"training ended as {run.status}: {run.error}")

    def _make_people(self) -> None:
        from catalog.models import Person
        from recommendations.models import Steering
        from recommendations.steering import steer

        self.people = Person.objects.bulk_create(
            (Person(name=f"Reader {n}", created_at=FIRST) for n in range(self.world.people)),
            batch_size=500,
        )
        self.place: dict[int, int] = {}
        self.items: list[Any] = []
        if self.arm.has_model and self.arm.diversity:
            for person in self.people:
                steer(person, Steering(diversity=self.arm.diversity), at=FIRST)

    def _add_items(self, places: range, *, at: datetime) -> None:
        from catalog import services
        from catalog.models import Attribute, Item, ItemAttribute

        new = Item.objects.bulk_create(
            (Item(title=f"Item {n}", added_at=at + timedelta(seconds=n)) for n in places),
            batch_size=500,
        )
        links = []
        for n, item in zip(places, new, strict=True):
            self.place[item.pk] = n
            for position, genre in enumerate(self.world.genres[n]):
                named, _new = Attribute.objects.get_or_create(kind="genres", name=f"Genre {genre}")
                links.append(ItemAttribute(item=item, attribute=named, position=position))
        ItemAttribute.objects.bulk_create(links, batch_size=500)
        services.refresh_item_texts(new)
        self.items += new

    def _make_past(self) -> None:
        from catalog import services
        from catalog.models import Rating

        ratings = []
        for who, person in enumerate(self.people):
            rng = np.random.default_rng([self.world.seed, 5, who])
            for back, item in enumerate(self.world.past(who)):
                ratings.append(
                    Rating(
                        person=person,
                        item=self.items[item],
                        half_stars=self.world.half_stars(who, item, rng),
                        rated_at=FIRST - timedelta(days=60 - 4 * back, hours=who % 24),
                    )
                )
                self.minds[who].met.add(item)
        Rating.objects.bulk_create(ratings, batch_size=500)
        services.recount()

    def _timed(self, name: str, work: Any) -> None:
        began = time.perf_counter()
        work()
        self.seconds[name] += time.perf_counter() - began

    def _found(self) -> dict[str, Any]:
        from recommendations.models import ItemChance, ModelRun

        def day_of(at: datetime | None) -> float | None:
            return None if at is None else (at - FIRST).total_seconds() / 86_400

        ledger = [
            {
                "item": self.place[row.item_id],
                "state": row.state,
                "seen": row.seen,
                "opened": row.opened,
                "usual": row.usual,
                "added": day_of(row.item.added_at),
                "quota_at": day_of(row.quota_at),
                "decided_at": day_of(row.decided_at),
            }
            for row in ItemChance.objects.select_related("item")
            if self.place[row.item_id] >= self.world.start
        ]
        tally = self.tally
        return {
            "arm": self.arm.name,
            "joy": tally.joy.tolist(),
            "visits": tally.visits.tolist(),
            "joy_by_day": tally.joy_by_day.tolist(),
            "visits_by_day": tally.visits_by_day.tolist(),
            "wanted_by_day": tally.wanted_by_day.tolist(),
            "seen": tally.seen.tolist(),
            "opened": tally.opened,
            "ledger": ledger,
            "chosen": list(ModelRun.objects.order_by("pk").values_list("chosen", flat=True)),
            "seconds": dict(self.seconds),
        }
