"""Addresses of the API that will go: `Deprecation`, `Sunset` and a link say so in every answer.

@deprecated(since=date(2027, 1, 1), sunset=date(2027, 7, 1), instead="/api/v1/items/")
class OldView(APIView): ...
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from django.utils.http import http_date
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

View = TypeVar("View", bound=type[APIView])


def deprecated(*, since: date, sunset: date, instead: str) -> Callable[[View], View]:
    """Marks a view, in its answers (RFC 9745, RFC 8594) and in the schema."""
    if sunset < since:
        raise ValueError(f"gone by {sunset}, which is before {since}, when that is first said")
    headers = {
        "Deprecation": f"@{_seconds(since)}",
        "Sunset": http_date(_seconds(sunset)),
        "Link": f'<{instead}>; rel="successor-version"',
    }

    def mark(view: View) -> View:
        finalize = view.finalize_response

        def finalize_response(self: APIView, *args: Any, **more: Any) -> Any:
            response = finalize(self, *args, **more)
            for name, value in headers.items():
                response.headers.setdefault(name, value)
            return response

        view.finalize_response = finalize_response  # type: ignore[method-assign]
        return extend_schema(deprecated=True)(view)

    return mark


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
