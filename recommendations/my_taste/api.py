"""My taste for programs: what its pages show of whoever asks, and the catalogue's map for all.

Nobody sees another's: no address names a person. What others think is told as on the pages, where
enough people stand behind it.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from catalog.people import current_person
from catalog.tokens.scopes import READ, Services, allow
from recommendations.my_taste import places, poster
from recommendations.my_taste import serializers as forms
from recommendations.my_taste.atlas import atlas
from recommendations.my_taste.community import community
from recommendations.my_taste.own import own_ratings
from recommendations.my_taste.summary import known_regions, summary_of
from recommendations.my_taste.year import in_calendar, review_of

NO_MAP = OpenApiResponse(description="There is no map yet: no model drew one.")


class OwnTaste(APIView):
    access = allow(GET=READ, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]


class MyTasteView(OwnTaste):
    @extend_schema(
        operation_id="me_taste",
        summary="What your ratings say",
        description=(
            "The figures of *My taste*: yours, and everybody else's where at least five people "
            "rated something. Withdrawn items are left out."
        ),
        responses={200: forms.MyTasteSerializer},
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        person = current_person(request)
        own = own_ratings(person)
        context = {"request": request, "summary": summary_of(own, person)}
        return Response(forms.MyTasteSerializer(own, context=context).data)


class YearView(OwnTaste):
    @extend_schema(
        operation_id="me_taste_year",
        summary="A year of yours in review",
        responses={200: forms.YearSerializer},
        tags=["me"],
    )
    def get(self, request: Request, year: int) -> Response:
        own = own_ratings(current_person(request))
        review = review_of(own, in_calendar(year), community())
        return Response(forms.YearSerializer(review, context={"request": request}).data)


class Png(BaseRenderer):
    media_type, format, charset = "image/png", "png", None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return data


class PictureView(OwnTaste):
    renderer_classes = [Png]

    @extend_schema(
        operation_id="me_taste_picture",
        summary="A year of yours as a picture",
        description=(
            "To keep or to share, `wide` or `tall`: it says what the year's page says, and names "
            "nobody. 404 where nothing was rated."
        ),
        parameters=[OpenApiParameter("shape", str, OpenApiParameter.PATH, enum=[*poster.SHAPES])],
        responses={(200, "image/png"): OpenApiTypes.BINARY},
        tags=["me"],
    )
    def get(self, request: Request, year: int, shape: str) -> Response:
        return Response(poster.of_year(own_ratings(current_person(request)), year, shape))


class OnMapView(OwnTaste):
    @extend_schema(
        operation_id="me_taste_map",
        summary="Where you are at home on the map",
        description="What you rated of each region of items/map/, and all that you rated.",
        responses={200: forms.OnMapSerializer},
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        person = current_person(request)
        rated = places.of_own(person)
        shown = {
            "regions": known_regions(atlas(), own_ratings(person)),
            "ids": rated["ids"],
            "stars": [half / 2 for half in rated["half_stars"]],
        }
        return Response(forms.OnMapSerializer(shown).data)


class MapView(APIView):
    access = allow(GET=READ, services=Services.BOTH)
    neutral_for = 60
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="items_map",
        summary="The map of the catalogue",
        description="Drawn when the model is trained; what came since is not on it yet.",
        responses={200: forms.MapSerializer, 404: NO_MAP},
        tags=["items"],
    )
    def get(self, request: Request) -> Response:
        drawn = atlas()
        if drawn is None:
            raise Http404
        address = reverse("api-map-places", args=[drawn.version], request=request)
        return Response(forms.MapSerializer(drawn, context={"places": address}).data)


class PlacesView(APIView):
    access = allow(GET=READ, services=Services.BOTH)
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="items_map_places",
        summary="The places of all items on the map",
        description=(
            "The same for everybody, and to be kept for ever under its address. Another version "
            "than that of items/map/ is answered with the map of now, to be kept for a minute."
        ),
        responses={200: forms.PlacesSerializer, 404: NO_MAP},
        tags=["items"],
    )
    def get(self, request: Request, version: str) -> HttpResponse:
        return places.answer(request, version)
