"""Lists of the API as they were written out: not written anew while nothing is another.

Kept by each process under all that a list follows from (`unchanged.basis_of` a personal one), the
catalogue's mark, and how it was asked for. Only the tokens of its picks are signed each time, as
they say when the list was shown. Where no mark is known nothing is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from rest_framework.renderers import JSONRenderer

from catalog import changes
from catalog.local import local
from catalog.models import Person
from recommendations import trying, unchanged
from recommendations.gist import gist_of
from recommendations.ladder import Rung
from recommendations.measuring.tokens import signed_picks
from recommendations.rules.model import Surface
from recommendations.timing import timed
from recommendations.visit import Visit

SECONDS = 300
MOST_PICKS = 20
"""So many picks at most does a process keep in one answer; longer ones are rare."""
BLANK = secrets.token_hex(16)
"""Stands for a token in what is written out; unlike anything that an item may be called."""


@dataclass(frozen=True)
class Written:
    """An answer with blanks, and what the tokens say that go there."""

    parts: tuple[bytes, ...]
    said: tuple[str, ...]
    rung: Rung

    def filled(self, visit: Visit) -> bytes:
        if visit.person is None or not self.said:
            return b"".join(self.parts)
        whole = [self.parts[0]]
        for token, part in zip(signed_picks(visit.person, self.said), self.parts[1:], strict=True):
            whole += token.encode(), part
        return b"".join(whole)


@dataclass(frozen=True)
class Key:
    """Under what an answer is kept, and what its list follows from."""

    whole: str
    basis: object


def basis_of_for_you(visit: Visit, *, limit: int, exclude: Collection[int]) -> str | None:
    """None where the answer cannot be kept."""
    if not _can_be_kept(visit, "for-you", limit=limit):
        return None
    return unchanged.basis_of(visit, limit=limit, exclude=exclude)


def basis_of_similar(visit: Visit, *, limit: int) -> tuple[object, ...] | None:
    """The same for all who dismissed the same, but for who is measured."""
    if not _can_be_kept(visit, "similar", limit=limit):
        return None
    return (
        visit.model and (visit.model.run_id, visit.model.is_previous),
        visit.person is not None and visit.person.is_counted,
        gist_of(visit).dismissed,
        unchanged.digest_of(visit.rules(Surface.SIMILAR)),
    )


@dataclass(frozen=True)
class Question:
    """What an answer follows from, but for who asks and what there is."""

    surface: str
    basis_of: Callable[[Visit], object]
    address: str
    language: str | None
    shows_seen: bool = False

    @staticmethod
    def of(
        request: HttpRequest,
        surface: str,
        basis_of: Callable[[Visit], object],
        *,
        shows_seen: bool = False,
    ) -> Question:
        address = request.build_absolute_uri()
        return Question(surface, basis_of, address, get_language(), shows_seen)

    def key(self, visit: Visit) -> Key | None:
        """None where the answer cannot be kept."""
        basis = self.basis_of(visit)
        if basis is None:
            return None
        return Key(repr((basis, self.address, self.language, changes.known())), basis)

    def __call__(self, person: Person | None) -> bytes | None:
        """What is known to be the answer to a person (`catalog.again`)."""
        visit = Visit(person)
        visit.shows_seen = self.shows_seen
        written = found(self.key(visit))
        return timed(self.surface, lambda: written).filled(visit) if written else None


def _can_be_kept(visit: Visit, surface: str, *, limit: int) -> bool:
    is_known = changes.known() is not None and limit <= MOST_PICKS
    return is_known and trying.trial_of(visit, surface) is None


def found(key: Key | None) -> Written | None:
    known: Written | None = local().get(key.whole) if key else None
    return known


def keep(
    key: Key | None, answer: Mapping[str, Any], said: Collection[str], rung: Rung, visit: Visit
) -> Written:
    """An answer whose tokens are BLANK where anything is said; kept where its list was."""
    parts = JSONRenderer().render(answer).split(BLANK.encode())
    written = Written(tuple(parts), tuple(said), rung)
    if (
        key
        and not visit.model_failed
        and (not isinstance(key.basis, str) or local().get(key.basis) is not None)
    ):
        local().set(key.whole, written, SECONDS)
    return written
