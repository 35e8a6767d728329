"""What the head of a page tells those who share or index it: Open Graph and JSON-LD."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from catalog.models import Item
from catalog.outward import cards, manifest, structured, views

register = template.Library()


@register.inclusion_tag("catalog/outward/social.html", takes_context=True)
def item_social(context: Any, item: Item) -> dict[str, Any]:
    """The head of an item's page."""
    request = context["request"]
    image = request.build_absolute_uri(views.card_address(item))
    told = structured.of_item(
        item, request, image=image, ratings_are_real=not context["simulated_people"]()
    )
    return _social(context, image, told) | {
        "kind": "book" if structured.schema_type() == "Book" else "website",
        "title": str(item),
        "text": item.description,
        "address": request.build_absolute_uri(item.get_absolute_url()),
    }


@register.inclusion_tag("catalog/outward/social.html", takes_context=True)
def site_social(context: Any) -> dict[str, Any]:
    """The head of any other page: the site itself."""
    request = context["request"]
    image = request.build_absolute_uri(views.site_card_address())
    told = structured.of_site(request) if request.path == reverse("catalog:home") else ""
    return _social(context, image, told) | {
        "kind": "website",
        "title": context["site_name"],
        "text": "",
        "address": request.build_absolute_uri(request.path),
    }


@register.simple_tag
def theme_colours() -> tuple[str, str]:
    """The colours of the page behind everything, light and dark, for the browser around it."""
    return manifest.PAGE_LIGHT, manifest.PAGE_DARK


def _social(context: Any, image: str, told: str) -> dict[str, Any]:
    return {
        "site_name": context["site_name"],
        "image": image,
        "width": cards.WIDTH,
        "height": cards.HEIGHT,
        "told": SafeString(told),  # escaped for a script element by `structured`
    }
