"""How often what was said to people came true: one sentence for each, one share for the admin.

Only predictions that somebody really saw before they rated count, with the numbers that they saw;
nothing is computed afterwards. Ratings that are private count for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from catalog.local import local
from catalog.models import Person, Rating
from catalog.remember import remembered
from recommendations.measuring.counted import counted
from recommendations.measuring.rates import Rate
from recommendations.models import ShownPrediction

SAID_FROM = 8
"""Half stars: what "4 or more" is."""
FEWEST = 5


@dataclass(frozen=True)
class Record:
    """Of so many times that we said 4 or more, so many were right."""

    agreed: int
    times: int


def of(person: Person | None) -> Record | None:
    """Somebody's own record; None before there are enough. Remembered for a minute."""
    if person is None or not person.is_counted:
        return None
    record = remembered(_key(person), lambda: _count(person))
    return record if record.times >= FEWEST else None


def held() -> Rate:
    """Of all ratings that were predicted before: how many lie in the range of eight in ten."""
    found = came_true(counted(ShownPrediction.objects.all())).aggregate(
        inside=Count("pk", filter=Q(given__gte=F("low"), given__lte=F("high"))), all=Count("pk")
    )
    return Rate(found["inside"], found["all"])


def came_true(predictions: QuerySet[ShownPrediction]) -> QuerySet[ShownPrediction]:
    """Those that were followed by a rating, `given` in half stars."""
    later = Rating.objects.counted().filter(
        person=OuterRef("person"), item=OuterRef("item"), rated_at__gte=OuterRef("shown_at")
    )
    return predictions.annotate(given=Subquery(later.values("half_stars")[:1])).exclude(given=None)


def forget_remembered(person: Person) -> None:
    local().delete(_key(person))


def _count(person: Person) -> Record:
    said = ShownPrediction.objects.filter(person=person, half_stars__gte=SAID_FROM)
    found = came_true(said).aggregate(
        agreed=Count("pk", filter=Q(given__gte=SAID_FROM)), times=Count("pk")
    )
    return Record(found["agreed"], found["times"])


def _key(person: Person) -> str:
    return f"recommendations:track-record:{person.pk}"
