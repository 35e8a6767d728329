"""What holds for all of /api/: addresses that can be read, and errors that are problems.

What Django refuses by itself (an unknown address, a wrong host, a form that is too large) answers
in HTML elsewhere; here it becomes a problem like any other, with the headers that it had.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import is_valid_path
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

from config.api.problems import MEDIA_TYPE, is_api, problem, told

MOST_ADDRESS = 8000
"""Characters of an address with its question; the web server reads a little more."""
MOST_NAMES = 100
"""So many parts a question has at most."""
SAFE = ("GET", "HEAD", "OPTIONS")


class ProblemMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self._get_response(request)
        refused = _refused(request)
        if refused is not None:
            with override(get_language_from_request(request)):  # Django chooses it only further in
                refused = _refused(request)
        response = refused or self._get_response(request)
        if response.status_code < 400 or response.get("Content-Type", "") == MEDIA_TYPE:
            return response
        if response.status_code == 500 and settings.DEBUG:
            return response  # Django's page with the traceback
        with override(get_language_from_request(request)):
            return _told_anew(request, response)


def _refused(request: HttpRequest) -> HttpResponse | None:
    """An answer where the address itself cannot be."""
    question = request.META.get("QUERY_STRING", "")
    if len(request.path) + len(question) > MOST_ADDRESS or question.count("&") > MOST_NAMES:
        return problem(request, 414)
    if "\0" in request.path_info:
        return problem(request, 404)
    if found := _unreadable(question):
        name, said = found
        errors = [{"field": name, "detail": said, "code": "invalid"}] if name else None
        return problem(request, 400, detail=said, errors=errors)
    if request.method not in SAFE and not is_valid_path(request.path_info):
        if is_valid_path(f"{request.path_info}/"):
            return problem(request, 404, detail=_("This address ends with a slash; add it."))
        return problem(request, 404)
    return None


def _unreadable(question: str) -> tuple[str, str] | None:
    """What is wrong with the part of an address behind its question mark, and where."""
    try:
        unquote_to_bytes(question.replace("+", " ")).decode()
    except UnicodeError:
        return "", _("The address holds what is no UTF-8; encode it anew.")
    names: set[str] = set()
    for name, value in parse_qsl(question, keep_blank_values=True):
        if "\0" in name or "\0" in value:
            name = name.replace("\0", "")[:40]
            words = _("“%(name)s” in the address holds a NUL; leave it out.")
            return name, words % {"name": name}
        if name in names:
            words = _("“%(name)s” stands twice in the address; say it once.")
            return name[:40], words % {"name": name[:40]}
        names.add(name)
    return None


def _told_anew(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The same answer as a problem; a sentence that it has is kept."""
    detail = ""
    if response.get("Content-Type", "").startswith("application/json") and not response.streaming:
        body = json.loads(response.content or b"null")
        detail = str(body.get("detail", "")) if isinstance(body, dict) else ""
    for name in ("Content-Length", "Content-Encoding", "ETag"):
        response.headers.pop(name, None)
    response.content = json.dumps(told(request, response.status_code, detail=detail)).encode()
    response["Content-Type"] = MEDIA_TYPE
    return response
