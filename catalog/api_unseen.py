"""Whom and what one does not want to see, for programs: blocking people, hiding what they wrote.

Somebody is met by what they made, as on the pages: by a review, a list, or the name on their public
page. What whoever asks cannot see is not there for them, whether it is private, hidden, of somebody
who blocked them, or was never there: the answer is the same. The same again changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.blocks import Block, Hiding
from catalog.library.api_base import LibraryView, OwnView
from catalog.models import Person
from catalog.moderation import acts, things
from catalog.moderation.things import CAN_BE_HIDDEN, Thing
from catalog.own.models import shown_name
from catalog.reports import Report
from catalog.strict import StrictSerializer

TAGS = ["reports"]
Kind = Report.Kind
HIDDEN_KINDS = [(kind.value, kind.label) for kind in CAN_BE_HIDDEN]
THING_ID = "Of the review or the list; of a name, the `profile` of whose it is."


class ThingSerializer(StrictSerializer):
    """Something that somebody made."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text=THING_ID)


class HideSerializer(StrictSerializer):
    """A review or a list."""

    kind = serializers.ChoiceField(choices=HIDDEN_KINDS)
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class BlockSerializer(serializers.Serializer[Block]):
    """Somebody whom you do not want to meet."""

    id = serializers.IntegerField(help_text="Of the block, for me/blocks/ID/.")
    name = serializers.SerializerMethodField()
    blocked_at = serializers.DateTimeField(source="made_at")

    def get_name(self, made: Block) -> str:
        return shown_name(made.blocked)


class HiddenSerializer(serializers.Serializer[Any]):
    """What you do not want to see."""

    kind = serializers.CharField(help_text="`review` or `list`.")
    id = serializers.IntegerField(source="thing")
    title = serializers.CharField(help_text="Of what is public no more, only what sort it is.")
    hidden_at = serializers.DateTimeField(source="made_at")


class _Later(APIException):
    """429, with the seconds to wait in `Retry-After`."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, refused: acts.TooOften) -> None:
        super().__init__(str(refused))
        self.wait = max(1, round(refused.wait.total_seconds()))


class MeetingView(LibraryView[Any]):
    """A view on what others made, which says what cannot be done at `id`."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, acts.TooOften):
            exc = _Later(exc)
        elif isinstance(exc, acts.Refused):
            exc = ValidationError({"id": [str(exc)]})
        return super().handle_exception(exc)

    def seen(self, said: dict[str, Any]) -> Thing:
        """What a body names, if whoever asks can see it."""
        thing = things.find(said["kind"], said["id"], viewer=self.me())
        if thing is None:
            words = _("There is nothing of this kind and id here, or none that you can see.")
            raise ValidationError({"id": [words]})
        return thing


class BlocksView(MeetingView, OwnView[Block]):
    serializer_class = BlockSerializer
    queryset = Block.objects.none()

    @extend_schema(
        operation_id="me_blocks",
        summary="People whom you blocked",
        description="The latest first.",
        responses={200: BlockSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return self.pages(_blocks(self.me()).order_by("-pk"))

    @extend_schema(
        operation_id="me_blocks_add",
        summary="Block whoever made something",
        description=(
            "Neither of you sees what the other writes any more. They are not told. "
            f"There can be {acts.MOST_BLOCKS} of them."
        ),
        request=ThingSerializer,
        responses={200: BlockSerializer, 201: BlockSerializer},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        said = self.sent(ThingSerializer)
        made = self._made_before(said)
        if made is not None:
            return Response(self.shown(made))
        made = acts.block(self.acting(), self.seen(said).about)
        return Response(self.shown(made), status.HTTP_201_CREATED)

    def _made_before(self, said: dict[str, Any]) -> Block | None:
        """One's block of whoever made this; known by what anybody can see, and nothing else."""
        thing = things.find(said["kind"], said["id"], viewer=None)
        return None if thing is None else _blocks(self.me()).filter(blocked=thing.about).first()


class BlockView(OwnView[Block]):
    serializer_class = BlockSerializer
    queryset = Block.objects.none()

    @extend_schema(
        operation_id="me_block_remove",
        summary="Unblock somebody",
        responses={204: None},
        tags=TAGS,
    )
    def delete(self, request: Request, pk: int) -> Response:
        acts.unblock(self.acting(), get_object_or_404(_blocks(self.me()), pk=pk).blocked)
        return Response(status=status.HTTP_204_NO_CONTENT)


class HiddenView(MeetingView, OwnView[Hiding]):
    serializer_class = HiddenSerializer
    queryset = Hiding.objects.none()

    @extend_schema(
        operation_id="me_hidden",
        summary="What you hid from yourself",
        description="The latest first.",
        responses={200: HiddenSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(_hidden(self.me()).order_by("-pk")) or []
        return self.get_paginated_response(_shown(page))

    @extend_schema(
        operation_id="me_hidden_add",
        summary="Hide a review or a list from yourself",
        description="Everybody else sees it as before.",
        request=HideSerializer,
        responses={200: HiddenSerializer, 201: HiddenSerializer},
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        said = self.sent(HideSerializer)
        made = _hidden(self.me()).filter(kind=said["kind"], thing=said["id"]).first()
        if made is not None:
            return Response(_shown([made])[0])
        made = acts.hide_for(self.acting(), self.seen(said))
        return Response(_shown([made])[0], status.HTTP_201_CREATED)


class HiddenThingView(OwnView[Hiding]):
    serializer_class = HiddenSerializer
    queryset = Hiding.objects.none()

    @extend_schema(
        operation_id="me_hidden_remove",
        summary="Show again what you hid",
        parameters=[
            OpenApiParameter("kind", enum=[*CAN_BE_HIDDEN], location=OpenApiParameter.PATH),
            OpenApiParameter("id", int, OpenApiParameter.PATH),
        ],
        responses={204: None},
        tags=TAGS,
    )
    def delete(self, request: Request, kind: str, id: int) -> Response:
        made = get_object_or_404(_hidden(self.me()), kind=kind, thing=id)
        acts.show_again(made.person, kind, id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _blocks(person: Person | None) -> QuerySet[Block]:
    return Block.objects.filter(person=person).select_related("blocked__user")


def _hidden(person: Person | None) -> QuerySet[Hiding]:
    return Hiding.objects.filter(person=person).select_related("person")


def _shown(hidings: list[Hiding]) -> Any:
    """Each with its title; two queries, however many there are."""
    rows = [
        {"kind": made.kind, "thing": made.thing, "title": title, "made_at": made.made_at}
        for made, title in zip(hidings, things.titles_of(hidings), strict=True)
    ]
    return HiddenSerializer(rows, many=True).data
