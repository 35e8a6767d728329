"""Searching and narrowing down items, for programs: as on the browse page, in everybody's order or
one's own.

With `personal=1` the first items of the neutral order are put in an order of whoever asks, by
`catalog.personal`; each says how far taste moved it. Facets say what a list can be narrowed down
to, suggestions what may be meant while somebody types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django_filters.utils import translate_validation
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import personal
from catalog.browse_views import SUGGESTIONS
from catalog.browsing import MAX_QUERY_LENGTH, whole_counts
from catalog.filters import ItemFilter, ItemNarrowing
from catalog.listing import PERSONAL, Listing
from catalog.matches import Matches, Narrowing
from catalog.models import Item, ItemQuerySet
from catalog.paging import CursorPages
from catalog.search import find
from catalog.serializers import ItemCardSerializer
from catalog.strict import StrictSerializer, check_names
from catalog.tokens.scopes import READ, Services, allow

ABOUT_THE_SEARCH = {
    "personal": {
        "type": "boolean",
        "description": "Whether the order is your own: asked for, and something is known of you.",
    },
    "respelled": {"type": "string", "description": "What was looked for instead, if anything."},
    "left_out": {"type": "string", "description": "A word that was let go."},
    "suggestion": {"type": "string", "description": "What else may have been meant."},
}


@dataclass(frozen=True)
class Filtered(Narrowing):
    """What a list is narrowed down by, as the API's filters have it."""

    filters: ItemFilter | None = None

    @property
    def has_filters(self) -> bool:
        return self.filters is not None and self.filters.narrows

    def apply(self, items: ItemQuerySet) -> ItemQuerySet:
        return items if self.filters is None else self.filters.narrowed(items)

    @classmethod
    def asked(cls, request: Request, by: type[ItemFilter] = ItemFilter) -> Filtered:
        """What a request asks for; ValidationError with the name of a filter that makes no
        sense."""
        filters = by(request.query_params, Item.objects.listed(), request=request)
        if not filters.is_valid():
            raise translate_validation(filters.errors)
        return cls(query=filters.form.cleaned_data["q"], filters=filters)


class FoundItemSerializer(ItemCardSerializer):
    """An item of a list, and by how many places taste moved it."""

    moved = serializers.SerializerMethodField(
        help_text="How many places up taste moved it; negative: down; 0 in a neutral list."
    )

    class Meta(ItemCardSerializer.Meta):
        fields = [*ItemCardSerializer.Meta.fields, "moved"]
        read_only_fields = fields

    def get_moved(self, item: Item) -> int:
        moved: dict[int, int] = self.context.get("moved", {})
        return moved.get(item.pk, 0)


class SearchPages(CursorPages):
    """What was searched is in an order of its own: its cursor says how many came before."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        if isinstance(queryset, Listing):
            check_names(request.query_params, [*ItemFilter.base_filters, "cursor", "page_size"])
            return self.paginate_sequence(queryset, request)
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = super().get_paginated_response_schema(schema)
        said["properties"] |= ABOUT_THE_SEARCH
        said["required"] += ABOUT_THE_SEARCH
        return said


class Searched:
    """The list of a set of items, searched and ordered as on the browse page."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        own: Any = self
        asked = Filtered.asked(request)
        said: dict[str, Any] = asked.filters.form.cleaned_data if asked.filters else {}
        if said["personal"] and said["ordering"]:
            words = _("personal=1 has an order of its own; leave one of both out.")
            raise serializers.ValidationError({"ordering": [words]})
        about = {"personal": False, "respelled": "", "left_out": "", "suggestion": ""}
        moved: dict[int, int] = {}
        if said["ordering"] or not (said["personal"] or asked.query):
            items = own.paginate_queryset(own.filter_queryset(own.get_queryset()))
        else:
            listing = Listing(
                Matches(asked),
                order=PERSONAL if said["personal"] else "match",
                judge=lambda ids: personal.scores_for(request, ids),
            )
            entries = own.paginate_queryset(listing)
            items = [entry.item for entry in entries]
            moved = {entry.item.pk: entry.moved for entry in entries}
            about = _about(listing)
        context = {**own.get_serializer_context(), "moved": moved}
        shown = FoundItemSerializer(items, many=True, context=context).data
        response: Response = own.get_paginated_response(shown)
        response.data |= about
        return response


def _about(listing: Listing) -> dict[str, Any]:
    found = listing.matches.found
    return {
        "personal": listing.is_personal,
        "respelled": found.respelled if found else "",
        "left_out": found.left_out if found else "",
        "suggestion": found.suggestion if found else "",
    }


class NameCountSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    count = serializers.IntegerField()


class CreatorCountSerializer(NameCountSerializer):
    kind = serializers.CharField()


class DecadeCountSerializer(serializers.Serializer[Any]):
    decade = serializers.IntegerField(help_text="Its first year.")
    count = serializers.IntegerField()


class RatingCountSerializer(serializers.Serializer[Any]):
    stars = serializers.FloatField(help_text="A mean of so many, or more.")
    count = serializers.IntegerField()


class FacetsSerializer(serializers.Serializer[Any]):
    """What a list can be narrowed down to, with the number of items that would be left."""

    count = serializers.IntegerField(help_text="Of the list as it is.")
    genres = NameCountSerializer(many=True)
    creators = CreatorCountSerializer(many=True)
    decades = DecadeCountSerializer(many=True)
    ratings = RatingCountSerializer(many=True)


class FacetsView(generics.GenericAPIView[Item]):
    access = allow(GET=READ, services=Services.BOTH)
    neutral_for = 60
    queryset = Item.objects.listed()
    filterset_class = ItemNarrowing
    pagination_class = None
    serializer_class = FacetsSerializer
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="items_facets",
        summary="What a list of items can be narrowed down to",
        description="Takes the filters of items/, and counts what would be left after each choice.",
        responses={200: FacetsSerializer},
        filters=True,
        tags=["items"],
    )
    def get(self, request: Request) -> Response:
        check_names(request.query_params, ItemNarrowing.base_filters)
        asked = Filtered.asked(request, by=ItemNarrowing)
        matches = Matches(asked)
        counts = matches.counts() if asked else whole_counts()
        return Response(
            {
                "count": matches.count,
                "genres": [{"name": name, "count": n} for name, n in counts.genres],
                "creators": [
                    {"kind": kind, "name": name, "count": n} for (kind, name), n in counts.creators
                ],
                "decades": [{"decade": at, "count": n} for at, n in counts.decades],
                "ratings": [{"stars": step / 2, "count": n} for step, n in counts.ratings],
            }
        )


class SuggestQuery(StrictSerializer):
    q = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=MAX_QUERY_LENGTH,
        help_text="What was typed so far.",
    )


class SuggestView(APIView):
    access = allow(GET=READ, services=Services.BOTH)
    neutral_for = 60
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="items_suggest",
        summary="What may be meant, while somebody types",
        description=f"At most {SUGGESTIONS} items; the last word may be unfinished.",
        parameters=[SuggestQuery],
        responses={200: ItemCardSerializer(many=True)},
        tags=["items"],
    )
    def get(self, request: Request) -> Response:
        asked = SuggestQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query = asked.validated_data["q"]
        hits = find(Item.objects.listed(), query, most=SUGGESTIONS, typing=True).hits
        items = Item.objects.cards().in_bulk([hit.pk for hit in hits[:SUGGESTIONS]])
        shown = [items[hit.pk] for hit in hits if hit.pk in items]
        return Response(ItemCardSerializer(shown, many=True, context={"request": request}).data)
