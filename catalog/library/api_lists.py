"""Lists for programs: one's own, with all that their pages can do, and those that others show.

Another person's list that one may not see is not there (404). All writes go through `own.writing`,
so that what pages refuse is refused here, in the same words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.conditional import check_if_match
from catalog.library.api_base import CHANGED, OwnView, PublicView
from catalog.library.api_forms import (
    EntrySerializer,
    EntryWordsSerializer,
    ListSerializer,
    ListWordsSerializer,
    NewEntrySerializer,
    OwnListSerializer,
)
from catalog.library.selectors import entries_of, own_lists
from catalog.models import Item
from catalog.own import writing
from catalog.own.models import List, ListEntry

TAGS = ["lists"]


class _OwnList(OwnView[List]):
    """One of the lists of whoever asks."""

    queryset = List.objects.none()
    serializer_class = OwnListSerializer

    def mine(self, pk: int) -> List:
        return get_object_or_404(own_lists(self.me()), pk=pk)

    def held(self, pk: int) -> None:
        """Nobody else writes the list until the transaction is over."""
        mine = self.mine(pk)
        writing.own_list(mine.person, mine.pk)

    def answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.shown(self.mine(pk)), code)


class OwnListsView(_OwnList):
    @extend_schema(
        operation_id="me_lists",
        summary="Your lists",
        description="What was changed last comes first.",
        responses={200: OwnListSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return self.pages(own_lists(self.me()))

    @extend_schema(
        operation_id="me_lists_make",
        summary="Make a list",
        description=f"An empty one. There can be {writing.MAX_LISTS} of them.",
        request=ListWordsSerializer,
        responses={201: OwnListSerializer},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        words = writing.ListWords(**self.sent(ListWordsSerializer))
        made = writing.make_list(self.acting(), words)
        return self.answer(made.pk, status.HTTP_201_CREATED)


class OwnListView(_OwnList):
    @extend_schema(
        operation_id="me_list",
        summary="One of your lists",
        responses={200: OwnListSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(pk)

    @extend_schema(
        operation_id="me_list_change",
        summary="Change what a list is called, says, and who may see it",
        description="What is not named stays.",
        request=ListWordsSerializer(partial=True),
        responses={200: OwnListSerializer, **CHANGED},
        tags=TAGS,
    )
    @transaction.atomic
    def patch(self, request: Request, pk: int) -> Response:
        said = self.sent(ListWordsSerializer, partial=True)
        self.held(pk)
        mine = self.mine(pk)
        check_if_match(request, self.shown(mine))
        writing.change_list(self.acting(), pk, replace(writing.ListWords.of(mine), **said))
        return self.answer(pk)

    @extend_schema(
        operation_id="me_list_remove",
        summary="Remove a list",
        description="It can be brought back for an hour, by its address with restore/.",
        responses={204: None, **CHANGED},
        tags=TAGS,
    )
    @transaction.atomic
    def delete(self, request: Request, pk: int) -> Response:
        self.held(pk)
        check_if_match(request, self.shown(self.mine(pk)))
        writing.remove_list(self.acting(), pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RestoreListView(_OwnList):
    @extend_schema(
        operation_id="me_list_restore",
        summary="Bring a list back that you removed in the last hour",
        request=None,
        responses={200: OwnListSerializer, 404: OpenApiResponse(description="It is too late.")},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int) -> Response:
        person = self.me()
        if person is None:
            raise Http404
        writing.restore_list(person, pk)
        return self.answer(pk)


class _OwnEntries(_OwnList):
    serializer_class: Any = EntrySerializer

    def entry(self, pk: int, item: int) -> ListEntry:
        return get_object_or_404(entries_of(self.mine(pk)), item__pk=item)

    def entry_answer(self, pk: int, item: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.shown(self.entry(pk, item)), code)


class OwnEntriesView(_OwnEntries):
    @extend_schema(
        operation_id="me_list_items",
        summary="What is on one of your lists",
        description="In its order; withdrawn items are left out, and keep their places.",
        responses={200: EntrySerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.pages(entries_of(self.mine(pk)))

    @extend_schema(
        operation_id="me_list_items_add",
        summary="Put an item on a list",
        description=(
            "At a position, or at the end. What is on the list already stays as it is (200). "
            f"There can be {writing.MAX_ENTRIES:,} items on a list."
        ),
        request=NewEntrySerializer,
        responses={200: EntrySerializer, 201: EntrySerializer},
        tags=TAGS,
    )
    @transaction.atomic
    def post(self, request: Request, pk: int) -> Response:
        said = self.sent(NewEntrySerializer)
        item: Item = said["item"]
        self.held(pk)
        is_there = entries_of(self.mine(pk)).filter(item=item).exists()
        note, at = said.get("note", ""), said.get("position")
        writing.add_to_list(self.acting(), pk, item, note=note, at=at)
        code = status.HTTP_200_OK if is_there else status.HTTP_201_CREATED
        return self.entry_answer(pk, item.pk, code)


class OwnEntryView(_OwnEntries):
    @extend_schema(
        operation_id="me_list_item",
        summary="An item on one of your lists",
        responses={200: EntrySerializer},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int, item_id: int) -> Response:
        return self.entry_answer(pk, item_id)

    @extend_schema(
        operation_id="me_list_item_change",
        summary="Move an item on a list, or say something about it there",
        description="What is not named stays; the others make room.",
        request=EntryWordsSerializer,
        responses={200: EntrySerializer, **CHANGED},
        tags=TAGS,
    )
    @transaction.atomic
    def patch(self, request: Request, pk: int, item_id: int) -> Response:
        said = self.sent(EntryWordsSerializer)
        item = self._read(request, pk, item_id).item
        if "note" in said:
            writing.note_entry(self.acting(), pk, item, note=said["note"])
        if "position" in said:
            writing.move_entry(self.acting(), pk, item, to=said["position"])
        return self.entry_answer(pk, item_id)

    @extend_schema(
        operation_id="me_list_item_remove",
        summary="Take an item off a list",
        responses={204: None, **CHANGED},
        tags=TAGS,
    )
    @transaction.atomic
    def delete(self, request: Request, pk: int, item_id: int) -> Response:
        writing.take_off_list(self.acting(), pk, self._read(request, pk, item_id).item)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _read(self, request: Request, pk: int, item_id: int) -> ListEntry:
        """The entry, held; 412 where `If-Match` says that it was another."""
        self.held(pk)
        entry = self.entry(pk, item_id)
        check_if_match(request, self.shown(entry))
        return entry


class _Public(PublicView[List]):
    queryset = List.objects.none()
    serializer_class: Any = ListSerializer

    def visible(self, pk: int) -> List:
        seen = List.objects.visible_to(self.me()).counted().select_related("person__user")
        return get_object_or_404(seen, pk=pk)


class ListView(_Public):
    @extend_schema(
        operation_id="lists_read",
        summary="A list that is public, or yours",
        responses={200: ListSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.shown(self.visible(pk)))


class ListItemsView(_Public):
    serializer_class = EntrySerializer

    @extend_schema(
        operation_id="lists_items",
        summary="What is on a list that is public, or yours",
        responses={200: EntrySerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.pages(entries_of(self.visible(pk)))
