"""A personal list of the API as it was written out: not written anew while nothing is another.

Kept by each process under all that the list follows from (`unchanged.basis_of`), the catalogue's
mark, and how it was asked for. Only the tokens of its picks are signed each time, as they say when
the list was shown. Where no mark is known nothing is kept, and the items are read each time.
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
from recommendations.ladder import Rung
from recommendations.measuring.tokens import signed_picks
from recommendations.visit import Visit

SECONDS = 60
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
    """Under what an answer is kept, and under what its list."""

    whole: str
    basis: str


def key_of(
    request: HttpRequest, visit: Visit, *, limit: int, exclude: Collection[int]
) -> Key | None:
    """None where the answer cannot be kept."""
    mark = changes.known()
    if mark is None or limit > MOST_PICKS or trying.trial_of(visit, "for-you"):
        return None
    basis = unchanged.basis_of(visit, limit=limit, exclude=exclude)
    if basis is None:
        return None
    return Key(repr((basis, request.build_absolute_uri(), get_language(), mark)), basis)


def found(key: Key | None) -> Written | None:
    known: Written | None = caches["local"].get(key.whole) if key else None
    return known


def keep(key: Key | None, answer: Mapping[str, Any], said: Collection[str], rung: Rung) -> Written:
    """An answer whose tokens are BLANK where anything is said; kept where its list was."""
    parts = JSONRenderer().render(answer).split(BLANK.encode())
    written = Written(tuple(parts), tuple(said), rung)
    if key is not None and caches["local"].get(key.basis) is not None:
        caches["local"].set(key.whole, written, SECONDS)
    return written
