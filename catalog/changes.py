"""A mark that stands for the catalogue as it is: another one after each change of what lists show.

It is kept in the shared cache, where whoever changes an item or what governs lists takes it away
(`say`), and each request of the API learns it, or makes a new one, along with its limit, at no
question more (`note`). A process may keep what it found out for as long as the mark is the same
(`known`). Without Redis, or while it is away, no mark is known and nothing is kept so. Whoever
cannot reach Redis when they change something leaves the old mark there until they can: so what is
kept under one is kept for minutes at most.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from itertools import count
from typing import Any, ClassVar, TypeVar

from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal, receiver

KEY = "catalog:mark"
M = TypeVar("M", bound=models.Model)
another_mark = Signal()
"""This process learns that something was changed by any: what it remembers for all may be old."""
_last: int | None = None
_numbers = count(1)
_changes_here = 0
_known: ContextVar[int | None] = ContextVar("mark", default=None)


def known() -> tuple[int, int] | None:
    """The mark as this request found it, and how often this process changed something; None where
    the mark is not known."""
    mark = _known.get()
    return None if mark is None else (mark, _changes_here)


def note(mark: int | None) -> None:
    """What the shared cache said when this request was counted, before anything else was read."""
    global _last
    _known.set(mark)
    if mark is not None and mark != _last:
        _last = mark
        another_mark.send(None)


def new() -> int:
    return secrets.randbits(62) + 1


def say() -> None:
    """Something is another: for this process at once, and by a new mark once others can see it."""
    global _changes_here
    _changes_here = next(_numbers)
    transaction.on_commit(_say)


def _say() -> None:
    take_away([KEY])


def take_away(marks: Iterable[str]) -> None:
    """The next request of whoever needs one of these finds another one."""
    getattr(cache, "delete_quickly", cache.delete_many)(marks)


@receiver(request_finished, dispatch_uid="catalog.forget_old_mark")
@receiver(request_started, dispatch_uid="catalog.forget_mark")
def _forget(sender: Any, **_said: Any) -> None:
    _known.set(None)


class TellingQuerySet(models.QuerySet[M]):
    """Of rows that lists follow from: a change of any field is one of the catalogue."""

    untold: ClassVar[frozenset[str]] = frozenset()
    """But for these, which lists of the API do not follow from."""

    def update(self, **values: Any) -> int:
        changed = super().update(**values)
        if changed and not values.keys() <= self.untold:
            say()
        return changed

    update.alters_data = True  # type: ignore[attr-defined]


def tell_of(model: type[models.Model]) -> None:
    """Rows of this model that are saved or deleted one by one are a change, too."""
    post_save.connect(_changed, sender=model, dispatch_uid=f"catalog.mark:{model.__name__}")
    post_delete.connect(_changed, sender=model, dispatch_uid=f"catalog.unmark:{model.__name__}")


def _changed(sender: Any, **_said: Any) -> None:
    say()
