"""What a browser asks to install the site, to search it from its address bar, to work offline.

The service worker keeps the offline page and the few static files that it needs, nothing else: no
page of the site, personal or not, is ever kept. It takes over from the browser only when the
network fails.
"""

from __future__ import annotations

from hashlib import blake2s
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.cover_colours import colour

PAGE_LIGHT, PAGE_DARK = colour(0.984, 0.008, 85), colour(0.185, 0.012, 65)
"""--page of catalog/static/catalog/site.css."""
SHORT_NAME = 12
"""Letters that fit under an icon; past them, phones cut by themselves."""
KEPT = (
    "catalog/site.css",
    "catalog/icon.svg",
    "catalog/fonts/newsreader-latin-500.woff2",
    "catalog/fonts/figtree-latin.woff2",
)
DAY = 86_400


@require_safe
@cache_control(public=True, max_age=DAY)
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest."""
    home = reverse("catalog:home")
    content: dict[str, Any] = {
        "id": home,
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME.removeprefix("The ")[:SHORT_NAME].strip(),
        "description": _("Find %(things)s that you will like")
        % {"things": settings.ITEM_NOUN_PLURAL},
        "lang": get_language() or settings.LANGUAGE_CODE,
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": home,
        "scope": home,
        "display": "minimal-ui",
        "background_color": PAGE_LIGHT,
        "theme_color": PAGE_LIGHT,
        "icons": [
            _icon("icon-192.png", "192x192", "any"),
            _icon("icon-512.png", "512x512", "any"),
            _icon("icon-maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            {"name": _("Browse"), "url": reverse("catalog:browse")},
            {"name": _("My library"), "url": reverse("catalog:my_ratings")},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
@cache_control(public=True, max_age=DAY)
def opensearch(request: HttpRequest) -> HttpResponse:
    """How browsers search the site."""
    context = {
        "search": request.build_absolute_uri(reverse("catalog:browse")),
        "icon": request.build_absolute_uri(static("catalog/icon-192.png")),
        "short_name": settings.SITE_NAME[:16].strip(),  # the format's limit
    }
    kind = "application/opensearchdescription+xml"
    return render(request, "catalog/outward/opensearch.xml", context, content_type=kind)


@require_safe
@cache_control(public=True, max_age=DAY)
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: items and the lists, not every combination of filters."""
    context = {"sitemap": request.build_absolute_uri(reverse("catalog:sitemap"))}
    return render(request, "catalog/outward/robots.txt", context, content_type="text/plain")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at the root so that it may answer for all pages."""
    kept = [reverse("catalog:offline"), *map(static, KEPT)]
    version = blake2s(repr([kept, settings.SITE_NAME]).encode(), digest_size=6).hexdigest()
    context = {"kept": kept, "offline": kept[0], "cache": f"offline-{version}"}
    kind = "text/javascript"
    return render(request, "catalog/outward/service_worker.js", context, content_type=kind)


@require_safe
@cache_control(public=True, max_age=DAY)
def offline(request: HttpRequest) -> HttpResponse:
    """What the worker shows where there is no network."""
    return render(request, "offline.html")


def _icon(name: str, sizes: str, purpose: str) -> dict[str, str]:
    address = static(f"catalog/{name}")
    return {"src": address, "sizes": sizes, "type": "image/png", "purpose": purpose}
