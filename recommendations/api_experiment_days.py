"""What became of an experiment, for programs of staff: day by day, and what was done to it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import User
from catalog.tokens.scopes import GOVERN, allow
from recommendations.api_experiments import TAGS, MayDealWithExperiments
from recommendations.experimenting.pages import DayOfArm, days_of
from recommendations.experiments.model import ExperimentChange
from recommendations.models import Experiment

SUMS = ("sum", "sum_of_squares", "seen", "seen_squared", "sum_times_seen")
SIGNS = ("wins", "losses", "draws")


class DayOfArmSerializer(serializers.Serializer[DayOfArm]):
    """People who came into an arm on one day, and what is known of all until then, at 95 %."""

    day = serializers.DateField(source="row.day")
    arm = serializers.CharField(source="standing.arm.letter")
    people = serializers.IntegerField(source="row.people", help_text="Whose days are over.")
    sums = serializers.SerializerMethodField(help_text="Over these people, by what is counted.")
    signs = serializers.SerializerMethodField(
        help_text="Of interleaved lists, beside the second arm: its wins, the first's, draws."
    )
    difference = serializers.SerializerMethodField(help_text="From the first arm.")
    low = serializers.SerializerMethodField()
    high = serializers.SerializerMethodField()

    def get_sums(self, one: DayOfArm) -> dict[str, dict[str, float]]:
        rows = {name: row for name, row in one.row.sums.items() if name != "signs"}
        return {name: dict(zip(SUMS, row, strict=True)) for name, row in rows.items()}

    def get_signs(self, one: DayOfArm) -> dict[str, int] | None:
        return None if one.signs is None else dict(zip(SIGNS, one.signs, strict=True))

    def _of(self, one: DayOfArm, name: str) -> float | None:
        is_known = one.interval is not None and one.interval.is_known
        return float(getattr(one.interval, name)) if is_known else None

    def get_difference(self, one: DayOfArm) -> float | None:
        return self._of(one, "value")

    def get_low(self, one: DayOfArm) -> float | None:
        return self._of(one, "low")

    def get_high(self, one: DayOfArm) -> float | None:
        return self._of(one, "high")


class ExperimentChangeSerializer(serializers.ModelSerializer[ExperimentChange]):
    """What somebody, or a guardrail, did to an experiment."""

    by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(
        slug_field="username",
        read_only=True,
        allow_null=True,
        help_text="Null where it was a guardrail, or nobody who is known any more.",
    )

    class Meta:
        model = ExperimentChange
        fields = ["at", "by", "said"]
        read_only_fields = fields


class DaysView(APIView):
    access = allow(GET=GOVERN)
    permission_classes = [MayDealWithExperiments]

    @extend_schema(
        operation_id="experiments_days",
        summary="An experiment day by day",
        description="By arm, then by day on which people came in: the admin's table.",
        responses={200: DayOfArmSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        days: Any = days_of(get_object_or_404(Experiment, pk=pk))
        return Response(DayOfArmSerializer(days, many=True).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="experiments_changes",
        summary="What was done to an experiment, the latest first",
        responses={200: ExperimentChangeSerializer(many=True)},
        tags=TAGS,
    ),
)
class ExperimentChangesView(generics.ListAPIView[ExperimentChange]):
    access = allow(GET=GOVERN)
    permission_classes = [MayDealWithExperiments]
    serializer_class = ExperimentChangeSerializer

    def get_queryset(self) -> QuerySet[ExperimentChange]:
        if getattr(self, "swagger_fake_view", False):
            return ExperimentChange.objects.none()
        found = get_object_or_404(Experiment, pk=self.kwargs["pk"])
        return found.changes.select_related("by")
