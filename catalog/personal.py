"""Where an app that knows people's tastes says how much somebody may like each of some items.

The catalogue itself has one order for everybody. Whoever knows better registers a judge with
`judge_by` when the site starts; pages ask `scores_for`. None means that nothing is known of this
person, and scores of one answer compare with each other only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.http import HttpRequest

Scores = Mapping[int, float]
Judge = Callable[[HttpRequest, Sequence[int]], Scores | None]

_judges: list[Judge] = []


def judge_by(judge: Judge) -> None:
    """The one who is asked from now on."""
    _judges[:] = [judge]


def is_offered() -> bool:
    return bool(_judges)


def scores_for(request: HttpRequest, item_ids: Sequence[int]) -> Scores | None:
    """By item id; items that the judge does not know are missing."""
    return _judges[0](request, item_ids) if _judges and item_ids else None
