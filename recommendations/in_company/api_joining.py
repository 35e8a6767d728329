"""The ways into a group for programs: a link that somebody passed on, and an invitation by name."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.people import acting_person
from recommendations.company import groups
from recommendations.in_company import serializers as forms
from recommendations.in_company.api import GroupsBase

NO_LINK = OpenApiResponse(description="No link that is open has this token.")


@extend_schema(tags=["groups"])
class JoinView(GroupsBase):
    @extend_schema(
        operation_id="groups_join",
        summary="Join by a link's token",
        description="Its members then see how you would rate what is on the group's list.",
        request=forms.TokenToJoinSerializer,
        responses={200: forms.OwnGroupSerializer, 404: NO_LINK},
    )
    def post(self, request: Request) -> Response:
        said = self.sent(forms.TokenToJoinSerializer)
        group = groups.group_of(said["token"], self.me())
        if group is None:
            raise Http404
        groups.join(group, acting_person(request), floor=said["floor"])
        return self.whole(group.pk)


@extend_schema(tags=["groups"])
class LinkedView(GroupsBase):
    @extend_schema(
        operation_id="groups_look",
        summary="Which group a link leads to",
        responses={200: forms.JoinableSerializer, 404: NO_LINK},
    )
    def get(self, request: Request, token: str) -> Response:
        person = self.me()
        group = groups.group_of(token, person)
        if group is None:
            raise Http404
        is_member = any(one.person == person for one in groups.members_of(group))
        shown = {"name": group.name, "by": groups.maker_of(group), "is_member": is_member}
        return Response(forms.JoinableSerializer(shown).data)


@extend_schema(tags=["groups"])
class InvitationsView(GroupsBase):
    @extend_schema(
        operation_id="invitations_list",
        summary="Invitations that you may answer",
        responses={200: forms.InvitationSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked: list[Any] = []
        for invitation, maker in groups.asked_of(self.me(), timezone.now()):
            invitation.by = maker  # type: ignore[attr-defined]
            asked.append(invitation)
        return Response(forms.InvitationSerializer(asked, many=True).data)


@extend_schema(tags=["groups"])
class InvitationView(GroupsBase):
    @extend_schema(
        operation_id="invitations_answer",
        summary="Accept or decline",
        description="Nobody is told that you declined. Accepted, you get the group.",
        request=forms.AnswerSerializer,
        responses={200: forms.OwnGroupSerializer, 204: None},
    )
    def post(self, request: Request, pk: int) -> Response:
        asked = get_object_or_404(groups.open_to(self.me(), timezone.now()), pk=pk)
        said = self.sent(forms.AnswerSerializer)
        if not said["accept"]:
            groups.decline(asked)
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.whole(groups.accept(asked, floor=said["floor"]).group_id)
