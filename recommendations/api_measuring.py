"""What a program says was seen and clicked of the lists that it was given.

Each pick of a list, and each prediction, has a token; sent back it counts as on the site's pages:
once an hour and surface, at its position, for the model and the arm that chose it. A token that was
not given to whoever sends it, or was changed, is refused by its row. Of people whose activity does
not count nothing is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.bodies import rows_in
from catalog.models import Person
from catalog.people import current_person
from catalog.tokens.scopes import EVENTS, Services, allow
from catalog.told import Outcome
from recommendations.api_events import BatchResultSerializer, answer
from recommendations.measuring import recording, tokens
from recommendations.measuring.pages import may_report
from recommendations.measuring.recording import Look
from recommendations.sent_events import MAX_CLIENT_ID, Bad, client_id

MOST_ROWS = 1000
SEEN, CLICKED = "seen", "clicked"
SENT = [
    {"token": "for-you~7~p~f~0:1wYxNq:3F...", "event": "seen"},
    {"token": "for-you~7~p~f~0:1wYxNq:3F...", "event": "clicked", "id": "c-1"},
]
_FINE: dict[str, Any] = {"id": None, "result": "created", "field": None, "detail": None}
ANSWERED = {
    **{"created": 2, "changed": 0, "unchanged": 0, "refused": 0},
    "results": [_FINE, {**_FINE, "id": "c-1"}],
}
MINUTE = 60


class ImpressionSerializer(serializers.Serializer[Any]):
    """One row, for the schema."""

    token = serializers.CharField(help_text="Of a pick or a prediction, as it came.")
    event = serializers.ChoiceField(
        choices=[SEEN, CLICKED],
        help_text="Seen: half of it was visible for a second. What was clicked was seen, too.",
    )
    id = serializers.CharField(
        max_length=MAX_CLIENT_ID,
        required=False,
        allow_null=True,
        help_text="Your own name for the row, text or number, which the answer says again.",
    )


class ImpressionsView(APIView):
    permission_classes = [AllowAny]
    access = allow(POST=EVENTS, services=Services.FOR_PEOPLE)
    max_body = 1_000_000
    takes_rows = True

    @extend_schema(
        operation_id="impressions_send",
        summary="Report what was seen and clicked",
        description=(
            f"Up to {MOST_ROWS:,} rows, each with the token of a pick of *for you*, a surface or "
            "*similar*, or of a prediction. A token is good for a day, and for whom it was given "
            "to. An item counts once in an hour on one surface, so the same rows again change "
            "nothing. Of whoever is private or paused nothing is noted."
        ),
        request=ImpressionSerializer(many=True),
        responses={200: BatchResultSerializer},
        examples=[
            OpenApiExample("Seen and clicked", SENT, request_only=True),
            OpenApiExample("Its answer", ANSWERED, response_only=True, status_codes=["200"]),
        ],
        tags=["recommendations"],
    )
    def post(self, request: Request) -> Response:
        rows = rows_in(request, most=MOST_ROWS)
        person = current_person(request)
        if person is not None and not may_report(person):
            raise Throttled(wait=MINUTE)
        return answer(noted(person, rows))


@dataclass(frozen=True)
class _Report:
    """A row that makes sense: a look at one pick, or a prediction that was read."""

    look: Look | None = None
    said: tokens.Said | None = None


def noted(person: Person | None, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Writes what the rows tell; the result of each, in their order."""
    results = [{**_FINE, "result": Outcome.UNCHANGED.value} for _row in rows]
    read: dict[int, _Report] = {}
    for at, row in enumerate(rows):
        try:
            results[at]["id"] = client_id(row)
            read[at] = _read(row, person)
        except Bad as bad:
            refused = {"result": Outcome.REFUSED.value, "field": bad.field, "detail": str(bad)}
            results[at] |= refused
    if person is None or not read:
        return results
    found = recording.record(
        person,
        looks=[one.look for one in read.values() if one.look],
        said=[one.said for one in read.values() if one.said],
        now=timezone.now(),
    )
    for at, one in read.items():
        if found is None:
            results[at]["detail"] = _("Nothing is measured, as you asked under My privacy.")
        elif one.look is not None:
            outcome = found.get(one.look.key(0), Outcome.UNCHANGED)
            results[at]["result"] = outcome.value
        else:
            results[at]["result"] = Outcome.CREATED.value
    return results


def _read(row: Any, person: Person | None) -> _Report:
    if not isinstance(row, dict):
        raise Bad("token", _('A row is an object, such as {"token": "…", "event": "seen"}.'))
    token, event = row.get("token"), row.get("event")
    if not isinstance(token, str) or not token:
        raise Bad("token", _("Send the token of a pick or a prediction, as it came."))
    if event not in (SEEN, CLICKED):
        raise Bad("event", _("Say one of these: seen, clicked."))
    if person is None:
        raise Bad("token", _not_yours())
    try:
        return _look_or_prediction(token, event, person)
    except signing.SignatureExpired:
        words = _("The token is older than a day; report what was seen sooner.")
        raise Bad("token", words) from None
    except tokens.BadToken:
        raise Bad("token", _not_yours()) from None


def _look_or_prediction(token: str, event: str, person: Person) -> _Report:
    only = frozenset({0})
    try:
        shown = tokens.read_pick(token, person)
    except signing.SignatureExpired:
        raise
    except tokens.BadToken:
        said = tokens.read_prediction(token, person)
        if event == CLICKED:
            words = _("A prediction is seen, not clicked; report its pick instead.")
            raise Bad("event", words) from None
        return _Report(said=said)
    return _Report(look=Look(shown, only, only if event == CLICKED else frozenset()))


def _not_yours() -> str:
    return _("The token was not given to you, or was changed; send it as it came, signed in alike.")
