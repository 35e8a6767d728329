"""What somebody told their lists: what is dismissed, what is left out; and why an item is theirs.

Rows of other people do not exist here, as in `catalog.api`.
"""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import OwnRows
from catalog.api_words import GONE, ITEM_ID
from catalog.models import Item
from catalog.people import current_person
from catalog.serializers import ItemCardSerializer, NewViewSerializer
from catalog.tokens.scopes import READ, Services, allow
from recommendations import dismissals, steering, verdicts
from recommendations.measuring import tokens, track_record
from recommendations.models import Dismissal, LeftOut
from recommendations.serializers import ReasonSerializer
from recommendations.visit import Visit


class DismissalSerializer(serializers.ModelSerializer[Dismissal]):
    """An item that you are not interested in."""

    item = ItemCardSerializer(read_only=True)

    class Meta:
        model = Dismissal
        fields = ["item", "dismissed_at"]
        read_only_fields = fields


class LeftOutSerializer(serializers.ModelSerializer[LeftOut]):
    """An item whose ratings, views and shelves no list of yours is made from."""

    item = ItemCardSerializer(read_only=True)

    class Meta:
        model = LeftOut
        fields = ["item", "left_out_at"]
        read_only_fields = fields


class _Said(OwnRows):
    """Rows that say one thing of an item: POST says it, DELETE takes it back."""

    def create(self, request: Request) -> Response:
        item = self.checked(NewViewSerializer)["item"]
        is_new = not self.own().filter(item=item).exists()
        self.say(item)
        row = self.get_queryset().get(item=item)
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.get_serializer(row).data, code)

    def destroy(self, request: Request, item_id: str) -> Response:
        self.take_back(self.own_item())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def say(self, item: Item) -> None:
        raise NotImplementedError

    def take_back(self, item: Item) -> None:
        raise NotImplementedError


def _documented(summary: str, say: str, back: str, shown: Any) -> Any:
    return extend_schema_view(
        list=extend_schema(summary=summary, description="Newest first."),
        create=extend_schema(
            summary=say, request=NewViewSerializer, responses={200: shown, 201: shown}
        ),
        destroy=extend_schema(summary=back, parameters=[ITEM_ID], responses=GONE),
    )


@_documented(
    "What you are not interested in",
    "Say that you are not interested in an item",
    "Be interested in an item again",
    DismissalSerializer,
)
@extend_schema(tags=["me"])
class DismissalViewSet(_Said):
    queryset = Dismissal.objects.all()
    serializer_class = DismissalSerializer
    time_field = "dismissed_at"

    def say(self, item: Item) -> None:
        dismissals.dismiss(self.me(), item)

    def take_back(self, item: Item) -> None:
        dismissals.undo_dismissal(self.me(), item)


@_documented(
    "What your lists are not made from",
    "Leave out what you did with an item",
    "Let what you did with an item count again",
    LeftOutSerializer,
)
@extend_schema(tags=["me"])
class LeftOutViewSet(_Said):
    queryset = LeftOut.objects.all()
    serializer_class = LeftOutSerializer
    time_field = "left_out_at"

    def say(self, item: Item) -> None:
        steering.leave_out(self.me(), item)

    def take_back(self, item: Item) -> None:
        steering.take_in(self.me(), item)


class TrackRecordSerializer(serializers.Serializer[Any]):
    """Of so many times that you were told 4 stars or more, so many were right."""

    times = serializers.IntegerField(
        allow_null=True, help_text="Null before there are enough to say anything."
    )
    agreed = serializers.IntegerField(allow_null=True)


class TrackRecordView(APIView):
    access = allow(GET=READ, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="me_track_record",
        summary="How often what you were told came true",
        description=(
            "Only predictions that you really saw before you rated count: those of the pages, and "
            "those that a program reported with impressions/."
        ),
        responses={200: TrackRecordSerializer},
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        found = track_record.of(current_person(request))
        said = {"times": found and found.times, "agreed": found and found.agreed}
        return Response(said)


class PredictedSerializer(serializers.Serializer[Any]):
    """The rating that you are expected to give; eight in ten lie from `low` to `high`."""

    stars = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    token = serializers.CharField(
        allow_null=True, help_text="To report with impressions/ that it was read."
    )


class WhySerializer(serializers.Serializer[Any]):
    """What the site makes of an item for you, and from which doings of yours."""

    item = serializers.IntegerField()
    model = serializers.CharField(allow_null=True)
    reasons = ReasonSerializer(
        many=True, help_text="Your own doings that raise it for you, the strongest first."
    )
    predicted = PredictedSerializer(
        allow_null=True, help_text="Null where the model cannot say anything."
    )
    is_dismissed = serializers.BooleanField()
    is_left_out = serializers.BooleanField(help_text="No list of yours is made from it.")


class WhyView(APIView):
    access = allow(GET=READ, services=Services.FOR_PEOPLE)
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="items_why",
        summary="Why an item may be for you",
        description=(
            "For a member, or a visitor with a session, from their own recent events. Each reason "
            "names an item; POST it to me/left-out/ to have no list made from it."
        ),
        responses={200: WhySerializer},
        tags=["recommendations"],
    )
    def get(self, request: Request, id: int) -> Response:
        item = get_object_or_404(Item.objects.listed().cards(), pk=id)
        visit = Visit(current_person(request))
        said = verdicts.predicted(visit, item)
        signed = tokens.token_of_prediction(visit, item.pk, said) or None
        shown = {
            "item": item.pk,
            "reasons": verdicts.why(visit, item),
            "predicted": said
            and {
                "stars": said.stars,
                "low": said.low_stars,
                "high": said.high_stars,
                "token": signed,
            },
            "is_dismissed": item.pk in visit.dismissed,
            "is_left_out": item.pk in visit.left_out,
            "model": None if visit.model is None or visit.model_failed else visit.model.label,
        }
        return Response(WhySerializer(shown).data)
