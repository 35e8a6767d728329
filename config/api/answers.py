"""How answers of the API are kept and sent: tags, `Cache-Control`, `Vary`, compression.

What a view says itself in `Cache-Control` stands. Otherwise what was read is its asker's and asked
for anew each time (304 where it is the same), and kept by anybody for `neutral_for` seconds where
the view names some and nobody in particular asked. What must be kept nowhere (`no-store`) is not
compressed either: a secret beside what somebody else chose could be guessed by its length.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers

from catalog.conditional import weak_tag
from catalog.neutral import is_somebody
from config.api.problems import is_api

VARY = ("Authorization", "Cookie", "Accept-Language", "Accept-Encoding", "Act-For")
"""What an answer may depend on."""
FOR_ALL = ("Accept-Language", "Accept-Encoding")
"""The same, of an address that never asks who it is for."""
READ = ("GET", "HEAD")


class AnswersMiddleware(GZipMiddleware):
    def process_response(self, request: Any, response: Any) -> Any:
        if not is_api(request) or response.streaming:
            return response
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = _kept(request, response)
        if request.method in READ:
            names = FOR_ALL if _asks_nobody(request) else VARY
            response["Vary"] = _varying(response.get("Vary", ""), names)
        if "no-store" in response["Cache-Control"]:
            return response
        response["ETag"] = weak_tag(response.content)
        response = get_conditional_response(request, etag=response["ETag"], response=response)
        if request.method in READ and "gzip" not in request.META.get("HTTP_ACCEPT_ENCODING", ""):
            return response
        return super().process_response(request, response)


@lru_cache(maxsize=100)
def _varying(there: str, names: tuple[str, ...]) -> str:
    """The header with these names, too."""
    response = HttpResponse(headers={"Vary": there} if there else {})
    patch_vary_headers(response, names)
    return response["Vary"]


def _view(request: HttpRequest) -> Any:
    return getattr(request.resolver_match and request.resolver_match.func, "cls", None)


def _asks_nobody(request: HttpRequest) -> bool:
    return getattr(_view(request), "authentication_classes", None) == []


def _kept(request: HttpRequest, response: HttpResponse) -> str:
    if request.method not in READ or response.status_code != 200:
        return "private, no-store"
    seconds = getattr(_view(request), "neutral_for", 0)
    if seconds and not response.cookies and not is_somebody(request):
        return f"public, max-age={seconds}"
    return "private, no-cache"
