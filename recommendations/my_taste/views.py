"""The pages of one's own taste, for members and visitors: nobody sees another's.

Whose ratings are shown follows from the session alone; no address names a person. The map's public
part is the same for everybody, and may be kept.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from catalog.models import Person
from catalog.people import current_person
from recommendations.measuring import track_record
from recommendations.my_taste import pictures, places, poster
from recommendations.my_taste.atlas import atlas
from recommendations.my_taste.community import community
from recommendations.my_taste.own import own_ratings
from recommendations.my_taste.summary import Summary, known_regions, summary_of
from recommendations.my_taste.year import in_calendar, review_of

RECENT_YEARS = 12


@require_safe
@never_cache
@vary_on_cookie
def my_taste(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    own = own_ratings(person)
    drawn = atlas()
    context: dict[str, object] = {"own": own, "atlas": drawn, "tab": "taste"}
    context["regions"] = known_regions(drawn, own)
    if (said := summary_of(own, person)) is not None:
        context |= _shown(said, person)
    return render(request, "recommendations/taste/my_taste.html", context)


@require_safe
@never_cache
@vary_on_cookie
def year(request: HttpRequest, year: int) -> HttpResponse:
    """A year in review."""
    own = own_ratings(current_person(request))
    review = review_of(own, in_calendar(year), community())
    context = {
        "review": review,
        "months": pictures.months_of(review.own, year),
        "years": own.years[:RECENT_YEARS],
        "shapes": poster.SHAPES,
        "tab": "taste",
    }
    return render(request, "recommendations/taste/year.html", context)


@require_safe
@never_cache
@vary_on_cookie
def picture(request: HttpRequest, year: int, shape: str) -> HttpResponse:
    """The year as a picture to keep or to share: it goes to whoever the session is, no further."""
    drawn = poster.of_year(own_ratings(current_person(request)), year, shape)
    response = HttpResponse(drawn, content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="{year}-{shape}.png"'
    return response


@require_safe
@never_cache
@vary_on_cookie
def rated(request: HttpRequest) -> HttpResponse:
    """Which items of the map are the person's, and how they rated them."""
    return JsonResponse(places.of_own(current_person(request)))


@require_safe
def catalogue_map(request: HttpRequest, version: str) -> HttpResponse:
    return places.answer(request, version)


def _shown(said: Summary, person: Person | None) -> dict[str, object]:
    """What the page shows of somebody who rated something, with pictures. One query."""
    return {
        "days": said.days,
        "since": said.since,
        "streak": said.streak,
        "kindness": said.kindness,
        "kindness_size": abs(said.kindness or 0.0),
        "over_time": pictures.over_time(said.own),
        "histogram": pictures.histogram(said.own, said.others),
        "genres": said.genres,
        "decades": said.decades,
        "likes": said.likes,
        "dislikes": said.dislikes,
        "creators": said.creators,
        "years": said.own.years[:RECENT_YEARS],
        "record": track_record.of(person),
    }
