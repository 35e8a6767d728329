"""What is noted about each request: an id for its log lines, and how long its answer took.

The id is the proxy's where it sent a well-formed X-Request-ID, else a new one; the answer carries
it. Times are counted by the name of the route, never by address: there are few names, and an
address may say who is looking at what.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

from config.logs import belonging_to, new_request_id

UNROUTED = "unrouted"
"""Static files, and addresses that lead nowhere."""
REQUEST_SECONDS = Histogram(
    "catalogue_request_seconds",
    "Time from a request to its answer, by the name of its route and the class of the status.",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10),
)


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identifier = new_request_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        vars(request)["request_id"] = identifier
        started = time.perf_counter()
        with belonging_to(identifier):
            response = self._get_response(request)
        response["X-Request-ID"] = identifier
        route = request.resolver_match.view_name if request.resolver_match else UNROUTED
        status = f"{response.status_code // 100}xx"
        REQUEST_SECONDS.labels(route or UNROUTED, status).observe(time.perf_counter() - started)
        return response
