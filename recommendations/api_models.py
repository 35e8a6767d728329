"""Models for programs of staff: which one is live, which is tried, which are kept; and the buttons.

Whoever may see runs in the admin reads them here; whoever may change them makes one live, rolls
back, and starts or ends a trial. What makes no sense is answered with 409 and a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api_staff import CONFLICT
from catalog.bodies import Conflict
from catalog.strict import StrictSerializer
from recommendations import canary, services
from recommendations.api_staff import GOVERNED, AsInTheAdmin
from recommendations.models import ModelRun

TAGS = ["models"]
ROLES = ["live", "canary", "kept"]


class ModelSerializer(serializers.ModelSerializer[ModelRun]):
    """A model that could answer: the one of a training that ended well, and is kept."""

    run = serializers.HyperlinkedIdentityField(view_name="api-model-run")
    role = serializers.SerializerMethodField(
        help_text="live answers; canary is tried on a share of people; kept could be made live."
    )
    model = serializers.CharField(source="label", read_only=True)
    kind = serializers.CharField(source="chosen", read_only=True)

    class Meta:
        model = ModelRun
        fields = (
            *("id", "run", "role", "model", "kind", "finished_at", "cut_off", "event_count"),
            *("item_count", "person_count", "live_from", "live_until", "canary_share"),
            *("canary_since", "canary_outcome", "artifact_problem"),
        )
        read_only_fields = fields

    def get_role(self, run: ModelRun) -> str:
        return "live" if run.is_live else "canary" if run.canary_share else "kept"


class CanarySerializer(StrictSerializer):
    """Which model is tried, on how many per cent of people."""

    model = serializers.PrimaryKeyRelatedField(queryset=ModelRun.objects.servable())
    share = serializers.IntegerField(min_value=1, max_value=canary.MOST_SHARE)


@extend_schema_view(
    get=extend_schema(
        operation_id="models_list",
        summary="Models that are live, tried or kept",
        description="The live one first, then one that is tried, then the newest.",
        responses={200: ModelSerializer(many=True)},
        tags=TAGS,
    )
)
class ModelsView(generics.ListAPIView[ModelRun]):
    queryset = (
        ModelRun.objects.servable()
        .defer("figures", "log")
        .order_by("-is_live", "-canary_share", "-pk")
    )
    serializer_class = ModelSerializer
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "modelrun"


class _Act(APIView):
    """A change of what is live, answered with the model that it is about."""

    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "modelrun"

    def shown(self, run: ModelRun) -> Response:
        run.refresh_from_db()
        return Response(ModelSerializer(run, context={"request": self.request}).data)


class MakeLiveView(_Act):
    @extend_schema(
        operation_id="models_make_live",
        summary="Make a model live",
        description="Every process answers with it from its next request on; a trial ends.",
        request=None,
        responses={200: ModelSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int) -> Response:
        run = get_object_or_404(ModelRun, pk=pk)
        with _or_conflict():
            services.make_live(run)
        return self.shown(run)


class RollBackView(_Act):
    @extend_schema(
        operation_id="models_roll_back",
        summary="Go back to the model before the live one",
        request=None,
        responses={200: ModelSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        with _or_conflict():
            return self.shown(services.roll_back())


class CanaryView(_Act):
    @extend_schema(
        operation_id="models_canary_start",
        summary="Try a model on a share of people",
        request=CanarySerializer,
        responses={200: ModelSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        asked = CanarySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run: ModelRun = asked.validated_data["model"]
        with _or_conflict():
            canary.start_canary(run, share=asked.validated_data["share"])
        return self.shown(run)

    @extend_schema(
        operation_id="models_canary_drop",
        summary="End the trial: the live model answers everybody",
        responses={204: None, **CONFLICT},
        tags=TAGS,
    )
    def delete(self, request: Request) -> Response:
        if not canary.drop_canary(_("An operator dropped it.")):
            raise Conflict(_("No model was being tried."))
        return Response(status=204)


class PromoteView(_Act):
    @extend_schema(
        operation_id="models_canary_promote",
        summary="Make the model that is tried live for everybody",
        request=None,
        responses={200: ModelSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        with _or_conflict():
            return self.shown(canary.promote_canary(_("An operator made it live.")))


class CancelView(APIView):
    access = GOVERNED
    permission_classes = [AsInTheAdmin]
    table = "modelrun"

    @extend_schema(
        operation_id="model_runs_cancel",
        summary="End a training that waits or is under way",
        request=None,
        responses={204: None, **CONFLICT},
        tags=["trainings"],
    )
    def post(self, request: Request, pk: int) -> Response:
        if not services.cancel(get_object_or_404(ModelRun, pk=pk)):
            raise Conflict(_("The run was over already."))
        return Response(status=204)


@contextmanager
def _or_conflict() -> Iterator[None]:
    try:
        yield
    except services.CannotServe as reason:
        raise Conflict(str(reason)) from None
