"""Reviews and lists in templates: the reviews of an item, words made safe, who made what."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from catalog.models import Item, Person
from catalog.own import text
from catalog.own.models import Review, shown_name
from catalog.people import current_person

REVIEWS_ON_AN_ITEM = 5
register = template.Library()


@register.inclusion_tag("catalog/_item_reviews.html", takes_context=True)
def reviews_panel(context: template.Context, item: Item) -> dict[str, Any]:
    """One's own review with its form, and the newest of other people's: two queries."""
    request = context["request"]
    person = current_person(request)
    own = None
    if person is not None:
        own = Review.objects.kept().filter(item=item, person=person).first()
    found = list(Review.objects.by_others(item, person)[: REVIEWS_ON_AN_ITEM + 1])
    return {
        "request": request,
        "user": context.get("user"),
        "csrf_token": context.get("csrf_token"),
        "item": item,
        "item_noun": context.get("item_noun"),
        "own_review": own,
        "person": person,
        "reviews": found[:REVIEWS_ON_AN_ITEM],
        "has_more": len(found) > REVIEWS_ON_AN_ITEM,
    }


@register.filter
def paragraphs(words: str) -> SafeString:
    return text.paragraphs(words)


@register.filter
def name_of(person: Person | None) -> str:
    """Under which name a person is shown to others."""
    return "" if person is None else shown_name(person)
