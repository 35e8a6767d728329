"""What the API says of itself: the kinds of its errors."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.tokens.scopes import ANY, Services, allow
from config.api.problems import KINDS, Kind


class KindSerializer(serializers.Serializer[Any]):
    """A kind of error; `type` of an error is the address of its kind."""

    type = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    title = serializers.CharField()
    detail = serializers.CharField(help_text="What to do about it.")


class ProblemsView(APIView):
    authentication_classes = []
    access = allow(GET=ANY, services=Services.BOTH)
    neutral_for = 3600
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="problems",
        summary="The kinds of errors",
        responses=KindSerializer(many=True),
        tags=["about"],
    )
    def get(self, request: Request) -> Response:
        return Response([_shown(status, kind) for status, kind in KINDS.items()])


class ProblemView(APIView):
    authentication_classes = []
    access = allow(GET=ANY, services=Services.BOTH)
    neutral_for = 3600
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="problem",
        summary="One kind of error",
        responses=KindSerializer,
        tags=["about"],
    )
    def get(self, request: Request, kind: str) -> Response:
        for status, one in KINDS.items():
            if one.slug == kind:
                return Response(_shown(status, one))
        raise Http404


def _shown(status: int, kind: Kind) -> dict[str, Any]:
    address = reverse("api-problem", args=[kind.slug])
    return {"type": address, "status": status, "title": kind.title, "detail": kind.cure}
