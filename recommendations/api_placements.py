"""How surfaces are set, for programs of staff: read, changed, and tried before it is saved.

The checks are the admin's, and so are the permissions; what was changed stands in its history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.people import current_person
from catalog.strict import StrictSerializer
from recommendations.api_staff import GOVERNED, AsInTheAdmin, check, log
from recommendations.models import Placement
from recommendations.placements.settings import MOST_ATTRIBUTES, Source
from recommendations.serializers import PickedItemSerializer, PicksSerializer
from recommendations.steering import unknown_attributes
from recommendations.surface_preview import Titled, compare

TAGS = ["surfaces"]
FIELDS = (
    *("name", "is_on", "title", "size", "on_home", "on_item", "on_page", "on_api", "order"),
    *("sources", "fallback", "diversity", "exploration", "rotation", "only_attributes"),
)


class PlacementSerializer(StrictSerializer, serializers.ModelSerializer[Placement]):
    """Whether, where and how a surface shows its list."""

    sources = serializers.DictField(
        child=serializers.FloatField(),
        required=False,
        help_text=f"A weight for each of: {', '.join(Source.values)}.",
    )
    only_attributes = serializers.ListField(
        child=serializers.CharField(max_length=260),
        required=False,
        max_length=MOST_ATTRIBUTES,
        help_text="KIND:NAME each; empty: all items may be shown.",
    )

    class Meta:
        model = Placement
        fields = FIELDS
        read_only_fields = ("name",)

    def validate_sources(self, sources: dict[str, float]) -> dict[str, float]:
        return {name: weight for name, weight in sources.items() if weight}

    def validate_only_attributes(self, names: list[str]) -> list[str]:
        names = list(dict.fromkeys(names))
        if unknown := unknown_attributes([name for name in names if ":" in name]):
            words = _("No item has %(name)s; see the catalogue's attributes for their names.")
            raise serializers.ValidationError(words % {"name": unknown[0][:80]})
        return names

    def wanted(self) -> Placement:
        """The placement as it was sent, checked as in the admin, and not saved."""
        placement: Placement = self.instance  # type: ignore[assignment]
        for name, value in self.validated_data.items():
            setattr(placement, name, value)
        check(placement)
        return placement


class TitledSerializer(serializers.Serializer[Titled]):
    """A list under its title."""

    title = serializers.CharField()
    list = PicksSerializer(source="made.picks")


class ComparisonSerializer(serializers.Serializer[Any]):
    """The lists of a surface as it is set, and as these settings would make them, for you."""

    before = TitledSerializer(many=True)
    after = TitledSerializer(many=True)
    item = PickedItemSerializer(allow_null=True, help_text="The one that they are about, if any.")


class SettingsView(APIView):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "placement"

    @extend_schema(
        operation_id="surfaces_settings",
        summary="How a surface is set",
        responses={200: PlacementSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, name: str) -> Response:
        return Response(PlacementSerializer(get_object_or_404(Placement, pk=name)).data)

    @extend_schema(
        operation_id="surfaces_set",
        summary="Change how a surface is set",
        description="What is not named stays. It holds from the next list on, on all pages.",
        request=PlacementSerializer(partial=True),
        responses={200: PlacementSerializer},
        tags=TAGS,
    )
    def patch(self, request: Request, name: str) -> Response:
        with transaction.atomic():
            placement = get_object_or_404(Placement.objects.select_for_update(), pk=name)
            before = PlacementSerializer(placement).data
            placement = _wanted(placement, request)
            after = PlacementSerializer(placement).data
            if before != after:
                placement.save()
                log(request, placement, CHANGE, _changes(before, after))
        return Response(after)


class PreviewView(APIView):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "placement"

    @extend_schema(
        operation_id="surfaces_preview",
        summary="What settings of a surface would show you",
        description="Beside the list as it is. Nothing is saved.",
        request=PlacementSerializer(partial=True),
        responses={200: ComparisonSerializer},
        tags=TAGS,
    )
    def post(self, request: Request, name: str) -> Response:
        placement = _wanted(get_object_or_404(Placement, pk=name), request)
        found = compare(placement, current_person(request))
        return Response(ComparisonSerializer(found, context={"request": request}).data)


def _wanted(placement: Placement, request: Request) -> Placement:
    asked = PlacementSerializer(placement, data=request.data, partial=True)
    asked.is_valid(raise_exception=True)
    return asked.wanted()


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """For the history: each setting as it was and as it is."""
    return "; ".join(
        f"{name}: {_words(before[name])} → {_words(after[name])}"
        for name in FIELDS
        if before[name] != after[name]
    )


def _words(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {weight:g}" for name, weight in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value)
    return number_format(value) if isinstance(value, float) else str(value)
