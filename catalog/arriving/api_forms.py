"""A person's imports as the API shows and takes them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.arriving import deciding, outlook
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.serializers import HALVES, ItemCardSerializer, OwnItemField
from catalog.strict import StrictSerializer

NUMBER = {"type": "integer", "minimum": 0}
ORIGIN = {
    "type": "object",
    "properties": {"file": {"type": "string"}, "line": NUMBER},
    "required": ["file", "line"],
}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}


def _numbers(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names, NUMBER), "required": [*names]}


def _named(*names: str) -> dict[str, Any]:
    """One of these words, or null."""
    return {"type": ["string", "null"], "enum": [*filter(None, names), None]}


COUNTS = _numbers(*deciding.KINDS)
OUTCOMES = {"type": "object", "additionalProperties": NUMBER}
EXPECTED = _numbers(outlook.NEW, outlook.CHANGED, outlook.KEPT)
OUTLOOK = {
    "type": ["object", "null"],
    "properties": dict.fromkeys(Arrival.Policy.values, EXPECTED),
    "required": [*Arrival.Policy.values],
}


class ImportSerializer(serializers.ModelSerializer[Arrival]):
    """A file that you brought."""

    things = serializers.IntegerField(
        source="size", read_only=True, help_text="Rows about one thing are one."
    )
    found = serializers.IntegerField(read_only=True, help_text="Of how many the item is here.")
    notes = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What was not read, and why."
    )

    class Meta:
        model = Arrival
        fields = [
            *("id", "file_name", "source", "status", "policy", "rows_read", "things", "found"),
            *("notes", "made_at", "taken_at"),
        ]
        read_only_fields = fields


class WholeImportSerializer(ImportSerializer):
    """A file that you brought, and what became of it, or would."""

    counts = serializers.SerializerMethodField(help_text="Things, as rows/ can be narrowed to.")
    outcomes = serializers.SerializerMethodField(
        help_text="What became of the things, once it was taken in."
    )
    outlook = serializers.SerializerMethodField(
        help_text="Of a preview: how many ratings and shelves each policy would add, change, keep."
    )

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "counts", "outcomes", "outlook"]
        read_only_fields = fields

    @extend_schema_field(COUNTS)
    def get_counts(self, arrival: Arrival) -> dict[str, int]:
        return deciding.counts_of(arrival)

    @extend_schema_field(OUTCOMES)
    def get_outcomes(self, arrival: Arrival) -> dict[str, int]:
        return {name: count for name, count in deciding.outcomes_of(arrival).items() if name}

    @extend_schema_field(OUTLOOK)
    def get_outlook(self, arrival: Arrival) -> dict[str, dict[str, int]] | None:
        if arrival.status != Arrival.Status.PREVIEW:
            return None
        names = (outlook.NEW, outlook.CHANGED, outlook.KEPT)
        return {
            policy: {name: counts[name] for name in names}
            for policy, counts in outlook.outlook(arrival).items()
        }


class ImportRowSerializer(serializers.ModelSerializer[ArrivalRow]):
    """One thing that a file speaks of, which item it is, and what became of it."""

    item = ItemCardSerializer(read_only=True, allow_null=True)
    origins = serializers.SerializerMethodField(help_text="The rows that spoke of it.")
    outside = serializers.SerializerMethodField(help_text="Its ids elsewhere.")
    stars = serializers.SerializerMethodField()
    how = serializers.SerializerMethodField(help_text="How the item was found; null: it was not.")
    outcome = serializers.SerializerMethodField(help_text="Null: it is not taken in yet.")
    shelf = serializers.CharField(read_only=True, help_text="Empty where it says of none.")

    class Meta:
        model = ArrivalRow
        fields = (
            *("number", "title", "year", "creators", "outside", "stars", "rated_at", "shelf"),
            *("shelved_at", "review", "origins", "item", "how", "likeness", "is_skipped"),
            *("outcome", "problem"),
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": ORIGIN})
    def get_origins(self, row: ArrivalRow) -> list[dict[str, Any]]:
        return [{"file": file, "line": line} for file, line in row.origins]

    @extend_schema_field(TEXTS)
    def get_outside(self, row: ArrivalRow) -> dict[str, str]:
        return row.outside

    @extend_schema_field({**HALVES, "type": ["number", "null"]})
    def get_stars(self, row: ArrivalRow) -> float | None:
        return None if row.half_stars is None else row.half_stars / 2

    @extend_schema_field(_named(*ArrivalRow.How.values))
    def get_how(self, row: ArrivalRow) -> str | None:
        return row.how or None

    @extend_schema_field(_named(*ArrivalRow.Outcome.values))
    def get_outcome(self, row: ArrivalRow) -> str | None:
        return row.outcome or None


class NewImportSerializer(StrictSerializer):
    """A file as another site made it, or a table."""

    file = serializers.FileField(help_text="Its name counts: it says what is in it.")


class TakeSerializer(StrictSerializer):
    policy = serializers.ChoiceField(
        choices=Arrival.Policy.choices,
        default=Arrival.Policy.NEWER,
        help_text="What stands where you did something here already.",
    )


class ChoiceSerializer(StrictSerializer):
    """Which item a row means, or that it is left out."""

    item = OwnItemField(required=False)
    is_skipped = serializers.BooleanField(
        required=False, help_text="Left out of what is taken in; false again where an item is said."
    )


class RowFilter(django_filters.FilterSet):
    show = django_filters.ChoiceFilter(
        choices=[(name, label) for name, (label, _which) in deciding.KINDS.items()],
        method="filter_kind",
        label="Only these.",
    )

    class Meta:
        model = ArrivalRow
        fields: list[str] = []

    def filter_kind(
        self, rows: QuerySet[ArrivalRow], _name: str, kind: str
    ) -> QuerySet[ArrivalRow]:
        return rows.filter(deciding.KINDS[kind][1])
