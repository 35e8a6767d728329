"""What a rule would change, for programs of staff: the figures of the admin's preview."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recommendations import rule_preview
from recommendations.api_rules import TAGS, RuleSerializer
from recommendations.api_staff import GOVERNED, AsInTheAdmin
from recommendations.models import Rule
from recommendations.serializers import PickedItemSerializer


class MovedSerializer(serializers.Serializer[rule_preview.Moved]):
    item = PickedItemSerializer()
    lists = serializers.IntegerField(help_text="In how many lists more, or fewer.")


class PlaceSerializer(serializers.Serializer[rule_preview.Place]):
    item = PickedItemSerializer(source="pick.item")
    change = serializers.CharField(help_text='"", new, up, down or gone.')


class ExampleSerializer(serializers.Serializer[rule_preview.Example]):
    """One list of somebody of the sample, before and after."""

    surface = serializers.CharField()
    events = serializers.IntegerField(help_text="How much its person did.")
    before = PlaceSerializer(many=True)
    after = PlaceSerializer(many=True)


class FiguresSerializer(serializers.Serializer[Any]):
    found = serializers.IntegerField(help_text="Of what people did last, found in their lists.")
    distinct = serializers.IntegerField(help_text="Different items in all lists.")
    popularity = serializers.FloatField(help_text="Ratings of an item in a list, on average.")


class TriedSerializer(serializers.Serializer[Any]):
    """The same people's lists without the rule and with it, held against what they did last."""

    people = serializers.IntegerField()
    held_back = serializers.IntegerField()
    before = FiguresSerializer()
    after = FiguresSerializer()


class PreviewSerializer(serializers.Serializer[rule_preview.Preview]):
    """What a rule would change in a sample of people who rated lately; nothing is saved."""

    people = serializers.IntegerField()
    lists = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Lists that are not the same with it.")
    percent = serializers.IntegerField()
    gain = MovedSerializer(many=True)
    lose = MovedSerializer(many=True)
    examples = ExampleSerializer(many=True)
    is_in_force = serializers.BooleanField(help_text="Else it is tried as if it were.")
    tried = TriedSerializer(allow_null=True, help_text="Null where it is not about For you.")


class PreviewView(APIView):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "rule"
    rights = {"POST": ("add",)}

    @extend_schema(
        operation_id="rules_preview",
        summary="What a rule would change",
        description="The admin's preview of a rule as it is sent; nothing is saved.",
        request=RuleSerializer,
        responses={200: PreviewSerializer},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        return _previewed(request, None)


class RulePreviewView(APIView):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "rule"

    @extend_schema(
        operation_id="rules_preview_change",
        summary="What a rule would change, with these changes",
        description="What is not named is as the rule says it; nothing is saved.",
        request=RuleSerializer(partial=True),
        responses={200: PreviewSerializer},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return _previewed(request, get_object_or_404(Rule, pk=pk))


def _previewed(request: Request, known: Rule | None) -> Response:
    context, is_partial = {"request": request}, known is not None
    asked = RuleSerializer(known, data=request.data, partial=is_partial, context=context)
    asked.is_valid(raise_exception=True)
    found = rule_preview.preview(asked.wanted(), now=timezone.now())
    return Response(PreviewSerializer(found, context=context).data)
