"""Social cards as pictures: each kept for ever under the address of what is on it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.models import Item
from catalog.outward import cards

YEAR_SECONDS = 31_536_000
DAY_SECONDS = 86_400
WINDOW = 3


def card_address(item: Item) -> str:
    return reverse("catalog:card", args=[item.pk, cards.version_of(item)])


def site_card_address() -> str:
    return reverse("catalog:site_card", args=[cards.site_version()])


@require_safe
def card(request: HttpRequest, pk: int, version: str) -> HttpResponse:
    shown = get_object_or_404(Item.objects.listed().cards(), pk=pk)
    if version != cards.version_of(shown):
        return HttpResponseRedirect(card_address(shown))
    drawn = _once(card_address(shown), lambda: cards.draw(shown))
    return _picture(drawn, f"public, max-age={YEAR_SECONDS}, immutable")


@require_safe
def site_card(request: HttpRequest, version: str) -> HttpResponse:
    """The popular items in its window change, so that a day is long enough."""
    if version != cards.site_version():
        return HttpResponseRedirect(site_card_address())
    items = Item.objects.listed().cards().popular()[:WINDOW]
    drawn = _once(site_card_address(), lambda: cards.draw_site(items))
    return _picture(drawn, f"public, max-age={DAY_SECONDS}")


def _once(address: str, draw: Callable[[], bytes]) -> bytes:
    """Drawing takes half a second: what was drawn is kept in the cache for a day."""
    drawn: bytes | None = cache.get(address)
    if drawn is None:
        drawn = draw()
        cache.set(address, drawn, DAY_SECONDS)
    return drawn


def _picture(drawn: bytes, kept: str) -> HttpResponse:
    response = HttpResponse(drawn, content_type="image/png")
    response["Cache-Control"] = kept
    return response
