"""Attributes for programs: genres, creators, tags, and how many listed items have each.

Anybody reads them. Whoever may add, change or delete attributes in the admin does so here, with the
same checks; the texts of their items follow.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog import curation
from catalog.api import ID
from catalog.filters import AttributeFilter
from catalog.models import Attribute
from catalog.serializers import check_words
from catalog.strict import StrictSerializer
from catalog.tokens.scopes import CATALOGUE, READ, Services, allow

RIGHTS = {"POST": "add", "PATCH": "change", "DELETE": "delete"}


class MayDealWithAttributes(BasePermission):
    """Staff who hold the admin's permission."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        right = RIGHTS.get(request.method or "", "change")
        return bool(request.user.is_staff) and request.user.has_perm(f"catalog.{right}_attribute")


class AttributeSerializer(StrictSerializer, serializers.ModelSerializer[Attribute]):
    """Something items share, and how many of those that are listed have it."""

    items = serializers.IntegerField(source="number", read_only=True, default=0)

    class Meta:
        model = Attribute
        fields = ["id", "kind", "name", "items"]

    def validate_kind(self, kind: str) -> str:
        check_words(curation.check_kind, [kind])
        return kind

    def validate_name(self, name: str) -> str:
        check_words(curation.check_name, [name])
        return name


@extend_schema_view(
    list=extend_schema(
        summary="Attributes", description="Genres, creators, tags and the like, by kind and name."
    ),
    retrieve=extend_schema(summary="One attribute"),
    create=extend_schema(summary="Add an attribute (staff)", responses={201: AttributeSerializer}),
    partial_update=extend_schema(
        summary="Rename an attribute (staff)",
        description="All items that have it follow.",
        responses={200: AttributeSerializer},
    ),
    destroy=extend_schema(
        summary="Delete an attribute (staff)",
        description="No item has it any more.",
        responses={204: None},
    ),
)
@extend_schema(tags=["items"])
class AttributeViewSet(viewsets.ModelViewSet[Attribute]):
    access = allow(
        GET=READ, POST=CATALOGUE, PATCH=CATALOGUE, DELETE=CATALOGUE, services=Services.BOTH
    )
    neutral_for = 60
    lookup_value_regex = ID
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    serializer_class = AttributeSerializer
    filterset_class = AttributeFilter

    def get_permissions(self) -> list[BasePermission]:
        is_read = self.request.method in SAFE_METHODS
        return [AllowAny()] if is_read else [MayDealWithAttributes()]

    def get_queryset(self) -> QuerySet[Attribute]:
        listed = Count("item_attributes", filter=Q(item_attributes__item__is_listed=True))
        return Attribute.objects.annotate(number=listed).order_by("kind", "name")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def perform_update(self, serializer: serializers.BaseSerializer[Attribute]) -> None:
        curation.refresh_items_with(serializer.save())

    def perform_destroy(self, instance: Attribute) -> None:
        curation.delete_attributes(Attribute.objects.filter(pk=instance.pk))
