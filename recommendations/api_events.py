"""Many of one's own events at once, for programs: a player, a reader, a moving service.

A batch is read row by row (`sent_events`), items are looked up together, and what makes sense is
written in one transaction (`catalog.batches`, `dismissals`); what does not is refused, each row
with a sentence. What was written counts from the next list on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import batches
from catalog.batches import Fate, Outcome, Told
from catalog.bodies import BoundedJSON
from catalog.models import Person, ShelfEntry
from catalog.people import acting_person
from recommendations import dismissals, sent_events
from recommendations.sent_events import Bad, Sent

MOST_ROWS = 10_000
SENT = [
    {"kind": "rating", "item": 15, "stars": 4.5, "at": "2026-03-01T20:15:00Z", "id": "r-1"},
    {"kind": "view", "key": "imdb-tt0114709", "at": "2026-03-01T18:00:00Z"},
    {"kind": "shelf", "item": 15, "shelf": "done"},
    {"kind": "dismissal", "item": 8},
    {"kind": "rating", "item": 4, "stars": None},
]
_NONE: dict[str, Any] = {"id": None, "field": None, "detail": None}
ANSWERED = {
    "created": 2,
    "changed": 1,
    "unchanged": 1,
    "refused": 1,
    "results": [
        {**_NONE, "id": "r-1", "result": "created"},
        {
            **_NONE,
            "result": "refused",
            "field": "key",
            "detail": "No item of that outside id is shown here; look it up under items/?key=.",
        },
        {**_NONE, "result": "changed"},
        {**_NONE, "result": "created"},
        {**_NONE, "result": "unchanged"},
    ],
}


class EventsParser(BoundedJSON):
    most = 4_000_000


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


class RowResultSerializer(serializers.Serializer[dict[str, Any]]):
    """What became of one row."""

    id = serializers.JSONField(allow_null=True, help_text="Your own name for it.")
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

    permission_classes = [IsAuthenticated]
    parser_classes = [EventsParser]

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
            400: OpenApiTypes.OBJECT,
            401: OpenApiTypes.OBJECT,
            413: OpenApiTypes.OBJECT,
        },
        examples=[
            OpenApiExample("One of each", SENT, request_only=True),
            OpenApiExample("Its answer", ANSWERED, response_only=True, status_codes=["200"]),
        ],
        tags=["me"],
    )
    def post(self, request: Request) -> Response:
        rows = request.data
        if not isinstance(rows, list):
            raise ParseError(_("The body is no list; send a list of rows, however few."))
        if len(rows) > MOST_ROWS:
            words = _("These are %(many)d rows; send at most %(most)d at once.")
            raise ParseError(words % {"many": len(rows), "most": MOST_ROWS})
        results = taken(acting_person(request), rows, now=timezone.now())
        counts = Counter(result["result"] for result in results)
        body = {outcome.value: counts[outcome.value] for outcome in Outcome}
        response = Response({**body, "results": results})
        patch_cache_control(response, private=True, no_store=True)
        return response


def taken(person: Person, rows: Sequence[Any], *, now: datetime) -> list[dict[str, Any]]:
    """Writes the rows that make sense; the result of each, in their order."""
    results: list[dict[str, Any]] = [dict(_NONE) for _row in rows]
    read: dict[int, Sent] = {}
    keep = settings.VIEWS_KEEP_DAYS
    since = now - timedelta(days=keep) if keep else None
    for place, row in enumerate(rows):
        try:
            results[place]["id"] = sent_events.client_id(row)
            read[place] = sent_events.read(row, now=now, views_since=since)
        except Bad as bad:
            results[place] |= _refused(bad)
    told, is_listed = _told(read, results)
    for (place, event), fate in zip(told.items(), _written(person, [*told.values()]), strict=True):
        if fate == batches.SAME and not is_listed[event.item_id]:
            results[place] |= _refused(_not_here(read[place]))
            continue
        refused = fate.outcome is Outcome.REFUSED
        results[place]["result"] = fate.outcome.value
        results[place]["detail"] = str(fate.why) or None
        results[place]["field"] = "kind" if refused else None
    return results


def _told(
    read: dict[int, Sent], results: list[dict[str, Any]]
) -> tuple[dict[int, Told], dict[int, bool]]:
    """The events about items that there are, by place; and which items are listed. Of a withdrawn
    item only what its person has may be taken back."""
    ids = {sent.item for sent in read.values() if sent.item is not None}
    keys = {sent.key for sent in read.values() if sent.key is not None}
    is_listed, by_key = batches.find_items(ids, keys)
    told: dict[int, Told] = {}
    for place, sent in read.items():
        pk = sent.item if sent.key is None else by_key.get(sent.key)
        if pk is None or pk not in is_listed or (sent.is_new and not is_listed[pk]):
            results[place] |= _refused(_not_here(sent))
        else:
            told[place] = Told(kind=sent.kind, item_id=pk, value=sent.value, at=sent.at)
    return told, dict(is_listed)


def _written(person: Person, events: Sequence[Told]) -> list[Fate]:
    if not events:
        return []
    with transaction.atomic():
        fates = batches.write(person, events)
        for place, fate in dismissals.settle(person, events).items():
            fates[place] = fate
    return fates


def _not_here(sent: Sent) -> Bad:
    if sent.key is None:
        return Bad("item", _("No item of that id is shown here; look it up under items/."))
    words = _("No item of that outside id is shown here; look it up under items/?key=.")
    return Bad("key", words)


def _refused(bad: Bad) -> dict[str, Any]:
    return {"result": Outcome.REFUSED.value, "field": bad.field, "detail": str(bad)}
