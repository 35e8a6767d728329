"""Social cards as pictures: each kept for ever under the address of what is on it."""

from __future__ import annotations

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
    return _picture(cards.draw(shown), f"public, max-age={YEAR_SECONDS}, immutable")


@require_safe
def site_card(request: HttpRequest, version: str) -> HttpResponse:
    """The popular items in its window change, so that a day is long enough."""
    if version != cards.site_version():
        return HttpResponseRedirect(site_card_address())
    drawn = cards.draw_site(Item.objects.listed().cards().popular()[:WINDOW])
    return _picture(drawn, f"public, max-age={DAY_SECONDS}")


def _picture(drawn: bytes, kept: str) -> HttpResponse:
    response = HttpResponse(drawn, content_type="image/png")
    response["Cache-Control"] = kept
    return response
