"""Many of one's own events at once, for programs: a player, a reader, a moving service.

What is sent is taken by `sent_batches`: each row has its result, and what was written counts from
the next list on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.bodies import rows_in
from catalog.models import ShelfEntry
from catalog.people import acting_person
from catalog.tokens.scopes import EVENTS, Services, allow
from catalog.told import Outcome
from recommendations import sent_events
from recommendations.sent_batches import NO_RESULT, taken

MOST_ROWS = 10_000
SENT = [
    {"kind": "rating", "item": 15, "stars": 4.5, "at": "2026-03-01T20:15:00Z", "id": "r-1"},
    {"kind": "view", "key": "imdb-tt0114709", "at": "2026-03-01T18:00:00Z"},
    {"kind": "shelf", "item": 15, "shelf": "done"},
    {"kind": "dismissal", "item": 8},
    {"kind": "rating", "item": 4, "stars": None},
]
ANSWERED = {
    "created": 2,
    "changed": 1,
    "unchanged": 1,
    "refused": 1,
    "results": [
        {**NO_RESULT, "id": "r-1", "result": "created"},
        {
            **NO_RESULT,
            "result": "refused",
            "field": "key",
            "detail": "No item of that outside id is shown here; look it up under items/?key=.",
        },
        {**NO_RESULT, "result": "changed"},
        {**NO_RESULT, "result": "created"},
        {**NO_RESULT, "result": "unchanged"},
    ],
}


class EventSerializer(serializers.Serializer[Any]):
    """One row, for the schema; `sent_events` reads it. Other names in it are passed over."""

    kind = serializers.ChoiceField(choices=sent_events.KINDS)
    item = serializers.IntegerField(
        min_value=1, max_value=sent_events.MOST_ID, required=False, help_text="The item's id; or:"
    )
    key = serializers.CharField(
        max_length=sent_events.MAX_KEY, required=False, help_text="Its outside id."
    )
    at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="When it was, with a zone; now, if left out. A later event stands over an older.",
    )
    stars = serializers.FloatField(
        min_value=0.5,
        max_value=5,
        required=False,
        allow_null=True,
        help_text="Of a rating: in halves, or null to take it back.",
    )
    shelf = serializers.ChoiceField(
        choices=ShelfEntry.Shelf.choices,
        required=False,
        allow_null=True,
        help_text="Of a shelf: which one, or null to take the item off.",
    )
    undo = serializers.BooleanField(
        required=False, help_text="Of a dismissal: true to be interested again."
    )
    id = serializers.CharField(
        max_length=sent_events.MAX_CLIENT_ID,
        required=False,
        allow_null=True,
        help_text="Your own name for the row, text or number, which the answer says again.",
    )


@extend_schema_field({"type": ["string", "number", "null"]})
class ClientIdField(serializers.JSONField):
    """What a program calls a row."""


class RowResultSerializer(serializers.Serializer[dict[str, Any]]):
    """What became of one row."""

    id = ClientIdField(allow_null=True, help_text="Your own name for it.")
    result = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    field = serializers.CharField(allow_null=True, help_text="What is wrong, of a refused row.")
    detail = serializers.CharField(
        allow_null=True, help_text="Why, and the cure; null where there is nothing to say."
    )


class BatchResultSerializer(serializers.Serializer[dict[str, Any]]):
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = RowResultSerializer(many=True, help_text="One for each row, in their order.")


class EventsView(APIView):
    """Events of whoever asks, and of nobody else."""

    access = allow(POST=EVENTS, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]
    max_body = 4_000_000
    takes_rows = True

    @extend_schema(
        operation_id="me_events_send",
        summary="Send many of your own events at once",
        description=(
            f"Up to {MOST_ROWS:,} ratings, views, shelves and dismissals, in any mix. Each row has "
            "its own result, and rows that make sense are taken even where others are refused. "
            "The same batch sent again changes nothing: there is one rating, shelf and dismissal "
            "of each item, the latest stands, and looks within 30 minutes are one view; so give "
            "each row its time if it may be sent again later."
        ),
        request=EventSerializer(many=True),
        responses={
            200: BatchResultSerializer,
        },
        examples=[
            OpenApiExample("One of each", SENT, request_only=True),
            OpenApiExample("Its answer", ANSWERED, response_only=True, status_codes=["200"]),
        ],
        tags=["me"],
    )
    def post(self, request: Request) -> Response:
        rows = rows_in(request, most=MOST_ROWS)
        person = acting_person(request)
        return answer(
            taken(rows, now=timezone.now(), whose=lambda told: dict.fromkeys(told, person.pk))
        )


def answer(results: Sequence[dict[str, Any]]) -> Response:
    """The result of each row, and how many there are of each kind."""
    counts = Counter(result["result"] for result in results)
    body = {outcome.value: counts[outcome.value] for outcome in Outcome}
    return Response({**body, "results": results})
