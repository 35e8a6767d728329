"""`/healthz`, `/readyz` and `/metrics` for machines, answered before anything else is done.

Balancers and Prometheus ask by IP address and over plain HTTP, from inside: so there is no check of
the host, no redirect to HTTPS, no session and, for `/healthz`, no database. Members of staff find
the metrics under the same address as a page of the site (`config.urls`).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from config import metrics, readiness

BEARER = re.compile(r"(?i)bearer\s+(\S+)")


class ProbesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._answers = {
            "/healthz": self._alive,
            "/readyz": self._ready,
            metrics.ADDRESS: self._metrics,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._answers.get(request.path_info)
        if answer is None or (answer == self._metrics and not _shows_token(request)):
            return self._get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = answer()
        response["Cache-Control"] = "no-store"
        return response

    @cached_property
    def _checks(self) -> list[readiness.Check]:
        return readiness.all_checks()

    def _alive(self) -> HttpResponse:
        return JsonResponse({"status": "alive"})

    def _ready(self) -> HttpResponse:
        report = readiness.report(self._checks)
        return JsonResponse(report, status=503 if report["status"] == "unready" else 200)

    def _metrics(self) -> HttpResponse:
        return metrics.answer()


def _shows_token(request: HttpRequest) -> bool:
    shown = BEARER.fullmatch(request.headers.get("Authorization", ""))
    token = settings.METRICS_TOKEN
    return bool(shown and token and hmac.compare_digest(shown[1].encode(), token.encode()))
