"""Reports as the API takes and shows them: to whoever makes one, and to moderators."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from catalog.api_unseen import ThingSerializer
from catalog.moderation.queue import facts_of
from catalog.moderation.things import CAN_BE_HIDDEN
from catalog.own.models import shown_name
from catalog.reports import MAX_WORDS, Report


class NewReportSerializer(ThingSerializer):
    """What you tell the moderators."""

    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    words = serializers.CharField(
        max_length=MAX_WORDS,
        allow_blank=True,
        required=False,
        default="",
        help_text="What they should know, in your words.",
    )
    hide = serializers.BooleanField(
        default=False, help_text="Whether it is hidden from you meanwhile; not of names."
    )

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["hide"] and said["kind"] not in CAN_BE_HIDDEN:
            words = _("A name cannot be hidden. Block whose it is instead.")
            raise serializers.ValidationError({"hide": [words]})
        return said


class MadeReportSerializer(serializers.Serializer[Report]):
    """What you told the moderators."""

    kind = serializers.ChoiceField(choices=Report.Kind.choices)
    id = serializers.IntegerField(source="thing")
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    words = serializers.CharField()
    made_at = serializers.DateTimeField()


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report, as moderators see it in their queue."""

    url = serializers.HyperlinkedIdentityField(view_name="api-report")
    text = serializers.CharField(
        read_only=True, help_text="The words that were reported, as they were."
    )
    words = serializers.CharField(
        read_only=True, help_text="What whoever reported it said about it."
    )
    about = serializers.SerializerMethodField(help_text="Whose it is, by the name of the account.")
    reporter = serializers.SerializerMethodField(help_text="Null where they have left.")
    handled_by = serializers.CharField(
        source="handled_by.username", default=None, read_only=True, allow_null=True
    )

    class Meta:
        model = Report
        fields = [
            *("id", "url", "kind", "thing", "text", "about", "reason", "words", "reporter"),
            *("status", "made_at", "handled_by", "handled_at"),
        ]
        read_only_fields = fields

    def get_about(self, made: Report) -> str:
        return str(made.about)

    def get_reporter(self, made: Report) -> str | None:
        return None if made.reporter is None else str(made.reporter)


class OtherReportSerializer(serializers.ModelSerializer[Report]):
    """Another report about the same person, in short."""

    class Meta:
        model = Report
        fields = ["id", "kind", "reason", "status", "made_at"]
        read_only_fields = fields


class DoneSerializer(serializers.Serializer[Any]):
    """Something that a moderator did."""

    at = serializers.DateTimeField(source="action_time")
    by = serializers.CharField(source="user.username")
    what = serializers.CharField(source="get_change_message")


class ThingNowSerializer(serializers.Serializer[Any]):
    """What was reported, as it is now."""

    title = serializers.CharField()
    text = serializers.CharField()
    url = serializers.SerializerMethodField(
        help_text="Where it stands on the site; null of a name."
    )

    def get_url(self, thing: Any) -> str | None:
        request: Request = self.context["request"]
        return request.build_absolute_uri(thing.address) if thing.address else None


class ReportFactsSerializer(ReportSerializer):
    """A report in its context."""

    name = serializers.SerializerMethodField(help_text="Under which whoever made it appears.")
    now = ThingNowSerializer(
        source="facts.thing", allow_null=True, help_text="Null where it was removed since."
    )
    has_changed = serializers.BooleanField(
        source="facts.has_changed", help_text="Whether it says something else by now."
    )
    is_hidden = serializers.BooleanField(
        source="facts.is_hidden", help_text="Whether it is hidden from everybody but its maker."
    )
    is_suspended = serializers.BooleanField(
        source="facts.is_suspended", help_text="Whether the account of its maker is shut."
    )
    possible = serializers.ListField(
        source="facts.possible",
        child=serializers.CharField(),
        help_text="What can be done now, for reports/ID/WHAT/.",
    )
    others = OtherReportSerializer(
        source="facts.others",
        many=True,
        help_text="The latest others about the same person.",
    )
    log = DoneSerializer(source="facts.log", many=True, help_text="What was done, latest first.")

    class Meta(ReportSerializer.Meta):
        fields = [
            *ReportSerializer.Meta.fields,
            *("name", "now", "has_changed", "is_hidden", "is_suspended", "possible"),
            *("others", "log"),
        ]
        read_only_fields = fields

    def get_name(self, made: Report) -> str:
        return shown_name(made.about)

    def to_representation(self, made: Any) -> Any:
        made.facts = facts_of(made)
        return super().to_representation(made)
