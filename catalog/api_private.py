"""One rating or shelf entry that its person keeps out of every model and number."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import privacy
from catalog.api_words import ITEM_ID
from catalog.strict import StrictSerializer


class KeepPrivateSerializer(StrictSerializer):
    is_private = serializers.BooleanField(
        help_text="True: no model learns from it, and no number counts it."
    )


class KeptPrivate:
    """A set of one's own rows that takes PATCH with `is_private`."""

    @extend_schema(
        summary="Keep that of an item private, or no longer",
        request=KeepPrivateSerializer,
        parameters=[ITEM_ID],
        responses={200: KeepPrivateSerializer},
    )
    def partial_update(self, request: Request, item_id: str) -> Response:
        own: Any = self
        row = get_object_or_404(own.get_queryset(), item=item_id)
        asked = KeepPrivateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        privacy.keep_private(row, is_private=asked.validated_data["is_private"])
        return Response({"is_private": row.is_private})
