"""Trainings for programs: what ran, how it went, and asking for one.

For staff only. Whoever may view runs in the admin reads them here, whoever may add or change them
may ask for one. A wish is answered at once with the address where its progress can be read.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.bodies import Conflict
from catalog.tokens.scopes import GOVERN, allow
from recommendations import broker, services
from recommendations.models import ModelRun
from recommendations.serializers import (
    AskedRunSerializer,
    ModelRunDetailSerializer,
    ModelRunSerializer,
    NewRunSerializer,
)

READ = ("view", "change", "add")
ASK = ("change", "add")


class MayDealWithRuns(BasePermission):
    """Staff who hold one of the permissions that the method takes."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        wanted = READ if request.method in SAFE_METHODS else ASK
        return bool(request.user.is_staff) and any(
            request.user.has_perm(f"recommendations.{right}_modelrun") for right in wanted
        )


@extend_schema_view(
    get=extend_schema(
        operation_id="model_runs_list",
        summary="Trainings, newest first",
        responses={200: ModelRunSerializer(many=True)},
        tags=["trainings"],
    )
)
class ModelRunsView(generics.ListAPIView[ModelRun]):
    queryset = ModelRun.objects.select_related("requested_by").defer("figures", "log")
    serializer_class = ModelRunSerializer
    access = allow(GET=GOVERN, POST=GOVERN)
    permission_classes = [MayDealWithRuns]

    @extend_schema(
        operation_id="model_runs_create",
        summary="Ask for a training",
        description=(
            "It begins as soon as a trainer is free, and publishes what wins. `Location` is the "
            "address to read its progress from. Refused with 409 while another one waits or runs."
        ),
        request=NewRunSerializer,
        responses={
            202: AskedRunSerializer,
            409: OpenApiResponse(description="Another one waits or runs."),
        },
        tags=["trainings"],
    )
    def post(self, request: Request) -> Response:
        asked = NewRunSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        mode = ModelRun.Mode.FULL if asked.validated_data["full"] else ModelRun.Mode.AUTO
        by = request.user if request.user.is_authenticated else None
        try:
            run = services.ask(trigger=ModelRun.Trigger.API, by=by, mode=mode)
        except services.Busy as busy:
            raise Conflict(str(busy)) from None
        context: dict[str, Any] = {"request": request, "detail": broker.enqueue(run)}
        answer = AskedRunSerializer(run, context=context).data
        return Response(answer, status.HTTP_202_ACCEPTED, headers={"Location": answer["url"]})


@extend_schema_view(
    get=extend_schema(
        operation_id="model_runs_retrieve",
        summary="One training, with its figures and its log",
        responses={200: ModelRunDetailSerializer},
        tags=["trainings"],
    )
)
class ModelRunView(generics.RetrieveAPIView[ModelRun]):
    queryset = ModelRun.objects.select_related("requested_by")
    serializer_class = ModelRunDetailSerializer
    access = allow(GET=GOVERN, POST=GOVERN)
    permission_classes = [MayDealWithRuns]
