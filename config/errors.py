"""What is answered when something broke: 503 where the database is away, 500 otherwise."""

from __future__ import annotations

import sys

from django.db import InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

AWAY = (OperationalError, InternalError)
"""Gone, locked, too slow, or read-only: what was asked is right, and may work later."""
RETRY_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: called while the exception is being handled."""
    is_away = isinstance(sys.exc_info()[1], AWAY)
    if not is_away and not _is_api(request):
        return defaults.server_error(request)
    if _is_api(request):
        said = (
            _("The database does not answer in time, or takes no changes. Nothing was changed.")
            if is_away
            else _("Something went wrong here, and it has been noted.")
        )
        response: HttpResponse = JsonResponse({"detail": said}, status=503 if is_away else 500)
    else:
        response = HttpResponse(loader.render_to_string("503.html"), status=503)
    if is_away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
