"""Groups and figures of like taste as the API shows them, and what may be sent to it."""

from __future__ import annotations

from math import isfinite
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.own.models import shown_name
from catalog.serializers import HALVES
from catalog.strict import StrictSerializer
from recommendations.agreed import FLOOR, MAX_NAME
from recommendations.company.likings import MOST, Figure, Liked
from recommendations.company.shared import Said, SharedList, SharedPick
from recommendations.models import Group, Invitation, Member
from recommendations.serializers import PickedItemSerializer

MOST_SHARED = 60


@extend_schema_field(HALVES)
class FloorField(serializers.FloatField):
    """Stars in halves."""


class FloorSerializer(StrictSerializer):
    """What somebody wants at least of everything on a group's list."""

    floor = FloorField(
        min_value=0.5,
        max_value=5,
        default=FLOOR / 2,
        help_text="Stars, in halves; only you see it.",
    )

    def validate_floor(self, stars: float) -> int:
        """In half stars, as it is kept."""
        if not isfinite(stars) or 2 * stars != round(2 * stars):
            raise serializers.ValidationError("Choose half stars: 0.5, 1, 1.5, and so on up to 5.")
        return round(2 * stars)


class NewGroupSerializer(FloorSerializer):
    name = serializers.CharField(max_length=MAX_NAME)


class GroupNameSerializer(StrictSerializer):
    name = serializers.CharField(max_length=MAX_NAME)


class InviteSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)


class TokenToJoinSerializer(FloorSerializer):
    token = serializers.CharField(max_length=300, help_text="The last part of the link.")


class AnswerSerializer(FloorSerializer):
    accept = serializers.BooleanField()


class MemberSerializer(serializers.Serializer[Member]):
    id = serializers.IntegerField(read_only=True)
    name = serializers.SerializerMethodField()
    joined_at = serializers.DateTimeField()

    def get_name(self, member: Member) -> str:
        return shown_name(member.person)


class AskedSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation as the maker of its group sees it: the same whoever has that name."""

    class Meta:
        model = Invitation
        fields = ("id", "name", "made_at", "ends_at")
        read_only_fields = fields


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation as the one who is invited sees it."""

    group: serializers.SlugRelatedField[Group] = serializers.SlugRelatedField(
        slug_field="name", read_only=True
    )

    by = serializers.CharField(read_only=True, help_text="Who looks after the group.")

    class Meta:
        model = Invitation
        fields = ("id", "group", "by", "made_at", "ends_at")
        read_only_fields = fields


class JoinableSerializer(serializers.Serializer[Any]):
    """The group that a link leads to, before somebody joins it."""

    name = serializers.CharField()
    by = serializers.CharField(help_text="Who looks after it.")
    is_member = serializers.BooleanField(help_text="Whether you are in it already.")


class GroupSerializer(serializers.Serializer[Group]):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField()
    made_at = serializers.DateTimeField()
    members = serializers.SerializerMethodField(help_text="The first one looks after it.")

    def get_members(self, group: Group) -> list[dict[str, Any]]:
        there = [
            one for one in group.members.all() if one.person.user and one.person.user.is_active
        ]
        return [dict(MemberSerializer(one).data) for one in there]


class OwnGroupSerializer(GroupSerializer):
    """A group for one of its members; its maker sees who is invited, and the link's token."""

    floor = serializers.SerializerMethodField(help_text="Your own.")
    invitations = serializers.SerializerMethodField(help_text="Empty but for the maker.")
    token = serializers.SerializerMethodField(
        help_text="Of the link to join; null where there is none, and but for the maker."
    )

    def get_floor(self, group: Group) -> float:
        return float(self.context["own"].floor / 2)

    def get_invitations(self, group: Group) -> list[dict[str, Any]]:
        return [dict(AskedSerializer(one).data) for one in self.context["invitations"]]

    def get_token(self, group: Group) -> str | None:
        token: str | None = self.context["token"]
        return token


class SharedQuery(StrictSerializer):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MOST_SHARED,
        required=False,
        help_text="As many as on the pages, if left out.",
    )
    seen = serializers.BooleanField(
        default=False, help_text="With what some of the members have seen."
    )


class SaidSerializer(serializers.Serializer[Said]):
    member = serializers.IntegerField(source="member.pk")
    name = serializers.CharField()
    value = serializers.FloatField(help_text="In stars; see `in_stars`.")


class SharedPickSerializer(serializers.Serializer[SharedPick]):
    item = PickedItemSerializer()
    reason = serializers.CharField(source="reason.text")
    predicted = SaidSerializer(source="said", many=True)


class SharedListSerializer(serializers.Serializer[SharedList]):
    """One list for a group: nobody is below their floor."""

    model = serializers.CharField(source="model_label", allow_null=True)
    in_stars = serializers.BooleanField(
        help_text=(
            "Whether `value` is a predicted rating. If not, it is five times the place from 0 to 1 "
            "that an item has for a member, and floors are held against that."
        )
    )
    problem = serializers.CharField(help_text="Why the list is empty; else empty itself.")
    not_asked = serializers.SerializerMethodField(
        help_text="Ids of members who are private or pause."
    )
    results = SharedPickSerializer(source="picks", many=True)

    def get_not_asked(self, shown: SharedList) -> list[int]:
        return [one.pk for one in shown.silent]


class LikeTasteQuery(StrictSerializer):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MOST,
        required=False,
        help_text="As many as on the pages, if left out.",
    )


class FigureSerializer(serializers.Serializer[Figure]):
    """What people of your taste made of an item, as coarse as it is told."""

    stars = serializers.FloatField(help_text="The mean in half stars; 1.5 is or less, 4.5 or more.")
    people = serializers.IntegerField(help_text="At least so many, in steps.")
    text = serializers.CharField()


class LikedSerializer(serializers.Serializer[Liked]):
    item = PickedItemSerializer()
    figure = FigureSerializer()


class LikeTasteSerializer(serializers.Serializer[Any]):
    agreed = serializers.BooleanField(help_text="Whether you agreed to be counted.")
    results = LikedSerializer(many=True)


class ItemFigureSerializer(serializers.Serializer[Any]):
    figure = FigureSerializer(allow_null=True, help_text="Null where too few stand behind it.")


class AgreedSerializer(StrictSerializer):
    agreed = serializers.BooleanField()
