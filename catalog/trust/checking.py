"""The check: all ratings that may count are read, raters are judged, and cases are written.

Clear cases are quarantined, others proposed. Whom a moderator found fine is proposed again for
other signals only, and never quarantined without being asked about. Nothing is automatic for
staff, nor where so many are suspected that the check itself is more likely to be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.arriving.models import ArrivalRow
from catalog.epoch import Epoch
from catalog.models import Person, Rating
from catalog.trust import acts
from catalog.trust import thresholds as t
from catalog.trust.models import TrustCase
from catalog.trust.signals import Judgement, judge
from catalog.trust.table import RatingTable

CHUNK = 5000
ROW = np.dtype([("person", "i8"), ("item", "i8"), ("half_stars", "i1"), ("time", "f8")])
Status = TrustCase.Status
COMMON = ("new", "pace")
"""Signals that many honest people have: by themselves they are no news about anybody."""
Signal = dict[str, Any]


@dataclass
class Found:
    """What a check came to."""

    ratings: int
    people: int
    is_dry: bool = False
    may_act: bool = True
    cases: list[TrustCase] = field(default_factory=list)
    quarantined: int = 0
    proposed: int = 0
    withdrawn: int = 0

    @property
    def words(self) -> str:
        return (
            f"{self.ratings} ratings of {self.people} people were looked at: "
            f"{self.quarantined} people were quarantined, {self.proposed} proposed, "
            f"{self.withdrawn} proposals withdrawn"
        )


def check(*, is_dry: bool = False) -> Found:
    """Judge everybody; with `is_dry` nothing is written, and `cases` are what would be."""
    table, people, items = read_table()
    found = Found(len(table.rater), len(people), is_dry)
    if not len(people):
        return found
    verdict = judge(table, now=timezone.now().timestamp())
    rows = np.flatnonzero(verdict.trust < t.PROPOSED)
    by_person = {int(people[row]): _signals(verdict, int(row), items) for row in rows}
    trust = {int(people[row]): float(verdict.trust[row]) for row in rows}
    most = max(t.MOST_AT_LEAST, t.MOST_AT_ONCE * len(people))
    found.may_act = bool((verdict.trust < t.CLEAR).sum() <= most)
    for person in Person.objects.filter(pk__in=trust).select_related("user", "trust_case"):
        _case(person, trust[person.pk], by_person[person.pk], found)
    if not is_dry:
        gone = TrustCase.objects.filter(status=Status.PROPOSED, decisions=None)
        found.withdrawn, _models = gone.exclude(person__in=trust).delete()
    found.cases.sort(key=lambda case: case.trust)
    return found


def read_table() -> tuple[RatingTable, Any, Any]:
    """The ratings of all who are neither private nor paused; ids of raters and of items."""
    open_people = Person.objects.filter(is_private=False, is_paused=False)
    ratings = Rating.objects.filter(is_private=False, person__in=open_people.values("pk"))
    rows = _read(
        ratings.order_by().values_list("person_id", "item_id", "half_stars", Epoch(F("rated_at"))),
        ROW,
    )
    people, rater = np.unique(rows["person"], return_inverse=True)
    items, item = np.unique(rows["item"], return_inverse=True)
    acts_here = Q(user__isnull=False) | Q(session_key__isnull=False)
    here = set(Person.objects.filter(acts_here, is_simulated=False).values_list("pk", flat=True))
    came = np.zeros(len(people))
    known = _read(
        Person.objects.order_by().values_list("pk", Epoch(F("created_at"))),
        np.dtype([("pk", "i8"), ("at", "f8")]),
    )
    known = known[np.isin(known["pk"], people)]
    came[np.searchsorted(people, known["pk"])] = known["at"]
    table = RatingTable.of(
        rater,
        item,
        rows["half_stars"] / 2,
        rows["time"],
        came=came,
        judged=np.fromiter((pk in here for pk in people.tolist()), dtype=bool, count=len(people)),
        brought=_brought(rows),
    )
    return table, people, items


def _read(rows: Any, dtype: np.dtype[Any]) -> Any:
    """Past the ORM's row by row conversion: twice as fast."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        chunks: Iterator[Any] = iter(lambda: cursor.fetchmany(CHUNK), [])
        return np.fromiter(chain.from_iterable(chunks), dtype=dtype)


def _brought(rows: Any) -> Any:
    """(N,): which ratings came with an archive."""
    taken = ArrivalRow.objects.filter(
        outcome=ArrivalRow.Outcome.TAKEN, half_stars__isnull=False, item__isnull=False
    )
    pairs = _read(
        taken.order_by().values_list("arrival__person_id", "item_id"),
        np.dtype([("person", "i8"), ("item", "i8")]),
    )
    most = int(max(rows["item"].max(initial=0), pairs["item"].max(initial=0))) + 1
    return np.isin(rows["person"] * most + rows["item"], pairs["person"] * most + pairs["item"])


def _signals(verdict: Judgement, row: int, items: Any) -> list[Signal]:
    """The signals of one rater that weigh anything, the heaviest first."""
    waves = verdict.waves
    facts: dict[str, Signal] = {
        "wave": {
            "item": int(items[waves.item[row]]),
            "count": int(waves.count[row]),
            "expected": float(waves.expected[row]),
            "high": bool(waves.is_high[row]),
        },
        "twins": {"count": int(verdict.twins[row])},
        "deviation": {"distance": float(verdict.distance[row])},
        "pace": {"count": int(verdict.pace[row])},
        "new": {},
    }
    strengths = {name: float(verdict.strengths[name][row]) for name in facts}
    names = sorted(facts, key=lambda name: -t.WEIGHTS[name] * strengths[name])
    return [
        {"name": name, "strength": round(strengths[name], 3), **facts[name]}
        for name in names
        if strengths[name] > 0
    ]


@transaction.atomic
def _case(person: Person, trust: float, signals: list[Signal], found: Found) -> None:
    """Write what was found about one person, unless a moderator has decided about just that."""
    case: TrustCase = getattr(person, "trust_case", None) or TrustCase(person=person, trust=trust)
    told = {signal["name"] for signal in signals}
    if case.status == Status.QUARANTINED:
        return
    if case.status == Status.FINE and told <= {*case.excused, *COMMON}:
        return
    is_unwritten = case._state.adding
    is_first = is_unwritten or not case.decisions.exists()
    is_clear = trust < t.CLEAR and found.may_act and is_first and not _is_staff(person)
    is_news = is_unwritten or case.status == Status.FINE
    case.trust, case.signals, case.status = trust, signals, Status.PROPOSED
    found.cases.append(case)
    found.quarantined += is_clear
    found.proposed += is_news and not is_clear
    if found.is_dry:
        case.status = Status.QUARANTINED if is_clear else Status.PROPOSED
        return
    case.save()
    if is_clear:
        acts.quarantine(case, by=None)


def _is_staff(person: Person) -> bool:
    return person.user is not None and (person.user.is_staff or person.user.is_superuser)
