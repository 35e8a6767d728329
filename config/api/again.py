"""Answers questions to the API that were asked before without passing the rest of the site."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from catalog import again
from config.api.problems import is_api


class AgainMiddleware:
    """Stands inside of what every answer of the API passes: tags, compression, problems."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = again.name_of(request) if is_api(request) else None
        if name is None:
            return self._get_response(request)
        known = again.answer(name, request)
        if known is not None:
            return known
        response = self._get_response(request)
        again.keep(name, request, response)
        return response
