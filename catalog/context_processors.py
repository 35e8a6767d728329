"""What every template may know about the site."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from catalog import nouns
from catalog.models import Person
from catalog.remember import remembered


def site(request: HttpRequest) -> dict[str, str | Callable[[], int]]:
    return {
        "site_name": settings.SITE_NAME,
        "item_noun": nouns.noun(),
        "item_noun_plural": nouns.noun_plural(),
        "simulated_people": simulated_people,
    }


def simulated_people() -> int:
    """How many people are simulated; counted when a page asks, at most once a minute."""
    return remembered("simulated-people", lambda: Person.objects.filter(is_simulated=True).count())
