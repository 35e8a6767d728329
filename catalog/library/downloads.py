"""The page on which a person takes along all that is theirs, and the two downloads on it."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from catalog.library import export
from catalog.people import current_person


@require_safe
def my_export(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    counts: dict[str, int] = {}
    if person is not None:
        counts = {kind.name: kind.rows(person).count() for kind in export.kinds()}
    context = {"counts": counts, "is_empty": not any(counts.values())}
    return render(request, "catalog/export.html", context)


@require_safe
def csv_download(request: HttpRequest) -> StreamingHttpResponse:
    return _sent(export.csv_archive(current_person(request)), "application/zip", "zip")


@require_safe
def json_download(request: HttpRequest) -> StreamingHttpResponse:
    return _sent(export.json_document(current_person(request)), "application/json", "json")


def _sent(pieces: Iterator[bytes], content_type: str, suffix: str) -> StreamingHttpResponse:
    site = slugify(settings.SITE_NAME) or "catalogue"
    name = f"{site}-{timezone.localdate().isoformat()}.{suffix}"
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
