"""Questions to the API that this process knows how to answer, before all else is done for them.

A view whose answer follows from nothing but the question, who asks, and what it can look up says so
(`may_repeat`). This process keeps how, under the question's address and those of its headers that
answers follow from (`WORDS`), but not whose token it showed. When somebody asks in the same words,
their token is checked and they are counted against their limit as ever (`tokens`), and the view's
own function looks up what it has for them. Neither sessions nor languages nor the view are passed.
Whoever sends a cookie, a token that this process has not read since its owner changed, or one of
another kind, is answered by all of the site.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from django.http import HttpRequest, HttpResponse

from catalog.local import local
from catalog.models import Person
from catalog.tokens.authentication import AUTHORIZATION, known_caller
from catalog.tokens.limits import AddressLimit
from catalog.tokens.scopes import Access

SECONDS, QUESTIONS = 300, "questions"
Body = Callable[[Person | None], bytes | None]
"""What this person is answered; None where it has to be found out."""
COOKIE = "HTTP_COOKIE"
WORDS = (
    *("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_ORIGIN"),
    *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE"),
)
"""The headers from which it follows how a question is answered, beside those that say who asks."""


@dataclass(frozen=True)
class _Known:
    body: Body
    access: Access
    """Which tokens are let in."""
    headers: dict[str, str]
    route: Any


def may_repeat(response: HttpResponse, body: Body) -> HttpResponse:
    """The same response, of which this process may keep how it is made: by a view that lets anybody
    in whose token may (`access`)."""
    vars(response)["again"] = body
    return response


def name_of(request: HttpRequest) -> str | None:
    """Under which the question is kept; None of one that is not answered so."""
    said = request.META
    if request.method != "GET" or said.get(COOKIE):
        return None
    words = (request.scheme, request.path, said.get("QUERY_STRING"), AUTHORIZATION in said)
    name = blake2s(repr((words, *map(said.get, WORDS))).encode(), digest_size=16).hexdigest()
    return f"catalog:again:{name}"


def keep(name: str, request: HttpRequest, response: HttpResponse) -> None:
    """How this response was made, if its view says that it may be kept."""
    body: Body | None = vars(response).get("again")
    if body is None or response.status_code != 200 or response.cookies:
        return
    route: Any = request.resolver_match
    headers = {name: value for name, value in response.items() if name != "Content-Length"}
    local(QUESTIONS).set(name, _Known(body, route.func.cls.access, headers, route), SECONDS)


def answer(name: str, request: HttpRequest) -> HttpResponse | None:
    """The answer, if it is known how; None: the site has to answer."""
    known: _Known | None = local(QUESTIONS).get(name)
    if known is None:
        return None
    if AUTHORIZATION in request.META:
        caller = known_caller(request, known.access)
        if caller is None:
            return None
        body = known.body(caller.person)
    elif AddressLimit().count_address(request):
        body = known.body(None)
    else:
        return None
    if body is None:
        return None
    request.resolver_match = known.route
    return HttpResponse(body, headers=known.headers | {"Content-Length": str(len(body))})
