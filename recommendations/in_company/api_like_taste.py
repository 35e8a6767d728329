"""People of like taste for programs: the same list and figures as on the pages."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Item
from catalog.people import acting_person
from recommendations.company import keeping, likings
from recommendations.in_company import lists
from recommendations.in_company import serializers as forms
from recommendations.in_company.api import GroupsBase


@extend_schema(tags=["like taste"])
class LikeTasteView(GroupsBase):
    @extend_schema(
        operation_id="like_taste_list",
        summary="What people of your taste rated well",
        description=(
            "Told to who agreed to be counted themselves; empty for everybody else. Never with "
            "fewer than five people, never with a name, the same all day. As the surface "
            "`like-taste` is set; 404 where that is switched off."
        ),
        parameters=[forms.LikeTasteQuery],
        responses={200: forms.LikeTasteSerializer},
    )
    def get(self, request: Request) -> Response:
        asked = forms.LikeTasteQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        visit = lists.visit_of(self.me(), lists.LIKE_TASTE)
        limit = asked.validated_data.get("limit", visit.placement(lists.LIKE_TASTE).size)
        found, _picks = lists.of_like_taste(visit, limit=limit)
        shown = {"agreed": visit.is_of_like_taste, "results": found}
        return Response(forms.LikeTasteSerializer(shown, context={"request": request}).data)

    @extend_schema(
        operation_id="like_taste_choose",
        summary="Agree to be counted, or take it back",
        description="Counted from tomorrow on; taken back, no more from the next request on.",
        request=forms.AgreedSerializer,
        responses={200: forms.AgreedSerializer},
    )
    def put(self, request: Request) -> Response:
        agreed = self.sent(forms.AgreedSerializer)["agreed"]
        person = acting_person(request)
        if agreed:
            keeping.agree(person)
        else:
            keeping.take_back(person)
        return Response({"agreed": agreed})


@extend_schema(tags=["like taste"])
class ItemLikeTasteView(GroupsBase):
    @extend_schema(
        operation_id="items_like_taste",
        summary="What people of your taste made of an item",
        responses={200: forms.ItemFigureSerializer},
    )
    def get(self, request: Request, id: int) -> Response:
        item = get_object_or_404(Item.objects.listed().cards(), pk=id)
        figure = likings.of_item(lists.visit_of(self.me(), lists.LIKE_TASTE), item)
        return Response(forms.ItemFigureSerializer({"figure": figure}).data)
