"""Recommendations for programs: the same lists as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.filters import ItemFilter
from catalog.models import Item
from catalog.people import current_person
from recommendations import selectors
from recommendations.ladder import Picks
from recommendations.measuring.tokens import tokens_of_picks
from recommendations.placements.reading import only_of
from recommendations.serializers import ForYouQuery, LimitQuery, PicksSerializer
from recommendations.timing import timed
from recommendations.visit import Visit

REFUSED = inline_serializer(
    "RefusedQuery",
    {
        "limit": serializers.ListField(child=serializers.CharField(), required=False),
        "exclude": serializers.ListField(child=serializers.CharField(), required=False),
        "item": serializers.ListField(child=serializers.CharField(), required=False),
    },
)


NARROWING = ("genre", "attribute", "year_min", "year_max")


class PicksView(APIView):
    """A list of picks. Anybody may ask; a visitor's session is as good as an account."""

    permission_classes = [AllowAny]

    def answer(self, picks: Picks, *, visit: Visit | None = None, surface: str = "") -> Response:
        """With a token for each pick, where the visit's person is measured."""
        signed = {} if visit is None else tokens_of_picks(visit, surface, picks)
        context = {"request": self.request, "tokens": signed}
        return Response(PicksSerializer(picks, context=context).data)


class ForYouView(PicksView):
    @extend_schema(
        operation_id="recommendations_for_you",
        summary="What you may like next",
        description=(
            "From your own recent ratings, views and shelves, as a member or as a visitor with a "
            "session. What you rated, are at, have done or dismissed is left out. The list is "
            "filled up with popular and new items; each result says which it is, and why it is "
            "here."
        ),
        parameters=[ForYouQuery],
        responses={200: PicksSerializer, 400: REFUSED},
        tags=["recommendations"],
    )
    def get(self, request: Request) -> Response:
        query = checked(ForYouQuery, request)
        visit = visit_of(request, query)
        asked = {"limit": query["limit"], "exclude": query["exclude"], "visit": visit}
        picks = timed("api for-you", lambda: selectors.for_you(visit.person, **asked))
        response = self.answer(picks, visit=visit, surface="for-you")
        patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        return response


class SimilarView(PicksView):
    @extend_schema(
        operation_id="items_similar",
        summary="What is like an item",
        description=(
            "By what people did, by content, by attributes shared; the same for everybody, but for "
            "what you dismissed, which is left out."
        ),
        parameters=[LimitQuery],
        responses={200: PicksSerializer, 400: REFUSED, 404: OpenApiTypes.OBJECT},
        tags=["recommendations"],
    )
    def get(self, request: Request, id: int) -> Response:
        query = checked(LimitQuery, request)
        item = get_object_or_404(Item.objects.listed().cards(), pk=id)
        limit = query["limit"]
        visit = Visit(current_person(request))
        similar = timed("api similar", lambda: selectors.similar_to(item, limit=limit, visit=visit))
        response = self.answer(similar, visit=visit, surface="similar")
        patch_cache_control(response, private=True)
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        return response


def visit_of(request: Request, query: Mapping[str, Any]) -> Visit:
    """Of whoever asks, with what they want to be shown."""
    visit = Visit(current_person(request))
    visit.shows_seen = query["include_seen"]
    wanted = {name: query[name] for name in NARROWING if query.get(name) not in (None, "")}
    if wanted:
        passing = ItemFilter(wanted, Item.objects.listed().order_by("pk"))
        passing.is_valid()  # the query was checked
        ids = passing.narrowed(passing.queryset).values_list("pk", flat=True)
        visit.only = only_of(np.fromiter(ids, dtype=np.int64))
    return visit


def checked(query: type[LimitQuery], request: Request) -> dict[str, Any]:
    """What was asked, or an answer 400 that names the field."""
    asked = query(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
