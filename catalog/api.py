"""The catalogue for programs: items for all, and what you did to them for yourself.

Rows of other people do not exist here: every list and look-up begins with the person who asks.
All writes go through `services` (events) and `curation` (items).
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from catalog import curation, services
from catalog.api_private import KeptPrivate
from catalog.api_search import FoundItemSerializer, Searched, SearchPages
from catalog.api_words import GONE, ITEM_ID, documented
from catalog.arriving.waiting import items_were_added
from catalog.choosing import CHOSEN, chosen_fields, fields_parameter
from catalog.conditional import check_if_match
from catalog.filters import ItemFilter
from catalog.models import Item, ItemAttribute, ItemView, Person, Rating, ShelfEntry
from catalog.people import acting_person, current_person
from catalog.serializers import (
    ItemSerializer,
    ItemWriteSerializer,
    NewRatingSerializer,
    NewShelfEntrySerializer,
    NewViewSerializer,
    RatingSerializer,
    RecordedSerializer,
    ShelfEntrySerializer,
    ShelfSerializer,
    StarsSerializer,
    ViewSerializer,
)
from catalog.tokens.scopes import CATALOGUE, EVENTS, READ, Services, allow

ID = "[0-9]{1,18}"
READING = ("list", "retrieve")
WRITING = ("POST", "PUT", "PATCH", "DELETE")
ITEM_CHANGED = {200: ItemSerializer, 412: OpenApiResponse(description="It was changed since.")}


@extend_schema_view(
    list=extend_schema(
        summary="Items",
        description="Searched, narrowed down and ordered; withdrawn ones left out.",
        parameters=[fields_parameter(FoundItemSerializer.Meta.fields)],
    ),
    retrieve=extend_schema(
        summary="One item, whole", parameters=[fields_parameter(ItemSerializer.Meta.fields)]
    ),
    create=extend_schema(
        summary="Add an item (staff)", request=ItemWriteSerializer, responses={201: ItemSerializer}
    ),
    partial_update=extend_schema(
        summary="Change an item (staff)", request=ItemWriteSerializer, responses=ITEM_CHANGED
    ),
    update=extend_schema(
        summary="Replace an item (staff)",
        description="What is not named is as of a new item, save its key and when it was added.",
        request=ItemWriteSerializer,
        responses=ITEM_CHANGED,
    ),
    destroy=extend_schema(
        summary="Withdraw an item (staff)",
        description="It is shown nowhere, and kept; a PATCH of `is_listed` shows it again.",
        responses={204: None, 412: ITEM_CHANGED[412]},
    ),
)
@extend_schema(tags=["items"])
class ItemViewSet(Searched, viewsets.ModelViewSet[Item]):
    access = allow(GET=READ, **dict.fromkeys(WRITING, CATALOGUE), services=Services.BOTH)
    lookup_value_regex = ID
    neutral_for = 60
    http_method_names = ["get", "post", "put", "patch", "delete", "head", "options"]
    filterset_class = ItemFilter
    pagination_class = SearchPages

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.action in (*READING, "metadata", None) else [IsAdminUser()]

    def get_queryset(self) -> QuerySet[Item]:
        if self.action == "list":
            return Item.objects.listed().cards()
        links = ItemAttribute.objects.select_related("attribute").order_by("position", "pk")
        items = Item.objects.all() if self.request.user.is_staff else Item.objects.listed()
        return items.prefetch_related(Prefetch("item_attributes", links), "outside_ids")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_serializer_context(self) -> dict[str, Any]:
        context = {**super().get_serializer_context()}
        if self.action in READING:
            known = self.get_serializer_class().Meta.fields  # type: ignore[attr-defined]
            context[CHOSEN] = chosen_fields(self.request, known)
        return context

    def get_serializer_class(self) -> type[BaseSerializer[Item]]:
        if self.action == "list":
            return FoundItemSerializer
        return ItemSerializer if self.action == "retrieve" else ItemWriteSerializer

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._written(None, request, status.HTTP_201_CREATED)

    @transaction.atomic
    def update(
        self, request: Request, *args: Any, partial: bool = False, **kwargs: Any
    ) -> Response:
        return self._written(self._as_read(), request, status.HTTP_200_OK, is_partial=partial)

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        curation.list_items(Item.objects.filter(pk=self._as_read().pk), are_listed=False)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _as_read(self) -> Item:
        """The item, held until it is written; 412 where `If-Match` says that it was another."""
        Item.objects.select_for_update().filter(pk=self.kwargs["pk"]).first()
        item = self.get_object()
        shown = ItemSerializer(item, context=self.get_serializer_context())
        check_if_match(self.request, shown.data)
        return item

    def _written(
        self, item: Item | None, request: Request, code: int, *, is_partial: bool = True
    ) -> Response:
        is_partial = is_partial and item is not None
        serializer = self.get_serializer(item, data=request.data, partial=is_partial)
        serializer.is_valid(raise_exception=True)
        saved = serializer.save()
        if item is None:
            transaction.on_commit(items_were_added)
        whole = self.get_queryset().get(pk=saved.pk)
        return Response(ItemSerializer(whole, context=self.get_serializer_context()).data, code)


class OwnRows(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """Rows of whoever asks, found by the item's id."""

    access = allow(GET=READ, **dict.fromkeys(WRITING, EVENTS), services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]
    filter_backends = []
    lookup_field = "item_id"
    lookup_value_regex = ID
    time_field: str

    def own(self) -> QuerySet[Any]:
        """All rows there are, of the person who asks and nobody else."""
        person = current_person(self.request)
        rows = super().get_queryset()
        own = rows.none() if person is None else rows.filter(person=person)
        return own.order_by(f"-{self.time_field}", "-pk")

    def get_queryset(self) -> QuerySet[Any]:
        return self.own().select_related("item").defer("item__description", "item__search_text")

    def me(self) -> Person:
        return acting_person(self.request)

    def listed_item(self) -> Item:
        return get_object_or_404(Item.objects.listed().cards(), pk=self.kwargs["item_id"])

    def own_item(self) -> Item:
        """An item that the person has a row of, withdrawn or not; else 404."""
        row = self.get_queryset().filter(item=self.kwargs["item_id"]).first()
        if row is None:
            raise Http404
        item: Item = row.item
        return item

    def checked(self, form: type[Serializer[Any]]) -> dict[str, Any]:
        serializer = form(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class Replaceable(OwnRows, mixins.RetrieveModelMixin):
    """Rows of which a person has one for each item: PUT and POST set it, DELETE takes it back."""

    new_form: type[Serializer[Any]]
    value_form: type[Serializer[Any]]

    def create(self, request: Request) -> Response:
        said = self.checked(self.new_form)
        return self._set(said.pop("item"), said)

    def update(self, request: Request, item_id: str) -> Response:
        return self._set(self.listed_item(), self.checked(self.value_form))

    def _set(self, item: Item, said: dict[str, Any]) -> Response:
        person = self.me()
        is_new = not self.own().filter(item=item).exists()
        try:
            row = self.write(person, item, said)
        except services.BadEvent as error:
            raise ValidationError({next(iter(said)): [str(error)]}) from None
        row.item = item
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.get_serializer(row).data, code)

    def write(self, person: Person, item: Item, said: dict[str, Any]) -> Any:
        raise NotImplementedError


@documented("ratings", NewRatingSerializer, StarsSerializer, RatingSerializer)
@extend_schema(tags=["me"])
class RatingViewSet(KeptPrivate, Replaceable):
    queryset = Rating.objects.all()
    serializer_class = RatingSerializer
    new_form, value_form, time_field = NewRatingSerializer, StarsSerializer, "rated_at"

    def write(self, person: Person, item: Item, said: dict[str, Any]) -> Rating:
        return services.rate_item(person, item, stars=float(said["stars"]))

    def destroy(self, request: Request, item_id: str) -> Response:
        services.take_back_rating(self.me(), self.own_item())
        return Response(status=status.HTTP_204_NO_CONTENT)


@documented("shelves", NewShelfEntrySerializer, ShelfSerializer, ShelfEntrySerializer)
@extend_schema(tags=["me"])
class ShelfViewSet(KeptPrivate, Replaceable):
    queryset = ShelfEntry.objects.all()
    serializer_class = ShelfEntrySerializer
    new_form, value_form, time_field = NewShelfEntrySerializer, ShelfSerializer, "shelved_at"

    def write(self, person: Person, item: Item, said: dict[str, Any]) -> ShelfEntry:
        return services.shelve_item(person, item, shelf=said["shelf"])

    def destroy(self, request: Request, item_id: str) -> Response:
        services.unshelve_item(self.me(), self.own_item())
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    list=extend_schema(summary="Your views", description="Newest first."),
    create=extend_schema(
        summary="Say that you looked at an item",
        description="Counts once in 30 minutes.",
        request=NewViewSerializer,
        responses={200: RecordedSerializer, 201: RecordedSerializer},
    ),
    destroy=extend_schema(
        summary="Forget all your views of an item", parameters=[ITEM_ID], responses=GONE
    ),
)
@extend_schema(tags=["me"])
class ViewViewSet(OwnRows):
    queryset = ItemView.objects.all()
    serializer_class = ViewSerializer
    time_field = "viewed_at"

    def create(self, request: Request) -> Response:
        item = self.checked(NewViewSerializer)["item"]
        recorded = services.record_view(self.me(), item)
        code = status.HTTP_201_CREATED if recorded else status.HTTP_200_OK
        return Response({"recorded": recorded}, code)

    def destroy(self, request: Request, item_id: str) -> Response:
        services.forget_views(self.me(), self.own_item())
        return Response(status=status.HTTP_204_NO_CONTENT)
