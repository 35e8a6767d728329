"""What a token may do, and what each view of the API asks of a token.

A view says `access = allow(GET=READ, POST=EVENTS)`; one that says nothing, and a method that it
does not name, is shut to every token. Sessions are not concerned: they may what their owner may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Flag
from typing import Any

from django.utils.translation import gettext_lazy as _

READ, EVENTS, PROFILE = "read", "events", "profile"
CATALOGUE, GOVERN, MODERATE = "catalogue", "govern", "moderate"
ANY = ""
"""In place of a scope: every token that is good may."""

SCOPES: Mapping[str, Any] = {
    READ: _("read the catalogue, your own events and your lists"),
    EVENTS: _(
        "write your own ratings, views, shelves and dismissals, bring imports, and report what you "
        "saw"
    ),
    PROFILE: _(
        "set your dials and privacy, write lists and reviews, report, block and hide, deal with "
        "groups, take along and delete what is yours"
    ),
    CATALOGUE: _("add, change and withdraw items (staff)"),
    GOVERN: _("read and change rules, surfaces, models, experiments and trainings (staff)"),
    MODERATE: _("read and settle reports, suspend accounts and let them in again (staff)"),
}
STAFF_ONLY = frozenset({CATALOGUE, GOVERN, MODERATE})
SERVICE_SCOPES = (READ, EVENTS, PROFILE)


class Services(Flag):
    """Whether a service may: for itself, for somebody that it names, or both."""

    REFUSED = 0
    FOR_ITSELF = 1
    FOR_PEOPLE = 2
    BOTH = 3


@dataclass(frozen=True)
class Access:
    """The scope that a view asks for, by method, and what it is to services."""

    by_method: Mapping[str, str]
    services: Services = Services.REFUSED

    def scope_of(self, method: str) -> str | None:
        """None where no token may."""
        if method == "OPTIONS":
            return ANY
        return self.by_method.get("GET" if method == "HEAD" else method)


def allow(*, services: Services = Services.REFUSED, **by_method: str) -> Access:
    if unknown := set(by_method.values()) - {*SCOPES, ANY}:
        raise ValueError(f"no such scope: {', '.join(sorted(unknown))}")
    return Access(by_method, services)


def scopes_for(*, is_staff: bool) -> list[str]:
    """Those that an account may give to a token of its own."""
    return [name for name in SCOPES if is_staff or name not in STAFF_ONLY]


def in_order(names: Iterable[str]) -> list[str]:
    """Each once, in the order in which they are always written."""
    wanted = set(names)
    return [name for name in SCOPES if name in wanted]
