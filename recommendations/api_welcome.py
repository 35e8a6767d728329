"""The interview of the welcome page for programs: what to ask next, and what was answered.

A rating is written as any other. What somebody does not know is kept nowhere: a program sends it
along, as the page's session would.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import services
from catalog.choosing import CHOSEN, chosen_fields
from catalog.models import Item
from catalog.people import acting_person, current_person
from catalog.serializers import StarsSerializer
from catalog.strict import StrictSerializer
from catalog.tokens.scopes import EVENTS, READ, Services, allow
from recommendations.api import FIELDS
from recommendations.api_asked import ItemId
from recommendations.sent_events import MOST_ID
from recommendations.serializers import PICKED, ExcludeField, PickedItemSerializer, item_ids
from recommendations.visit import Visit
from recommendations.welcome import MOST_UNKNOWN, WALL, Wall, remembering, wall_for

MOST_ANSWERS = 50
UNKNOWN = "Ids of items that are not known, as the answer before says them."
SHOWN = (
    "Ids of the questions before, in their places: what is still worth asking stays where it is. "
    "0 is a place that is empty."
)


class WelcomeQuery(StrictSerializer):
    unknown = ExcludeField(default="", allow_blank=True, help_text=UNKNOWN)
    shown = ExcludeField(default="", allow_blank=True, help_text=SHOWN)

    def validate_unknown(self, text: str) -> list[int]:
        return item_ids(text, most=MOST_UNKNOWN)

    def validate_shown(self, text: str) -> list[int]:
        return item_ids(text, most=WALL)


class WelcomeAnswerSerializer(StarsSerializer):
    item = ItemId(help_text="The item's id.")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        stars = self.fields["stars"]
        stars.allow_null, stars.help_text = True, "In halves; null: it is not known."


class WelcomeAnswersSerializer(StrictSerializer):
    """Answers to questions, and how far the interview had come."""

    answers = WelcomeAnswerSerializer(many=True, max_length=MOST_ANSWERS)
    unknown = serializers.ListField(
        child=ItemId(), default=list, max_length=MOST_UNKNOWN, help_text=UNKNOWN
    )
    shown = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_ID),
        default=list,
        max_length=WALL,
        help_text=SHOWN,
    )


class WallSerializer(serializers.Serializer[Wall]):
    """What to ask somebody next."""

    questions = PickedItemSerializer(source="items", many=True, help_text="Do you know these?")
    unknown = serializers.SerializerMethodField(
        help_text="What is not known so far; send it with the next question."
    )
    ratings = serializers.IntegerField(help_text="So many there are.")
    missing = serializers.IntegerField(help_text="So many more make lists personal.")
    is_learned = serializers.BooleanField(help_text="Whether a model heeds ratings by now.")
    is_over = serializers.BooleanField(help_text="More answers would hardly change anything.")

    def get_unknown(self, wall: Wall) -> list[int]:
        return list(self.context["unknown"])


class WelcomeView(APIView):
    """The interview of whoever asks, and of nobody else."""

    access = allow(GET=READ, POST=EVENTS, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="me_welcome",
        summary="What to ask somebody new",
        description=(
            f"Up to {WALL} items of which an answer would tell most, given all ratings and what is "
            "not known. Nothing is written: to skip questions, name them as `unknown`."
        ),
        parameters=[WelcomeQuery, FIELDS],
        responses={200: WallSerializer},
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        asked = WelcomeQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        unknown = remembering(asked.validated_data["unknown"])
        return self._next(unknown=unknown, shown=asked.validated_data["shown"])

    @extend_schema(
        operation_id="me_welcome_answer",
        summary="Answer questions, and get the next",
        description=(
            "Stars are written as a rating, as in me/ratings/; null says that an item is not "
            "known, which is kept in `unknown` of the answer alone. All or nothing is taken. "
            "`DELETE me/ratings/ID/` takes a rating back."
        ),
        request=WelcomeAnswersSerializer,
        parameters=[FIELDS],
        responses={200: WallSerializer},
        tags=["me"],
    )
    def post(self, request: Request) -> Response:
        sent = WelcomeAnswersSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        rated = self._written(said["answers"])
        new = [answer["item"] for answer in said["answers"] if answer["stars"] is None]
        unknown = remembering(said["unknown"], new, but=rated)
        return self._next(unknown=unknown, shown=said["shown"])

    def _written(self, answers: Sequence[dict[str, Any]]) -> set[int]:
        """The items that were rated."""
        items = Item.objects.listed().cards().in_bulk([answer["item"] for answer in answers])
        rated = {answer["item"] for answer in answers if answer["stars"] is not None}
        with transaction.atomic():
            for at, answer in enumerate(answers):
                if (item := items.get(answer["item"])) is None:
                    words = _("No item of this id is shown here; leave it out.")
                    raise ValidationError({"answers": {str(at): {"item": [words]}}})
                if answer["stars"] is not None:
                    self._rate(at, item, float(answer["stars"]))
        return rated

    def _rate(self, at: int, item: Item, stars: float) -> None:
        try:
            services.rate_item(acting_person(self.request), item, stars=stars)
        except services.BadEvent as error:
            raise ValidationError({"answers": {str(at): {"stars": [str(error)]}}}) from None

    def _next(self, *, unknown: Collection[int], shown: Sequence[int]) -> Response:
        visit = Visit(current_person(self.request))
        wall = wall_for(visit, unknown=unknown, shown=shown)
        chosen = chosen_fields(self.request, PICKED)
        context = {"request": self.request, CHOSEN: chosen, "unknown": unknown}
        return Response(WallSerializer(wall, context=context).data)
