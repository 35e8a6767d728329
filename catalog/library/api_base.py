"""What addresses of lists, reviews and public pages share: who asks, and how refusals are told."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.settings import api_settings

from catalog.models import Person
from catalog.own import writing
from catalog.people import acting_person, current_person
from catalog.tokens.scopes import PROFILE, READ, Services, allow

M = TypeVar("M", bound=Model)
CHANGED = {412: OpenApiResponse(description="It was changed since you read it.")}


class LibraryView(generics.GenericAPIView[M]):
    """A view on what people make: what is not theirs, or gone, is not there (404)."""

    filter_backends = []

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, writing.Refused):
            field = exc.field or api_settings.NON_FIELD_ERRORS_KEY
            exc = ValidationError({field: [str(exc)]})
        elif isinstance(exc, ObjectDoesNotExist):
            exc = Http404()
        return super().handle_exception(exc)

    def me(self) -> Person | None:
        """Who asks; None for somebody who has not done anything yet."""
        return current_person(self.request)

    def acting(self) -> Person:
        return acting_person(self.request)

    def sent(self, form: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        checked = form(data=self.request.data, partial=partial)
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    def shown(self, row: Any, form: type[BaseSerializer[Any]] | None = None) -> Any:
        """What an answer says of a row."""
        return (form or self.get_serializer_class())(
            row, context=self.get_serializer_context()
        ).data

    def pages(self, rows: Any) -> Response:
        """The rows, page by page."""
        page = self.paginate_queryset(rows)
        shown = self.get_serializer(page, many=True).data
        return self.get_paginated_response(shown)


class OwnView(LibraryView[M]):
    """One's own: of accounts, and of people of a service."""

    access = allow(
        GET=READ,
        **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), PROFILE),
        services=Services.FOR_PEOPLE,
    )
    permission_classes = [IsAuthenticated]


class PublicView(LibraryView[M]):
    """What others made public, as far as whoever asks may see it."""

    access = allow(GET=READ, services=Services.BOTH)
    permission_classes = [AllowAny]
