"""`/metrics` for Prometheus: over all web processes, whichever of them is asked.

Each process counts in a file of its own, in the folder PROMETHEUS_MULTIPROC_DIR that
`config/gunicorn_conf.py` makes; the answer adds the files up. Without that folder, as in tests and
`runserver`, there is one process, and its own figures are all. Who may read it: whoever shows
METRICS_TOKEN as a bearer token (`config.probes`), or a member of staff who is signed in
(`staff_page`); nobody else.
"""

from __future__ import annotations

import os

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Gauge,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from config.figures import SiteFigures

ADDRESS = "/metrics"
WEB_WORKERS = Gauge("catalogue_web_workers", "Web processes.", multiprocess_mode="livesum")
_figures: list[SiteFigures] = []


def answer() -> HttpResponse:
    return HttpResponse(_collected(), content_type=CONTENT_TYPE_LATEST)


@require_safe
@never_cache
@staff_member_required
def staff_page(request: HttpRequest) -> HttpResponse:
    return answer()


def _collected() -> bytes:
    if not _figures:
        _figures.append(SiteFigures())
    site = CollectorRegistry()
    site.register(_figures[0])
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(site)  # type: ignore[no-untyped-call]
        return generate_latest(site)
    return generate_latest(REGISTRY) + generate_latest(site)
