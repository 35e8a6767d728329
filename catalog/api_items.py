"""Many items of the catalogue at once, for programs of staff: a shop's feed, a library's records.

Rows are read and written by `sent_items`, all of them in one transaction; what was written is found
and may be recommended from the next answer on.
"""

from __future__ import annotations

from collections import Counter

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import sent_items
from catalog.bodies import Conflict, rows_in
from catalog.serializers import ItemWriteSerializer
from catalog.tokens.scopes import CATALOGUE, allow
from catalog.told import Outcome

MOST_ROWS = 10_000
SENT = [
    {
        "key": "k-1",
        "title": "Emma",
        "year": 1815,
        "attributes": {"authors": ["Jane Austen"], "genres": ["Comedy", "Romance"]},
    },
    {"key": "k-2", "is_listed": False},
    {"key": "k-3", "title": ""},
]
_FINE = {"field": None, "detail": None}
ANSWERED = {
    **{"created": 1, "changed": 1, "unchanged": 0, "refused": 1},
    "results": [
        {"key": "k-1", "id": 15, "result": "created", **_FINE},
        {"key": "k-2", "id": 8, "result": "changed", **_FINE},
        {
            **{"key": "k-3", "id": None, "result": "refused", "field": "title"},
            "detail": "The title is empty; give it one.",
        },
    ],
}


class SentItemSerializer(ItemWriteSerializer):
    """One row, for the schema; `sent_items` reads it."""

    key = serializers.CharField(max_length=200, help_text="The outside id of the item.")
    title = serializers.CharField(
        max_length=500, required=False, help_text="Needed where the item is new."
    )


class SentItemResultSerializer(serializers.Serializer[sent_items.Result]):
    """What became of one row."""

    key = serializers.CharField(allow_null=True)
    id = serializers.IntegerField(allow_null=True, help_text="The item's id.")
    result = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    field = serializers.CharField(allow_null=True, help_text="What is wrong, of a refused row.")
    detail = serializers.CharField(allow_null=True, help_text="Why, and the cure.")


class SentItemsSerializer(serializers.Serializer[dict[str, object]]):
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = SentItemResultSerializer(many=True, help_text="One for each row, in their order.")


class ItemsBulkView(APIView):
    access = allow(POST=CATALOGUE)
    permission_classes = [IsAdminUser]
    max_body = 16_000_000
    takes_rows = True

    @extend_schema(
        operation_id="items_bulk",
        summary="Add and change many items (staff)",
        description=(
            f"Up to {MOST_ROWS:,} items by their outside id, `key`: new ones are added, others "
            "changed. What a row does not name stays; attributes are replaced kind by kind, "
            "outside ids source by source, an empty list or text takes away; "
            '`"is_listed": false` withdraws. Each row has its own result, and rows that make '
            "sense are taken even where others are refused, all of them in one transaction. The "
            "same rows again change nothing."
        ),
        request=SentItemSerializer(many=True),
        responses={
            200: SentItemsSerializer,
            409: OpenApiResponse(description="Others keep writing the same items."),
        },
        examples=[
            OpenApiExample("Three rows", SENT, request_only=True),
            OpenApiExample("Their answer", ANSWERED, response_only=True, status_codes=["200"]),
        ],
        tags=["items"],
    )
    def post(self, request: Request) -> Response:
        rows = rows_in(request, most=MOST_ROWS)
        try:
            results = sent_items.keep(rows, now=timezone.now())
        except sent_items.Busy:
            words = _("Others are writing the same items; send it again in a moment.")
            raise Conflict(words) from None
        counts = Counter(one.outcome for one in results)
        said = [_said(one) for one in results]
        body = {outcome.value: counts[outcome] for outcome in Outcome}
        return Response({**body, "results": said})


def _said(one: sent_items.Result) -> dict[str, object]:
    return {
        "key": one.key,
        "id": one.item_id,
        "result": one.outcome.value,
        "field": one.field,
        "detail": one.detail,
    }
