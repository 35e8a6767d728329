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
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from catalog import changes, owners
from catalog.owners import Owner
from catalog.tokens.acting import ServiceUser
from catalog.tokens.models import ApiToken

if TYPE_CHECKING:  # it imports this module
    from rest_framework.views import APIView

COUNTED = "_counted"
TRIES = 3
PREFIX_LENGTH = 64
"""So much of an IPv6 address says whose it is; the rest is theirs to choose."""


def address_of(request: Request | HttpRequest) -> str:
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
        return said is None or self.lets(*said)

    def lets(self, name: str, who: str, *, owner: Owner | None = None) -> bool:
        """Whether one more by them fits in; counted if so. Learns the marks of `owner`, too."""
        most, seconds = self.parse_rate(settings.API_RATES[name])
        assert most is not None
        assert seconds is not None
        key = f"api-{name}-{sha256(who.encode()).hexdigest()[:32]}"
        return self.count(key, most, seconds, owner=owner)

    def count(self, key: str, most: int, seconds: int, *, owner: Owner | None = None) -> bool:
        """Whether one more fits in; counted if so."""
        now = time.time()
        window, gone = int(now // seconds), now % seconds / seconds
        own = f"{key}:{seconds}:{window}"
        count, before = self._add_one(own, f"{key}:{seconds}:{window - 1}", 2 * seconds, owner)
        if before * (1 - gone) + count <= most:
            return True
        self._take_back(own)
        self._wait = seconds * _share_to_wait(most, before, min(count - 1, most), gone)
        return False

    def wait(self) -> float:
        return max(1.0, self._wait)

    def _add_one(self, key: str, before: str, seconds: int, owner: Owner | None) -> tuple[int, int]:
        """One more; how many there are now, and how many there were before."""
        if hasattr(self.cache, "count"):  # in one step
            marks = (changes.KEY, *(owner.keys if owner else ()))
            found = self.cache.count(key, before, seconds=seconds, marks=marks, new=changes.new())
            changes.note(found.marks and found.marks[0])
            owners.note(owner, found.marks and found.marks[1:])
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


class CountedBefore(Limit):
    """Counts a request once, even where that was done before its view is known."""

    @staticmethod
    def was_let(request: HttpRequest) -> bool:
        """Whether a request was counted and may go on."""
        is_let, _wait = vars(request).get(COUNTED, (False, 0.0))
        return bool(is_let)

    def allow_request(self, request: Request, view: APIView) -> bool:
        counted = vars(request._request).get(COUNTED)
        if counted is None or self.whose(request, view) is None:
            return super().allow_request(request, view)
        is_let, self._wait = counted
        return bool(is_let)

    def count_now(
        self, request: HttpRequest, name: str, who: str, *, owner: Owner | None = None
    ) -> None:
        if COUNTED not in vars(request):
            is_let = self.lets(name, who, owner=owner)
            vars(request)[COUNTED] = is_let, self._wait


class AddressLimit(CountedBefore):
    """Of whoever shows no token and has no session."""

    def count_address(self, request: HttpRequest) -> bool:
        """Counts a request of nobody in particular; whether it is let in."""
        self.count_now(request, "anon", address_of(request))
        return self.was_let(request)

    def whose(self, request: Request, view: APIView) -> tuple[str, str] | None:
        if request.user.is_authenticated:
            return None
        return "anon", address_of(request)


class CallerLimit(CountedBefore):
    """Of a token, or of an account that is signed in."""

    def whose(self, request: Request, view: APIView) -> tuple[str, str] | None:
        user: Any = request.user
        token = request.auth
        if not user.is_authenticated:
            return None
        if token is None:
            return "user", f"account {user.pk}"
        if isinstance(token, ApiToken):
            return _whose_token(token)
        return ("service" if isinstance(user, ServiceUser) else "user"), f"app {token.pk}"

    def count_token(self, request: HttpRequest, token: ApiToken, owner: Owner | None) -> None:
        """Counts a request by its token, before more is read for it than whose that is."""
        self.count_now(request, *_whose_token(token), owner=owner)


def _whose_token(token: ApiToken) -> tuple[str, str]:
    return ("user" if token.service_id is None else "service"), f"token {token.pk}"


class GuessLimit(Limit):
    """Of whoever sends passwords from an address, however the view calls it."""

    def whose(self, request: Request, view: APIView) -> tuple[str, str] | None:
        return "token", address_of(request)
