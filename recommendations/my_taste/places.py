"""What is drawn on the map of the catalogue: everybody's places, and what somebody rated of them.

The places are one file for all, which may be kept for ever under the address of what it holds; the
ratings are their owner's. Pages and the API answer with the same.
"""

from __future__ import annotations

import gzip

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from catalog.models import Person, Rating
from recommendations.my_taste.atlas import atlas

YEAR_SECONDS = 31_536_000


def answer(request: HttpRequest, version: str) -> HttpResponse:
    """The places of all items; 404 where there is no map.

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


def of_own(person: Person | None) -> dict[str, list[int]]:
    """Which items somebody rated, and how; the oldest first."""
    own = Rating.objects.filter(person=person, item__is_listed=True)
    pairs = list(own.order_by("rated_at", "pk").values_list("item_id", "half_stars"))
    return {"ids": [item for item, _half in pairs], "half_stars": [half for _item, half in pairs]}
