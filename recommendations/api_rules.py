"""Rules for programs of staff: written, tried before they bite, switched off, and taken back.

The checks, the figures of a preview and the history are those of the admin, and so are the
permissions. A rule is never deleted, so that its history stays: DELETE switches it off.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE
from django.core.exceptions import ValidationError as Refused
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.strict import StrictSerializer
from recommendations.api_staff import GOVERNED, AsInTheAdmin, check, log
from recommendations.models import Rule, RuleChange
from recommendations.rules import changes
from recommendations.rules.model import SWITCHES, Surface

TAGS = ["rules"]
CALLED = dict.fromkeys(SWITCHES, "surfaces")
PARTS = (
    *("action", "item", "attribute", "words", "added_within_days", "older_than_days", "group_by"),
    *("strength", "place", "most", "starts_at", "ends_at", "is_on", "note"),
)


class RuleSerializer(StrictSerializer, serializers.ModelSerializer[Rule]):
    """One wish of the site about what its lists show."""

    url = serializers.HyperlinkedIdentityField(view_name="api-rule")
    says = serializers.CharField(source="__str__", read_only=True, help_text="In words.")
    surfaces = serializers.ListField(
        child=serializers.ChoiceField(choices=Surface.choices),
        required=False,
        help_text="The sorts of list that it holds on; for-you, if left out.",
    )
    is_in_force = serializers.SerializerMethodField()

    class Meta:
        model = Rule
        fields = ["id", "url", "says", "surfaces", "is_in_force", *PARTS, "changed_at"]

    def get_is_in_force(self, rule: Rule) -> bool:
        return rule.is_in_force(at=timezone.now())

    def wanted(self) -> Rule:
        """The rule as it was sent, checked as in the admin, and not saved."""
        said = dict(self.validated_data)
        rule: Rule = self.instance or Rule()
        if "surfaces" in said:
            chosen = said.pop("surfaces")
            said |= {surface.switch: surface.value in chosen for surface in Surface}
        for name, value in said.items():
            setattr(rule, name, value)
        check(rule, names=CALLED)
        return rule


class DifferenceSerializer(serializers.Serializer[changes.Difference]):
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class ChangeSerializer(serializers.ModelSerializer[RuleChange]):
    """What somebody made of a rule."""

    by = serializers.CharField(source="by.username", default=None, read_only=True, allow_null=True)
    differences = serializers.SerializerMethodField()

    class Meta:
        model = RuleChange
        fields = ["id", "at", "by", "back_to", "differences"]

    def get_differences(self, change: RuleChange) -> list[dict[str, str]]:
        found: Any = changes.differences(change)
        return list(DifferenceSerializer(found, many=True).data)


RULES = Rule.objects.select_related("item", "attribute")


@extend_schema_view(
    get=extend_schema(
        operation_id="rules_list",
        summary="The site's rules",
        description="Those that are switched on first, the newest first.",
        responses={200: RuleSerializer(many=True)},
        tags=TAGS,
    ),
)
class RulesView(generics.ListAPIView[Rule]):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    serializer_class = RuleSerializer
    queryset = RULES
    table = "rule"
    rights = {"POST": ("add",)}

    @extend_schema(
        operation_id="rules_create",
        summary="Write a rule",
        description="It holds from the next list on, unless it begins later or is switched off.",
        responses={201: RuleSerializer},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        serializer = RuleSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        rule = serializer.wanted()
        _save(request, rule, ADDITION)
        return Response(self.get_serializer(rule).data, status.HTTP_201_CREATED)


@extend_schema_view(
    get=extend_schema(
        operation_id="rules_retrieve",
        summary="One rule",
        responses={200: RuleSerializer},
        tags=TAGS,
    ),
)
class RuleView(generics.RetrieveAPIView[Rule]):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    serializer_class = RuleSerializer
    queryset = RULES
    table = "rule"

    @extend_schema(
        operation_id="rules_change",
        summary="Change a rule",
        request=RuleSerializer(partial=True),
        responses={200: RuleSerializer},
        tags=TAGS,
    )
    def patch(self, request: Request, pk: int) -> Response:
        serializer = RuleSerializer(
            self.get_object(),
            data=request.data,
            partial=True,
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        rule = serializer.wanted()
        _save(request, rule, CHANGE)
        return Response(self.get_serializer(rule).data)

    @extend_schema(
        operation_id="rules_switch_off",
        summary="Switch a rule off",
        description="It is kept, with its history; `is_on` or a revert switches it on again.",
        responses={204: None},
        tags=TAGS,
    )
    def delete(self, request: Request, pk: int) -> Response:
        rule = self.get_object()
        rule.is_on = False
        _save(request, rule, CHANGE)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    get=extend_schema(
        operation_id="rules_changes",
        summary="What became of a rule, the latest change first",
        responses={200: ChangeSerializer(many=True)},
        tags=TAGS,
    ),
)
class ChangesView(generics.ListAPIView[RuleChange]):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    serializer_class = ChangeSerializer
    table = "rule"

    def get_queryset(self) -> QuerySet[RuleChange]:
        if getattr(self, "swagger_fake_view", False):
            return RuleChange.objects.none()
        return get_object_or_404(Rule, pk=self.kwargs["pk"]).changes.select_related("by")


class RevertView(APIView):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "rule"

    @extend_schema(
        operation_id="rules_revert",
        summary="Let a rule say again what it said after a change",
        description="A change like any other: checked, kept, and to be taken back itself.",
        request=None,
        responses={200: RuleSerializer},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int, change: int) -> Response:
        kept = RuleChange.objects.select_related("rule")
        known = get_object_or_404(kept, pk=change, rule=pk)
        by: Any = request.user
        try:
            with transaction.atomic():
                made = changes.revert(known, by=by)
                if made is not None:
                    words = _("Says again what it said after change %(number)d.")
                    log(request, known.rule, CHANGE, words % {"number": change})
        except Refused as error:
            raise serializers.ValidationError({"non_field_errors": error.messages}) from None
        return Response(RuleSerializer(known.rule, context={"request": request}).data)


@transaction.atomic
def _save(request: Request, rule: Rule, flag: int) -> None:
    """Kept with what it said before, and in the admin's history."""
    by: Any = request.user
    if changes.save(rule, by=by) is not None:
        log(request, rule, flag, _("Through the API."))
