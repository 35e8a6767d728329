"""What is kept about whoever asks, deleted by kind; and receipts, which know nobody.

A receipt says how much was deleted, and which model was the first that did not read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from catalog import kept
from catalog.people import current_person
from catalog.private import Receipt
from catalog.tokens.scopes import PROFILE, READ, Services, allow
from recommendations.models import ModelRun
from recommendations.receipts import Traces, traces_of


class RunMarkSerializer(serializers.Serializer[ModelRun]):
    """A training, by its number, and when it began."""

    run = serializers.IntegerField(source="pk")
    started_at = serializers.DateTimeField(allow_null=True)


class TracesSerializer(serializers.Serializer[Traces]):
    """What models still know of it."""

    without = RunMarkSerializer(
        allow_null=True, help_text="The first training that did not read it; null until there is."
    )
    anew = RunMarkSerializer(
        allow_null=True, help_text="The first that owes nothing to a model that had, either."
    )
    live = RunMarkSerializer(allow_null=True, help_text="The live model, if it read it.")
    kept = serializers.IntegerField(help_text="Older models that read it, and are kept.")
    is_over = serializers.BooleanField(help_text="Whether no model that is kept learned from it.")


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    """What was deleted, and not whose it was."""

    url = serializers.SerializerMethodField(help_text="Where to look again later.")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many rows, by kind."
    )
    models = serializers.SerializerMethodField(
        help_text="Null where no model ever learned from it."
    )

    class Meta:
        model = Receipt
        fields = ["token", "url", "deleted_at", "counts", "is_account", "was_learned", "models"]

    def get_url(self, receipt: Receipt) -> str:
        return reverse("api-receipt", args=[receipt.token], request=self.context["request"])

    @extend_schema_field(TracesSerializer(allow_null=True))
    def get_models(self, receipt: Receipt) -> Any:
        if not receipt.was_learned:
            return None
        return TracesSerializer(traces_of(receipt.deleted_at)).data


class KeptSerializer(serializers.Serializer[Any]):
    """One kind of rows that the site keeps about you."""

    name = serializers.CharField(source="kind.name")
    label = serializers.CharField(source="kind.label")  # type: ignore[assignment]
    why = serializers.CharField(source="kind.why", help_text="What it is kept for, and how long.")
    is_learned = serializers.BooleanField(
        source="kind.is_learned", help_text="Whether models learn from it."
    )
    count = serializers.IntegerField()


class KeptView(APIView):
    access = allow(GET=READ, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="me_kept",
        summary="What is kept about you",
        description="Every kind of rows, why they are kept, and how many there are.",
        responses={200: KeptSerializer(many=True)},
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        person = current_person(request)
        rows: Iterable[Any] = [{"kind": kind, "count": kind.count(person)} for kind in kept.kinds()]
        return privately(Response(KeptSerializer(rows, many=True).data))


class KeptKindView(APIView):
    access = allow(DELETE=PROFILE, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="me_kept_delete",
        summary="Delete all of one kind",
        description="At once and for good: there is no undo. The answer is a receipt.",
        request=None,
        responses={200: ReceiptSerializer},
        tags=["me"],
    )
    def delete(self, request: Request, name: str) -> Response:
        kind, person = kept.kind_named(name), current_person(request)
        if kind is None or person is None:
            raise Http404
        return receipt_answer(kept.forget_kind(person, kind), request)


class ReceiptView(APIView):
    access = allow(GET=READ, services=Services.BOTH)
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="receipts_retrieve",
        summary="What was deleted, and what models still know of it",
        description="For whoever knows its address; it does not say whose it was.",
        responses={200: ReceiptSerializer},
        tags=["me"],
    )
    def get(self, request: Request, token: UUID) -> Response:
        return receipt_answer(get_object_or_404(Receipt, pk=token), request)


def receipt_answer(receipt: Receipt, request: Request) -> Response:
    return privately(Response(ReceiptSerializer(receipt, context={"request": request}).data))


def privately(response: Response) -> Response:
    """Kept by nobody between here and the program."""
    patch_cache_control(response, private=True, no_store=True)
    return response
