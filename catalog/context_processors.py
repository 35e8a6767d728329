"""What every template may know about the site."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    return {
        "site_name": settings.SITE_NAME,
        "item_noun": settings.ITEM_NOUN,
        "item_noun_plural": settings.ITEM_NOUN_PLURAL,
    }
