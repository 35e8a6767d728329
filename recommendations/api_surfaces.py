"""Surfaces for programs: which there are, and the list of each, as on the pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from catalog.models import Item
from catalog.people import current_person
from catalog.tokens.scopes import READ, Services, allow
from recommendations.api import FIELDS, PicksView, Scrolled, checked, visit_of
from recommendations.company import groups
from recommendations.placements.defaults import NEEDS_ITEM, PLACES, TITLES, Placed
from recommendations.placements.settings import MOST_SHOWN, Source
from recommendations.serializers import MOST_RESULTS, ForYouQuery, PicksSerializer
from recommendations.surfaces import lists
from recommendations.surfaces.ask import Ask, Company
from recommendations.surfaces.company import problem_of
from recommendations.timing import timed
from recommendations.visit import Visit


@dataclass(frozen=True)
class Shown:
    """A surface as a client may know it."""

    placed: Placed
    url: str

    @property
    def name(self) -> str:
        return self.placed.settings.name

    @property
    def title(self) -> str:
        return self.placed.settings.title or str(TITLES[self.name])

    @property
    def places(self) -> list[str]:
        return [place for place in PLACES if self.placed.is_at(place)]

    @property
    def needs_item(self) -> bool:
        return needs_item(self.placed)

    @property
    def needs_group(self) -> bool:
        return needs_group(self.placed)

    @property
    def sources(self) -> dict[str, float]:
        return {name.value: round(share, 4) for name, share in self.placed.settings.shares.items()}


class SurfaceSerializer(serializers.Serializer[Shown]):
    """One surface: what it is called, where it stands, and how its list is made."""

    name = serializers.CharField()
    title = serializers.CharField(
        help_text="What stands in braces is filled in where the list is shown."
    )
    url = serializers.CharField(help_text="Its list.")
    places = serializers.ListField(
        child=serializers.ChoiceField(choices=PLACES), help_text="Where it is shown."
    )
    order = serializers.IntegerField(source="placed.order", help_text="Low numbers come first.")
    size = serializers.IntegerField(
        source="placed.settings.size", min_value=1, max_value=MOST_SHOWN
    )
    needs_item = serializers.BooleanField(help_text="Whether its list has to be told an item.")
    needs_group = serializers.BooleanField(help_text="Whether its list has to be told a group.")
    sources = serializers.DictField(
        child=serializers.FloatField(),
        help_text="Where its items come from, with the share of each; 1 in all.",
    )
    diversity = serializers.FloatField(source="placed.settings.diversity")
    exploration = serializers.FloatField(source="placed.settings.exploration")
    rotation = serializers.FloatField(source="placed.settings.rotation")
    only_attributes = serializers.ListField(
        child=serializers.CharField(),
        source="placed.settings.only_attributes",
        help_text="Only items with one of these are shown; empty: all may be.",
    )


class SurfaceQuery(ForYouQuery):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MOST_RESULTS,
        required=False,
        help_text="How many results at most; as many as on the pages, if left out.",
    )
    item = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="The id of the item that the list is about, for surfaces that need one.",
    )
    group = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="The id of the group that the list is for, for surfaces that need one.",
    )


class SurfacesView(APIView):
    access = allow(GET=READ, services=Services.BOTH)
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="surfaces",
        summary="Which lists there are",
        description="The surfaces that are switched on in the API, in the order of the pages.",
        responses={200: SurfaceSerializer(many=True)},
        tags=["recommendations"],
    )
    def get(self, request: Request) -> Response:
        placements = Visit(current_person(request)).placements
        shown = [
            Shown(placed, reverse("api-surface", args=[name], request=request))
            for name, placed in placements.items()
            if placed.is_at("api")
        ]
        listed: Any = shown
        return Response(SurfaceSerializer(listed, many=True).data)


class SurfaceView(PicksView):
    access = allow(GET=READ, services=Services.FOR_PEOPLE)

    @extend_schema(
        operation_id="surface",
        summary="The list of one surface",
        description=(
            "What a page shows under this name, for you: what is no news to you, or not wanted, "
            "is left out. Empty where there is nothing true to say."
        ),
        parameters=[SurfaceQuery, FIELDS],
        responses={200: PicksSerializer},
        tags=["recommendations"],
    )
    def get(self, request: Request, name: str) -> Response:
        query = checked(SurfaceQuery, request)
        visit = visit_of(request, query)
        placed = visit.placements.get(name)
        if placed is None or not placed.is_at("api"):
            raise Http404
        limit = query.get("limit", placed.settings.size)
        item, company = _item(placed, query), _company(placed, query, visit)
        about = item.pk if item else query.get("group", "")
        scrolled = Scrolled.by(query, of=f"{name}:{about}", limit=limit)
        exclude = scrolled.shown | {*query["exclude"]}
        ask = Ask(visit, placed.settings, limit, item, exclude, company)
        picks = timed(f"api {name}", lambda: lists.make_one(ask).picks)
        if ask.company and not picks.items:
            picks = replace(picks, explanation=problem_of(ask))
        return self.answer(picks, visit=visit, surface=name, next=scrolled.next(picks))


def needs_item(placed: Placed) -> bool:
    """Whether none of its sources says anything without an item."""
    return set(placed.settings.shares) <= NEEDS_ITEM


def needs_group(placed: Placed) -> bool:
    return Source.GROUP in placed.settings.shares


def _company(placed: Placed, query: dict[str, Any], visit: Visit) -> Company | None:
    """The group that the list is for; None where it needs none, 404 where its reader is not in."""
    if not needs_group(placed):
        return None
    if "group" not in query:
        words = _("This list is for one group: say which one, as in group=%(id)s.")
        raise serializers.ValidationError({"group": [words % {"id": 3}]})
    group = get_object_or_404(groups.groups_of(visit.person), pk=query["group"])
    members = groups.members_of(group)
    if all(one.person != visit.person for one in members):
        raise Http404
    return Company(group, tuple(members))


def _item(placed: Placed, query: dict[str, Any]) -> Item | None:
    """The item that the list is about; None where it needs none."""
    if not set(placed.settings.shares) & NEEDS_ITEM:
        return None
    if "item" in query:
        return get_object_or_404(Item.objects.listed().cards(), pk=query["item"])
    if needs_item(placed):
        words = _("This list is about one item: say which one, as in item=%(id)s.")
        raise serializers.ValidationError({"item": [words % {"id": 15}]})
    return None
