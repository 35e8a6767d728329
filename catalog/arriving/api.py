"""One's own imports for programs: bring a file, look at what it means, take it in, take it back.

As on the pages: nothing changes before it is taken in, and another's import is not there (404).
The file comes as a form (multipart/form-data), the one body here that is no JSON.
"""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.arriving import deciding
from catalog.arriving.api_forms import (
    ChoiceSerializer,
    ImportRowSerializer,
    ImportSerializer,
    NewImportSerializer,
    RowFilter,
    TakeSerializer,
    WholeImportSerializer,
)
from catalog.arriving.archives import MAX_UPLOAD, Unreadable, is_too_long, too_large
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.arriving.receiving import MAX_ROWS, receive
from catalog.bodies import Conflict, TooLarge
from catalog.library.api_base import OwnView
from catalog.tokens.scopes import EVENTS, READ, Services, allow

TAGS = ["imports"]
CONFLICT = {409: OpenApiResponse(description="It makes no sense now; `detail` says why.")}


class ImportsBase(OwnView[Any]):
    access = allow(GET=READ, POST=EVENTS, PATCH=EVENTS, DELETE=EVENTS, services=Services.FOR_PEOPLE)
    queryset: Any = Arrival.objects.none()
    serializer_class: Any = WholeImportSerializer

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Unreadable):
            exc = ValidationError({"file": [str(exc)]})
        elif isinstance(exc, deciding.NotNow):
            exc = Conflict(str(exc))
        return super().handle_exception(exc)

    def own(self, pk: int) -> Arrival:
        mine = deciding.own_arrivals(self.me()).select_related("person")
        return get_object_or_404(mine, pk=pk)

    def answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.shown(self.own(pk), WholeImportSerializer), code)


class ImportsView(ImportsBase):
    serializer_class = ImportSerializer

    def get_parsers(self) -> list[BaseParser]:
        return [MultiPartParser()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if is_too_long(request.META.get("CONTENT_LENGTH")):
            raise TooLarge(str(too_large(_("The file"))))
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="me_imports",
        summary="Your imports",
        description="Newest first.",
        responses={200: ImportSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return self.pages(deciding.own_arrivals(self.me()))

    @extend_schema(
        operation_id="me_imports_bring",
        summary="Bring a file of another site",
        description=(
            "A preview of what it means; nothing changes before it is taken in. What was only "
            f"previewed before makes way. At most {MAX_UPLOAD // 1_000_000} MB and {MAX_ROWS:,} "
            "rows."
        ),
        request={"multipart/form-data": NewImportSerializer},
        responses={201: WholeImportSerializer},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        form: Any = request.data  # with no body at all it is a plain dict
        sent = NewImportSerializer(data=dict(form.items()))
        sent.is_valid(raise_exception=True)
        file = sent.validated_data["file"]
        content = cast(BinaryIO, file.file)
        arrival = receive(self.acting(), content, name=file.name or "", size=file.size)
        return self.answer(arrival.pk, status.HTTP_201_CREATED)


class ImportView(ImportsBase):
    @extend_schema(
        operation_id="me_import",
        summary="One of your imports, and what became of it",
        responses={200: WholeImportSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(pk)

    @extend_schema(
        operation_id="me_import_forget",
        summary="Remove an import",
        description="What was taken in stays, and can be undone no more.",
        responses={204: None, **CONFLICT},
        tags=TAGS,
    )
    def delete(self, request: Request, pk: int) -> Response:
        deciding.forget(self.own(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TakeView(ImportsBase):
    @extend_schema(
        operation_id="me_import_take",
        summary="Take an import in",
        description=(
            "A large one is taken in by a worker: 202, and `status` says when it is done. What is "
            "not found waits, and is taken in when such an item is added."
        ),
        request=TakeSerializer,
        responses={200: WholeImportSerializer, 202: WholeImportSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int) -> Response:
        said = self.sent(TakeSerializer)
        arrival = self.own(pk)
        deciding.take(arrival, policy=said["policy"])
        arrival.refresh_from_db(fields=["status"])
        is_under_way = arrival.status == Arrival.Status.WAITING
        return self.answer(pk, status.HTTP_202_ACCEPTED if is_under_way else status.HTTP_200_OK)


class UndoView(ImportsBase):
    @extend_schema(
        operation_id="me_import_undo",
        summary="Undo an import",
        description="Everything is as it was before; what you changed since is left, and counted.",
        request=None,
        responses={200: WholeImportSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int) -> Response:
        deciding.undo(self.own(pk))
        return self.answer(pk)


class RowsView(ImportsBase):
    queryset = ArrivalRow.objects.none()
    serializer_class = ImportRowSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = RowFilter

    @extend_schema(
        operation_id="me_import_rows",
        summary="What an import speaks of, thing by thing",
        description="In the order of the file; unreadable rows come last.",
        responses={200: ImportRowSerializer(many=True)},
        filters=True,
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.pages(self.filter_queryset(deciding.rows_of(self.own(pk))))


class RowView(ImportsBase):
    queryset = ArrivalRow.objects.none()
    serializer_class = ImportRowSerializer

    @extend_schema(
        operation_id="me_import_row",
        summary="One thing that an import speaks of",
        responses={200: ImportRowSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int, number: int) -> Response:
        return self._answer(self.own(pk), number)

    @extend_schema(
        operation_id="me_import_row_choose",
        summary="Say which item a row means, or leave it out",
        description="Of an import that is taken in, the row is taken in at once.",
        request=ChoiceSerializer,
        responses={200: ImportRowSerializer, **CONFLICT},
        tags=TAGS,
    )
    def patch(self, request: Request, pk: int, number: int) -> Response:
        arrival = self.own(pk)
        row = get_object_or_404(arrival.rows.filter(deciding.READ), number=number)
        said = self.sent(ChoiceSerializer)
        item = said.get("item")
        is_skipped = said.get("is_skipped", row.is_skipped and item is None)
        deciding.choose(arrival, row, item=item, is_skipped=is_skipped)
        return self._answer(arrival, number)

    def _answer(self, arrival: Arrival, number: int) -> Response:
        row = get_object_or_404(deciding.rows_of(arrival), number=number)
        return Response(self.shown(row))
