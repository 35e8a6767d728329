"""How often the API may be asked: per token, per account of a session, per address of nobody.

Counted in the shared cache by one atomic step for each request, so that any number of processes and
threads together let no more through than the rate says. A window slides: what was let through in
the one before counts by the part of it that is not yet over. What is refused does not count. While
the cache is away nobody is refused.
"""

from __future__ import annotations

import time
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from catalog import changes
from catalog.tokens.acting import ServiceUser
from catalog.tokens.models import ApiToken

if TYPE_CHECKING:  # it imports this module
    from rest_framework.views import APIView

TRIES = 3
PREFIX_LENGTH = 64
"""So much of an IPv6 address says whose it is; the rest is theirs to choose."""


def address_of(request: Request) -> str:
    """Who connects, or whom a proxy of ours names; never what anybody else claims."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY and _is_trusted(address):
        claimed = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
        address = claimed.split(",")[-1].strip() or address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> (128 - PREFIX_LENGTH) << (128 - PREFIX_LENGTH)))
    return str(parsed)


def _is_trusted(address: str) -> bool:
    if not settings.TRUSTED_PROXIES:
        return True
    try:
        parsed = ip_address(address)
    except ValueError:  # a socket file
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)


class Limit(SimpleRateThrottle):
    """One rate, from API_RATES, for each of those whom `whose` tells apart."""

    def __init__(self) -> None:
        self._wait = 0.0

    def whose(self, request: Request, view: APIView) -> tuple[str, str] | None:
        """The name of the rate, and whose it is; None: this is not limited here."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        said = self.whose(request, view)
        if said is None:
            return True
        name, who = said
        most, seconds = self.parse_rate(settings.API_RATES[name])
        assert most is not None
        assert seconds is not None
        return self.count(f"api-{name}-{sha256(who.encode()).hexdigest()[:32]}", most, seconds)

    def count(self, key: str, most: int, seconds: int) -> bool:
        """Whether one more fits in; counted if so."""
        now = time.time()
        window, gone = int(now // seconds), now % seconds / seconds
        own = f"{key}:{seconds}:{window}"
        count, before = self._add_one(own, f"{key}:{seconds}:{window - 1}", 2 * seconds)
        if before * (1 - gone) + count <= most:
            return True
        self._take_back(own)
        self._wait = seconds * _share_to_wait(most, before, min(count - 1, most), gone)
        return False

    def wait(self) -> float:
        return max(1.0, self._wait)

    def _add_one(self, key: str, before: str, seconds: int) -> tuple[int, int]:
        """One more; how many there are now, and how many there were before."""
        if hasattr(self.cache, "count"):  # in one step
            mark, new = changes.KEY, changes.new()
            found = self.cache.count(key, before, seconds=seconds, mark=mark, new=new)
            changes.note(found.mark)
            return int(found.so_far), int(found.before)
        gone = int(self.cache.get(before, 0))
        for _try in range(TRIES):
            self.cache.add(key, 0, timeout=seconds)
            try:
                return int(self.cache.incr(key)), gone
            except ValueError:  # it ended in between
                continue
        return 1, gone

    def _take_back(self, key: str) -> None:
        try:
            self.cache.decr(key)
        except ValueError:
            return


def _share_to_wait(most: int, before: int, count: int, gone: float) -> float:
    """In windows: until one more fits in, if nobody else asks."""
    if count < most:  # what was before has to slide out
        return max(0.0, 1 - (most - count - 1) / max(before, 1) - gone)
    return 1 - gone + max(0.0, 1 - (most - 1) / count)


class AddressLimit(Limit):
    """Of whoever shows no token and has no session."""

    def whose(self, request: Request, view: APIView) -> tuple[str, str] | None:
        if request.user.is_authenticated:
            return None
        return "anon", address_of(request)


class CallerLimit(Limit):
    """Of a token, or of an account that is signed in."""

    def whose(self, request: Request, view: APIView) -> tuple[str, str] | None:
        user: Any = request.user
        token = request.auth
        if not user.is_authenticated:
            return None
        if token is None:
            return "user", f"account {user.pk}"
        name = "service" if isinstance(user, ServiceUser) else "user"
        kind = "token" if isinstance(token, ApiToken) else "app"
        return name, f"{kind} {token.pk}"


class GuessLimit(Limit):
    """Of whoever sends passwords from an address, however the view calls it."""

    def whose(self, request: Request, view: APIView) -> tuple[str, str] | None:
        return "token", address_of(request)
