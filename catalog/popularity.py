"""Which items are popular: by ratings, then by views; the order, and what finds its beginning.

An index on the counts would make each event write all indexes of its item anew, those of its words
above all, which takes ten times as long. So the index is on `popularity`, which the database works
out: the doublings of the ratings, or before the first one of the views. It never falls from one
item to the next in the order of both counts, so ordering by it first changes nothing; and it
seldom changes.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case, GeneratedField, PositiveSmallIntegerField, Value, When

POPULAR = ("-popularity", "-rating_count", "-view_count", "pk")
DOUBLINGS = 21
"""Two million ratings or views, and all that are more."""


def popularity_field() -> Any:
    return GeneratedField(
        expression=_step(),
        output_field=PositiveSmallIntegerField(),
        db_persist=True,
    )


def _step() -> Case:
    powers = range(DOUBLINGS - 1, -1, -1)
    rated = [When(rating_count__gte=2**at, then=Value(DOUBLINGS + at + 1)) for at in powers]
    viewed = [When(view_count__gte=2**at, then=Value(at + 1)) for at in powers]
    return Case(*rated, *viewed, default=Value(0))
