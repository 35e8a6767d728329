"""Who is of like taste: the circle of each person who agreed to be counted.

All of it is as of last midnight (UTC): who had agreed by then, and their ratings from before it.
So nothing that anybody does today, with however many accounts, moves a circle today. Each process
reads the ratings once a day; circles are kept until midnight, as ids of people. What is told of a
circle asks the database again who still agrees (`likings`).

Only people who can hardly have been made up for the purpose are in any circle, see `eligible`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
from django.core.cache import caches
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray
from scipy.sparse import csr_array

from catalog.local import local
from catalog.models import Person, Rating
from catalog.trust.models import TrustCase
from ml.agreement import agreement, offsets

FEWEST_SHARED = 10
"""Items that two people both rated, before anything is said of their agreement."""
AGREES_FROM = 0.1
LARGEST = 200
FEWEST_RATINGS = 20
KNOWN_FOR = timedelta(days=28)
"""An account's age; attacks open new ones (`catalog.trust.thresholds`)."""
DOUBTED = (TrustCase.Status.PROPOSED, TrustCase.Status.QUARANTINED)
CHUNK = 5000
ROW = np.dtype([("person", "i8"), ("item", "i8"), ("half_stars", "i1")])
Ids = NDArray[np.int64]


def midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def eligible(now: datetime) -> QuerySet[Person]:
    """Members who agreed before today, whose activity counts, who want lists of their own, whom
    nobody doubts, and who have been here for four weeks."""
    today = midnight(now)
    agreed = Person.objects.filter(like_taste__since__lt=today, user__is_active=True)
    agreed = agreed.filter(created_at__lt=today - KNOWN_FOR, is_unpersonalised=False)
    agreed = agreed.exclude(pk__in=Person.objects.uncounted().values("pk"))
    return agreed.exclude(trust_case__status__in=DOUBTED)


@dataclass(frozen=True)
class Ratings:
    """All ratings of those who are eligible, by person: rows `starts[p]` to `starts[p + 1]`."""

    people: Ids  # (P,) ids, rising
    items: Ids  # (I,) ids, rising
    starts: Ids  # (P + 1,)
    item: NDArray[np.int32]  # (N,) rows of items, rising for each person
    half_stars: NDArray[np.int8]  # (N,)

    def row_of(self, person: int) -> int:
        """-1 for somebody who is not among them, or rated too little."""
        at = int(np.searchsorted(self.people, person))
        return at if at < len(self.people) and self.people[at] == person else -1

    def of(self, circle: Ids) -> tuple[Ids, Ids, NDArray[np.int8]]:
        """(person id, item id, half stars), (n,) each: what the people of a circle rated."""
        rows = np.flatnonzero(np.isin(self.people, circle))
        if not len(rows):
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int8)
        spans = [slice(int(self.starts[row]), int(self.starts[row + 1])) for row in rows]
        who = np.repeat(self.people[rows], np.diff(self.starts)[rows])
        item = np.concatenate([self.item[span] for span in spans])
        return who, self.items[item], np.concatenate([self.half_stars[span] for span in spans])


def ratings_of(now: datetime) -> Ratings:
    """As of last midnight; read once a day by each process."""
    today = midnight(now)
    key = f"recommendations:company:ratings:{today:%Y-%m-%d}"
    known: Ratings | None = local().get(key)
    if known is None:
        known = read_ratings(now)
        local().set(key, known, _rest_of_day(now))
    return known


def read_ratings(now: datetime) -> Ratings:
    rows = Rating.objects.counted().filter(
        person__in=eligible(now).values("pk"), rated_at__lt=midnight(now)
    )
    query = rows.order_by("person_id", "item_id").values_list("person_id", "item_id", "half_stars")
    with connection.chunked_cursor() as cursor:  # past the ORM's row by row conversion
        cursor.execute(*query.query.sql_with_params())
        chunks = iter(lambda: cursor.fetchmany(CHUNK), [])
        found = np.fromiter(chain.from_iterable(chunks), dtype=ROW)
    _people, row, count = np.unique(found["person"], return_inverse=True, return_counts=True)
    found = found[count[row] >= FEWEST_RATINGS] if len(found) else found
    people, starts = np.unique(found["person"], return_index=True)
    items, item = np.unique(found["item"], return_inverse=True)
    return Ratings(
        people,
        items,
        np.append(starts, len(found)).astype(np.int64),
        item.astype(np.int32),
        np.ascontiguousarray(found["half_stars"]),
    )


def circle_of(person: Person, now: datetime) -> Ids:
    """Ids of the people of like taste, at most LARGEST; none for somebody who is not eligible."""
    key = f"recommendations:company:circle:{midnight(now):%Y-%m-%d}:{person.pk}"
    known: Any = caches["default"].get(key)
    if known is None:
        known = find_circle(ratings_of(now), person.pk).tolist()
        caches["default"].set(key, known, _rest_of_day(now))
    return np.array(known, dtype=np.int64)


def find_circle(ratings: Ratings, person: int) -> Ids:
    """Those who agree most, and enough, over enough items; of equal ones, the lower ids."""
    row = ratings.row_of(person)
    if row < 0:
        return np.empty(0, dtype=np.int64)
    who = np.repeat(np.arange(len(ratings.people)), np.diff(ratings.starts))
    off = offsets(who, ratings.item, ratings.half_stars / 2)
    shape = (len(ratings.people), len(ratings.items))
    alike, shared = agreement(csr_array((off, ratings.item, ratings.starts), shape=shape), row)
    like = np.flatnonzero((alike >= AGREES_FROM) & (shared >= FEWEST_SHARED))
    like = like[np.argsort(-alike[like], kind="stable")][:LARGEST]
    return np.sort(ratings.people[like])


def _rest_of_day(now: datetime) -> int:
    return max(1, int((midnight(now) + timedelta(days=1) - now).total_seconds()))
