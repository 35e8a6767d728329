"""The pages of one's own taste, for members and visitors: nobody sees another's.

Whose ratings are shown follows from the session alone; no address names a person. The map's public
part is the same for everybody, and may be kept.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from catalog.models import Item, ItemAttribute, Person, Rating
from catalog.people import current_person
from recommendations.measuring import track_record
from recommendations.my_taste import figures, pictures, poster
from recommendations.my_taste.atlas import Atlas, Region, atlas
from recommendations.my_taste.community import community
from recommendations.my_taste.figures import Unusual
from recommendations.my_taste.own import Own, own_ratings
from recommendations.my_taste.year import review_of

YEAR_SECONDS = 31_536_000
RECENT_YEARS = 12


@dataclass(frozen=True)
class Odd:
    """An unusual rating with its item, for a page."""

    item: Item
    found: Unusual


@dataclass(frozen=True)
class Known:
    """A region of the map, and how much of it somebody rated."""

    region: Region
    rated: int
    best_known: list[tuple[int, str, int | None]]  # item id, title, own half stars


@require_safe
@never_cache
@vary_on_cookie
def my_taste(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    own = own_ratings(person)
    drawn = atlas()
    context: dict[str, object] = {"own": own, "atlas": drawn, "tab": "taste"}
    context["regions"] = _known(drawn, own)
    if person is not None and len(own):
        context |= _said_of(own, person)
    return render(request, "recommendations/taste/my_taste.html", context)


@require_safe
@never_cache
@vary_on_cookie
def year(request: HttpRequest, year: int) -> HttpResponse:
    """A year in review."""
    own = own_ratings(current_person(request))
    review = review_of(own, _year(year), community())
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
    own = own_ratings(current_person(request))
    size = poster.SHAPES.get(shape)
    review = review_of(own, _year(year), community())
    if size is None or not review.count:
        raise Http404
    response = HttpResponse(poster.draw(review, size), content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="{year}-{shape}.png"'
    return response


@require_safe
@never_cache
@vary_on_cookie
def rated(request: HttpRequest) -> HttpResponse:
    """Which items of the map are the person's, and how they rated them."""
    own = Rating.objects.filter(person=current_person(request), item__is_listed=True)
    pairs = list(own.order_by("rated_at", "pk").values_list("item_id", "half_stars"))
    return JsonResponse(
        {"ids": [item for item, _half in pairs], "half_stars": [half for _item, half in pairs]}
    )


@require_safe
def catalogue_map(request: HttpRequest, version: str) -> HttpResponse:
    """The places of all items; kept for ever under the address of what it holds.

    Another process may know counts that are some minutes older, and name its map otherwise: then
    this one's is given, and soon asked for again.
    """
    drawn = atlas()
    if drawn is None:
        raise Http404
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    body = drawn.body if packed else gzip.decompress(drawn.body)
    response = HttpResponse(body, content_type="application/json")
    if packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    lasting = f"public, max-age={YEAR_SECONDS}, immutable"
    response["Cache-Control"] = lasting if version == drawn.version else "public, max-age=60"
    return response


def _said_of(own: Own, person: Person) -> dict[str, object]:
    """What the page says of somebody who rated something. Three queries, beside everybody's."""
    others = own.others(community())
    likes, dislikes = figures.unusual(own)
    odd = [each.item_id for each in (*likes, *dislikes)]
    items = Item.objects.listed().cards().in_bulk(odd) if odd else {}
    made_by = (
        ItemAttribute.objects.filter(
            attribute__kind__in=settings.CREATOR_KINDS, item__ratings__person=person
        )
        .order_by("item_id", "position", "pk")
        .values_list("item_id", "attribute__name")
    )
    kindness = figures.kindness(own)
    return {
        "days": len(np.unique(own.days)),
        "since": date.fromordinal(int(own.days[0])),
        "streak": figures.longest_streak(own),
        "kindness": kindness,
        "kindness_size": abs(kindness or 0.0),
        "over_time": pictures.over_time(own),
        "histogram": pictures.histogram(own, others),
        "genres": figures.genres(own, others),
        "decades": figures.decades(own, others),
        "likes": _with_items(likes, items),
        "dislikes": _with_items(dislikes, items),
        "creators": figures.creators(own, made_by),
        "years": own.years[:RECENT_YEARS],
        "record": track_record.of(person),
    }


def _with_items(found: list[Unusual], items: Mapping[int, Item]) -> list[Odd]:
    return [Odd(items[each.item_id], each) for each in found if each.item_id in items]


def _known(drawn: Atlas | None, own: Own) -> list[Known]:
    if drawn is None:
        return []
    mine = dict(zip(own.item_ids.tolist(), own.half_stars.tolist(), strict=True))
    counts = np.bincount(drawn.region_of[np.isin(drawn.item_ids, own.item_ids)], minlength=1)
    counts = np.append(counts, np.zeros(len(drawn.regions) + 1, dtype=np.int64))
    return [
        Known(
            region,
            int(counts[region.number]),
            [(pk, title, mine.get(pk)) for pk, title in region.best_known],
        )
        for region in drawn.regions
    ]


def _year(year: int) -> int:
    """A year that the calendar has."""
    if not date.min.year <= year <= date.max.year:
        raise Http404
    return year
