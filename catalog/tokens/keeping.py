"""Tokens that this process has read, under the marks of those whose they are.

Whoever shows one again is counted against their limit first; if that step finds the marks that the
token was read under (`catalog.owners`), it is what the database would say. So a token that was
revoked, an account that was closed, a service that was switched off and a choice under *My privacy*
count at the next request. Without Redis, or while it is away, each request reads its token.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from django.db.models import Model
from django.db.models.base import ModelState

from catalog import owners
from catalog.local import local
from catalog.models import Person
from catalog.owners import Marks, Owner
from catalog.tokens.making import digest_of
from catalog.tokens.models import ApiToken

SECONDS, KNOWN_SECONDS = 60, 3600
"""So long at most, should whoever changed something not have reached Redis; and so long it is known
whose a token is, so that their marks are learned before it is read again."""
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Shown:
    """A token with its owner, and the person that they act for."""

    token: ApiToken
    key: str | None
    """As a service calls that person; None where it acts for itself."""
    person: Person | None
    """None before they did anything."""

    @property
    def owner(self) -> Owner | None:
        """None where there is no person yet: nothing would say that there is one."""
        token, person = self.token, self.person
        if token.service_id is not None and self.key is None:
            return Owner("service", token.service_id, 0)
        if person is None:
            return None
        if token.service_id is not None:
            return Owner("service", token.service_id, person.pk)
        return Owner("account", token.user_id or 0, person.pk)

    def again(self) -> Shown:
        """The same, with rows of its own."""
        made: dict[int, Model] = {}
        person = self.person and _another(self.person, made)
        return Shown(_another(self.token, made), self.key, person)


@dataclass(frozen=True)
class _Kept:
    shown: Shown  # handed out to nobody
    marks: Marks | None
    """None: only whose it is."""
    read_at: float


def known(
    secret: str, key: str | None, *, count: Callable[[ApiToken, Owner | None], None]
) -> Shown | None:
    """What this secret shows for this key of a service's person; None where it has to be read.

    `count` counts a request by this token, and learns the marks of its owner.
    """
    shown = same(secret, key, count=count)
    return shown and shown.again()


def same(
    secret: str, key: str | None, *, count: Callable[[ApiToken, Owner | None], None]
) -> Shown | None:
    """The same for all who show this secret: to look at, not to change or hand out."""
    kept: _Kept | None = local().get(_name(secret, key))
    if kept is None:
        return None
    count(kept.shown.token, kept.shown.owner)
    marks = owners.known()
    if marks is None or marks != kept.marks or time.monotonic() > kept.read_at + SECONDS:
        return None
    return kept.shown


def keep(secret: str, shown: Shown) -> None:
    """What was read just now, after the marks were learned, if they were."""
    marks, name = owners.known(), _name(secret, shown.key)
    if shown.owner is None or (marks is not None and marks.owner != shown.owner):
        local().delete(name)
    else:
        local().set(name, _Kept(shown.again(), marks, time.monotonic()), KNOWN_SECONDS)


def _name(secret: str, key: str | None) -> str:
    return f"catalog:token:{digest_of(secret)}:{key!r}"


def _another(one: M, made: dict[int, Model]) -> M:
    """The same row, with those that came with it, for a request of its own."""
    if id(one) in made:
        return cast(M, made[id(one)])
    new = object.__new__(type(one))
    made[id(one)] = new
    vars(new).update(vars(one))
    state = new._state = ModelState()
    state.db, state.adding = one._state.db, one._state.adding
    state.fields_cache = {
        name: other and _another(other, made) for name, other in one._state.fields_cache.items()
    }
    return new
