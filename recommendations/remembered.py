"""Rows that hold for everybody, as a process remembers them, at most FRESH_SECONDS old.

Whoever reads them keeps them here, and whoever changes one makes this process forget; so does
another mark of the catalogue (`catalog.changes`), where this process hears of it. The query for
the live model says, by the way, whether there are any at all (`note`): a site without asks nothing
more.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from django.dispatch import receiver

from catalog.changes import another_mark
from catalog.local import local

FRESH_SECONDS = 60


_changes = count(1)
_last_change = 0


def note_change() -> None:
    """What lists follow from may be another now."""
    global _last_change
    _last_change = next(_changes)


def last_change() -> int:
    """Another number after each change that this process knows of."""
    return _last_change


class Remembered:
    def __init__(self, name: str) -> None:
        self._key = f"recommendations:{name}"

    def recall(self) -> Sequence[Any] | None:
        """What is kept; None where it has to be found out."""
        known: Sequence[Any] | None = local().get(self._key)
        return known

    def keep(self, found: Sequence[Any]) -> None:
        local().set(self._key, tuple(found), FRESH_SECONDS)

    def forget(self) -> None:
        local().delete(self._key)
        note_change()

    def note(self, *, are_there: bool) -> None:
        """What was just seen of the database: whether there is any."""
        if not are_there:
            self.keep(())
        elif not self.recall():
            self.forget()


RULES = Remembered("rules")
"""Compiled, by `recommendations.rules.force`; those that hold or will."""
EXPERIMENTS = Remembered("experiments")
"""Plans, by `recommendations.experiments.assignment`; those that run."""


@receiver(another_mark, dispatch_uid="recommendations.forget_remembered")
def _forget(sender: Any, **_said: Any) -> None:
    RULES.forget()
    EXPERIMENTS.forget()
