"""Recommendations for programs: the same lists as on the pages."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control, patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Item
from catalog.people import current_person
from recommendations import selectors
from recommendations.ladder import Picks
from recommendations.serializers import ForYouQuery, LimitQuery, PicksSerializer
from recommendations.timing import timed


class PicksView(APIView):
    """A list of picks. Anybody may ask; a visitor's session is as good as an account."""

    permission_classes = [AllowAny]

    def answer(self, picks: Picks) -> Response:
        context = {"request": self.request}
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
        responses={200: PicksSerializer},
        tags=["recommendations"],
    )
    def get(self, request: Request) -> Response:
        query = checked(ForYouQuery, request)
        person = current_person(request)
        asked = {"limit": query["limit"], "exclude": query["exclude"]}
        picks = timed("api for-you", lambda: selectors.for_you(person, **asked))
        response = self.answer(picks)
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
        responses={200: PicksSerializer},
        tags=["recommendations"],
    )
    def get(self, request: Request, id: int) -> Response:
        query = checked(LimitQuery, request)
        item = get_object_or_404(Item.objects.listed().cards(), pk=id)
        limit = query["limit"]
        visit = selectors.Visit(current_person(request))
        similar = timed("api similar", lambda: selectors.similar_to(item, limit=limit, visit=visit))
        response = self.answer(similar)
        patch_cache_control(response, private=True)
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        return response


def checked(query: type[LimitQuery], request: Request) -> dict[str, Any]:
    """What was asked, or an answer 400 that names the field."""
    asked = query(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
