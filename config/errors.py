"""What is answered when something broke: 503 where the database is away, 500 otherwise."""

from __future__ import annotations

import sys

from django.db import InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults

from config.api.problems import is_api, problem

AWAY = (OperationalError, InternalError)
"""Gone, locked, too slow, or read-only: what was asked is right, and may work later."""
RETRY_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: called while the exception is being handled."""
    is_away = isinstance(sys.exc_info()[1], AWAY)
    response: HttpResponse
    if is_api(request):
        response = problem(request, 503 if is_away else 500)
    elif is_away:
        response = HttpResponse(loader.render_to_string("503.html"), status=503)
    else:
        return defaults.server_error(request)
    if is_away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
