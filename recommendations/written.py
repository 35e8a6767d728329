"""Lists of the API as they were written out: not written anew while nothing is another.

Kept by each process under all that a list follows from (`unchanged.basis_of` a personal one), the
catalogue's mark, and how it was asked for. Only the tokens of its picks are signed each time, as
they say when the list was shown. Where no mark is known nothing is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest
from django.utils.translation import get_language
from rest_framework.renderers import JSONRenderer

from catalog import changes
from recommendations import trying, unchanged
from recommendations.gist import gist_of
from recommendations.ladder import Rung
from recommendations.measuring.tokens import signed_picks
from recommendations.rules.model import Surface
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
    """Under what an answer is kept, and under what its list has to be, if that is kept, too."""

    whole: str
    basis: str = ""


def key_of_for_you(
    request: HttpRequest, visit: Visit, *, limit: int, exclude: Collection[int]
) -> Key | None:
    """None where the answer cannot be kept."""
    if not _can_be_kept(visit, "for-you", limit=limit):
        return None
    basis = unchanged.basis_of(visit, limit=limit, exclude=exclude)
    return None if basis is None else Key(_asked(request, basis), basis)


def key_of_similar(request: HttpRequest, visit: Visit, *, limit: int) -> Key | None:
    """The same for all who dismissed the same, but for who is measured."""
    if not _can_be_kept(visit, "similar", limit=limit):
        return None
    basis = (
        visit.model and (visit.model.run_id, visit.model.is_previous),
        visit.person is not None and visit.person.is_counted,
        gist_of(visit).dismissed,
        unchanged.digest_of(visit.rules(Surface.SIMILAR)),
    )
    return Key(_asked(request, basis))


def _can_be_kept(visit: Visit, surface: str, *, limit: int) -> bool:
    is_known = changes.known() is not None and limit <= MOST_PICKS
    return is_known and trying.trial_of(visit, surface) is None


def _asked(request: HttpRequest, basis: object) -> str:
    return repr((basis, request.build_absolute_uri(), get_language(), changes.known()))


def found(key: Key | None) -> Written | None:
    known: Written | None = caches["local"].get(key.whole) if key else None
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
        and (not key.basis or caches["local"].get(key.basis) is not None)
    ):
        caches["local"].set(key.whole, written, SECONDS)
    return written
