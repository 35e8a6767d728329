"""Experiments for programs of staff: read, written, started, ramped up, stopped.

Whoever may view experiments in the admin reads them here; whoever may add them writes one, whoever
may change them starts and stops. A winner is applied in the admin only, by a person.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import generics, serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.bodies import Conflict
from catalog.strict import StrictSerializer
from catalog.tokens.scopes import GOVERN, allow
from recommendations.experimenting import running
from recommendations.experimenting.judging import Judged, judged
from recommendations.experiments.checking import problems_of_arms
from recommendations.experiments.model import RAMP, Arm
from recommendations.models import Experiment, ModelRun

CONFLICT = {409: OpenApiResponse(description="It makes no sense now; `detail` says why.")}
TAGS = ["experiments"]


class MayDealWithExperiments(BasePermission):
    """Staff who hold the permission that the method takes."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        wanted: tuple[str, ...] = ("view", "change", "add")
        if request.method not in SAFE_METHODS:
            wanted = getattr(view, "writes_with", ("change",))
        return bool(request.user.is_staff) and any(
            request.user.has_perm(f"recommendations.{right}_experiment") for right in wanted
        )


class ArmSerializer(StrictSerializer, serializers.ModelSerializer[Arm]):
    letter = serializers.CharField(read_only=True)
    run = serializers.PrimaryKeyRelatedField(
        queryset=ModelRun.objects.servable(), required=False, allow_null=True
    )

    class Meta:
        model = Arm
        fields = ["letter", "name", "changes", "run", "stopped_at", "stopped_because"]
        read_only_fields = ["stopped_at", "stopped_because"]


class ExperimentSerializer(StrictSerializer, serializers.ModelSerializer[Experiment]):
    """An experiment as it is written; its arms are what it compares, the first changes nothing."""

    arms = ArmSerializer(many=True)
    url = serializers.HyperlinkedIdentityField(view_name="api-experiment")

    class Meta:
        model = Experiment
        fields = [
            *("id", "url", "name", "why", "surface", "design", "metric", "per", "window_days"),
            *("guards_dismissals", "guards_seen", "share", "created_at", "started_at"),
            *("stopped_at", "outcome", "arms"),
        ]
        read_only_fields = ["share", "created_at", "started_at", "stopped_at", "outcome"]

    def create(self, said: dict[str, Any]) -> Experiment:
        """Checked as in the admin; all of it or nothing."""
        arms = said.pop("arms")
        experiment = Experiment(**said)
        made = [Arm(experiment=experiment, place=at, **arm) for at, arm in enumerate(arms[:4])]
        found: dict[str, Any] = {}
        try:
            experiment.clean()
            for arm in made:
                arm.clean()
        except Refused as error:
            found = {name: list(words) for name, words in error.message_dict.items()}
            if "changes" in found or "run" in found:
                found = {"arms": [words for own in found.values() for words in own]}
        is_interleaved = experiment.is_interleaved
        many = made if len(arms) <= 4 else [*made, Arm(experiment=experiment)]
        if not found and (words := problems_of_arms(many, is_interleaved=is_interleaved)):
            found = {"arms": [words]}
        if found:
            raise serializers.ValidationError(found)
        with transaction.atomic():
            experiment.save()
            for arm in made:
                arm.experiment = experiment
                arm.save()
            running.note(experiment, _("Written."), by=self.context["request"].user)
        return experiment


class StandingSerializer(serializers.Serializer[Any]):
    """An arm against the first one, at 95 %, at any look."""

    arm = serializers.CharField(source="arm.letter")
    people = serializers.IntegerField()
    value = serializers.SerializerMethodField()
    difference = serializers.SerializerMethodField()
    low = serializers.SerializerMethodField()
    high = serializers.SerializerMethodField()

    def get_value(self, one: Any) -> float | None:
        return one.value if isfinite(one.value) else None

    def get_difference(self, one: Any) -> float | None:
        return one.interval.value if one.interval.is_known else None

    def get_low(self, one: Any) -> float | None:
        return one.interval.low if one.interval.is_known else None

    def get_high(self, one: Any) -> float | None:
        return one.interval.high if one.interval.is_known else None


class JudgedSerializer(serializers.Serializer[Any]):
    says = serializers.CharField(source="sentence")
    is_uneven = serializers.BooleanField()
    arms = StandingSerializer(many=True, source="standings")


class ExperimentDetailSerializer(ExperimentSerializer):
    standing = serializers.SerializerMethodField()

    class Meta(ExperimentSerializer.Meta):
        fields = [*ExperimentSerializer.Meta.fields, "standing"]

    @extend_schema_field(JudgedSerializer)
    def get_standing(self, experiment: Experiment) -> Any:
        found: Judged = judged(experiment)
        return JudgedSerializer(found).data


class ShareSerializer(StrictSerializer):
    share = serializers.ChoiceField(
        choices=RAMP, help_text="Per cent of people; the first one starts it, and it only grows."
    )


class StopSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=500, required=False, default="")


@extend_schema_view(
    get=extend_schema(
        operation_id="experiments_list",
        summary="Experiments, newest first",
        responses={200: ExperimentSerializer(many=True)},
        tags=TAGS,
    ),
    post=extend_schema(
        operation_id="experiments_create",
        summary="Write an experiment",
        description="It does not run before it is given a share of people.",
        responses={201: ExperimentSerializer},
        tags=TAGS,
    ),
)
class ExperimentsView(generics.ListCreateAPIView[Experiment]):
    queryset = Experiment.objects.prefetch_related("arms")
    serializer_class = ExperimentSerializer
    access = allow(GET=GOVERN, POST=GOVERN)
    permission_classes = [MayDealWithExperiments]
    writes_with = ("add",)


@extend_schema_view(
    get=extend_schema(
        operation_id="experiments_retrieve",
        summary="One experiment, and what it says by now",
        responses={200: ExperimentDetailSerializer},
        tags=TAGS,
    ),
    delete=extend_schema(
        operation_id="experiments_delete",
        summary="Delete an experiment that never ran",
        responses={204: None, **CONFLICT},
        tags=TAGS,
    ),
)
class ExperimentView(generics.RetrieveDestroyAPIView[Experiment]):
    queryset = Experiment.objects.prefetch_related("arms")
    serializer_class = ExperimentDetailSerializer
    access = allow(GET=GOVERN, DELETE=GOVERN)
    permission_classes = [MayDealWithExperiments]
    writes_with = ("delete",)

    def perform_destroy(self, instance: Experiment) -> None:
        try:
            running.delete(instance)
        except running.CannotRun as reason:
            raise Conflict(str(reason)) from None


class _Act(APIView):
    """A change of one experiment, answered with what it is now; 409 where it makes no sense."""

    access = allow(GET=GOVERN, POST=GOVERN)
    permission_classes = [MayDealWithExperiments]

    def changed(self, request: Request, pk: int, said: dict[str, Any]) -> Response:
        experiment = get_object_or_404(Experiment, pk=pk)
        try:
            self.act(experiment, said, request.user)
        except running.CannotRun as reason:
            raise Conflict(str(reason)) from None
        experiment = Experiment.objects.prefetch_related("arms").get(pk=pk)
        return Response(ExperimentDetailSerializer(experiment, context={"request": request}).data)

    def act(self, experiment: Experiment, said: dict[str, Any], by: Any) -> None:
        raise NotImplementedError


class ShareView(_Act):
    @extend_schema(
        operation_id="experiments_share",
        summary="Start an experiment, or give it more people",
        request=ShareSerializer,
        responses={200: ExperimentDetailSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int) -> Response:
        asked = ShareSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.changed(request, pk, asked.validated_data)

    def act(self, experiment: Experiment, said: dict[str, Any], by: Any) -> None:
        if experiment.started_at is None:
            running.start(experiment, by=by, share=said["share"])
        else:
            running.ramp(experiment, share=said["share"], by=by)


class StopView(_Act):
    @extend_schema(
        operation_id="experiments_stop",
        summary="Stop an experiment: everybody gets the default again",
        request=StopSerializer,
        responses={200: ExperimentDetailSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int) -> Response:
        asked = StopSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.changed(request, pk, asked.validated_data)

    def act(self, experiment: Experiment, said: dict[str, Any], by: Any) -> None:
        reason = said["reason"] or _("A program of staff stopped it.")
        running.stop(experiment, reason, by=by)
