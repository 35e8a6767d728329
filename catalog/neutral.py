"""Answers of the API to nobody in particular, as a process remembers them for a while.

Such an answer may be kept by any cache on its way, for as long as its view says (`neutral_for`); so
may this process, which then asks nothing. An answer to somebody is neither looked up nor kept here:
whoever shows a token or has a session is somebody.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2s
from itertools import count
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import get_language

from catalog.local import local
from catalog.signals import items_changed

_AGE = "catalog:neutral-age"
_ages = count(1)


def is_somebody(request: HttpRequest) -> bool:
    return "HTTP_AUTHORIZATION" in request.META or settings.SESSION_COOKIE_NAME in request.COOKIES


def remembered(
    request: HttpRequest, make: Callable[[], Any], *, seconds: int, mark: object = ""
) -> Any:
    """What `make` gives for nobody, at most so old, and made while `mark` was the same."""
    if is_somebody(request):
        return make()
    said = (request.build_absolute_uri(), get_language(), mark, _age())
    key = f"catalog:neutral:{blake2s(repr(said).encode(), digest_size=16).hexdigest()}"
    found = local().get(key)
    if found is None:
        found = make()
        local().set(key, found, seconds)
    return found


@receiver(items_changed, dispatch_uid="catalog.forget_neutral")
def forget(sender: Any = None, **_said: Any) -> None:
    """This process answers anew; others do when what they remember is old."""
    local().delete(_AGE)


def _age() -> int:
    age: int | None = local().get(_AGE)
    if age is None:
        age = next(_ages)
        local().set(_AGE, age, None)
    return age
