"""Groups for programs: their members see them, for everybody else they are not there (404).

What only a group's maker may do is refused to other members with 403. All writes go through
`groups`; what cannot be done is refused with 400, in a sentence.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from catalog.models import Person
from catalog.people import acting_person, current_person
from catalog.tokens.scopes import PROFILE, READ, allow
from recommendations.company import groups
from recommendations.company.groups import Refused
from recommendations.in_company import lists
from recommendations.in_company import serializers as forms
from recommendations.models import Group, Invitation, Member


class GroupsBase(APIView):
    access = allow(GET=READ, POST=PROFILE, PUT=PROFILE, DELETE=PROFILE)
    permission_classes = [IsAuthenticated]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Refused):
            exc = ValidationError(str(exc))
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(answer, private=True, no_store=True)
        return answer

    def me(self) -> Person | None:
        return current_person(self.request)

    def sent(self, form: type[Serializer[Any]]) -> dict[str, Any]:
        checked = form(data=self.request.data)
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    def own(self, pk: int) -> tuple[Group, list[Member], Member]:
        """A group of whoever asks, its members, and them among these; else 404."""
        person = self.me()
        group = get_object_or_404(groups.groups_of(person), pk=pk)
        members = groups.members_of(group)
        own = next((one for one in members if one.person == person), None)
        if own is None:
            raise Http404
        return group, members, own

    def made(self, pk: int) -> Group:
        group, members, own = self.own(pk)
        if not groups.is_maker(members, own.person):
            raise PermissionDenied
        return group

    def whole(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        group, members, own = self.own(pk)
        now = timezone.now()
        is_maker = groups.is_maker(members, own.person)
        asked = Invitation.objects.open(now).filter(group=group).order_by("pk")
        context = {
            "own": own,
            "invitations": asked if is_maker else [],
            "token": groups.token_of(group) if is_maker and group.has_link(now) else None,
        }
        return Response(forms.OwnGroupSerializer(group, context=context).data, code)


@extend_schema(tags=["groups"])
class GroupsView(GroupsBase):
    @extend_schema(
        operation_id="groups_list",
        summary="Your groups",
        responses={200: forms.GroupSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        own: Any = groups.groups_of(self.me()).prefetch_related("members__person__user")
        return Response(forms.GroupSerializer(own, many=True).data)

    @extend_schema(
        operation_id="groups_make",
        summary="Make a group",
        request=forms.NewGroupSerializer,
        responses={201: forms.OwnGroupSerializer},
    )
    def post(self, request: Request) -> Response:
        said = self.sent(forms.NewGroupSerializer)
        made = groups.make(acting_person(request), **said)
        return self.whole(made.pk, status.HTTP_201_CREATED)


@extend_schema(tags=["groups"])
class GroupView(GroupsBase):
    @extend_schema(
        operation_id="groups_read",
        summary="One of your groups",
        responses={200: forms.OwnGroupSerializer},
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.whole(pk)

    @extend_schema(
        operation_id="groups_rename",
        summary="Rename a group (its maker)",
        request=forms.GroupNameSerializer,
        responses={200: forms.OwnGroupSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        group = self.made(pk)
        groups.rename(group, **self.sent(forms.GroupNameSerializer))
        return self.whole(pk)

    @extend_schema(
        operation_id="groups_delete",
        summary="Delete a group for everybody (its maker)",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int) -> Response:
        groups.delete(self.made(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["groups"])
class GroupListView(GroupsBase):
    @extend_schema(
        operation_id="groups_recommendations",
        summary="A group's one list",
        description=(
            "What each member who takes part would give, and nobody below their floor. Without "
            "what anybody of them has seen or dismissed. As the surface `for-us` is set; 404 "
            "where that is switched off."
        ),
        parameters=[forms.SharedQuery],
        responses={200: forms.SharedListSerializer},
    )
    def get(self, request: Request, pk: int) -> Response:
        _group, members, _own = self.own(pk)
        asked = forms.SharedQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        group, members, _own = self.own(pk)
        visit = lists.visit_of(self.me(), lists.FOR_US)
        limit, seen = asked.validated_data.get("limit"), asked.validated_data["seen"]
        found, _picks = lists.of_group(visit, group, members, limit=limit, allows_seen=seen)
        return Response(forms.SharedListSerializer(found, context={"request": request}).data)


@extend_schema(tags=["groups"])
class OwnMembershipView(GroupsBase):
    @extend_schema(
        operation_id="groups_floor",
        summary="Set your floor in a group",
        request=forms.FloorSerializer,
        responses={200: forms.OwnGroupSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        _group, _members, own = self.own(pk)
        groups.set_floor(own, self.sent(forms.FloorSerializer)["floor"])
        return self.whole(pk)

    @extend_schema(operation_id="groups_leave", summary="Leave a group", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        _group, _members, own = self.own(pk)
        groups.leave(own)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["groups"])
class MemberView(GroupsBase):
    @extend_schema(
        operation_id="groups_remove_member",
        summary="Remove somebody (its maker)",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int, member: int) -> Response:
        group = self.made(pk)
        others = Member.objects.filter(group=group).exclude(person=self.me())
        groups.leave(get_object_or_404(others, pk=member))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["groups"])
class GroupInvitationsView(GroupsBase):
    @extend_schema(
        operation_id="groups_invite",
        summary="Invite by user name (its maker)",
        description="The answer is the same whether anybody has this name.",
        request=forms.InviteSerializer,
        responses={201: forms.AskedSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        group = self.made(pk)
        asked = groups.invite(group, name=self.sent(forms.InviteSerializer)["username"])
        return Response(forms.AskedSerializer(asked).data, status.HTTP_201_CREATED)


@extend_schema(tags=["groups"])
class GroupInvitationView(GroupsBase):
    @extend_schema(
        operation_id="groups_withdraw_invitation",
        summary="Withdraw an invitation (its maker)",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int, invitation: int) -> Response:
        waiting = Invitation.objects.open(timezone.now()).filter(group=self.made(pk))
        groups.withdraw(get_object_or_404(waiting, pk=invitation))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["groups"])
class GroupLinkView(GroupsBase):
    @extend_schema(
        operation_id="groups_make_link",
        summary="Make a link to join (its maker)",
        description="The one before leads nowhere any more.",
        request=None,
        responses={200: forms.OwnGroupSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        groups.make_link(self.made(pk))
        return self.whole(pk)

    @extend_schema(
        operation_id="groups_revoke_link",
        summary="Take the link back (its maker)",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int) -> Response:
        groups.revoke_link(self.made(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
