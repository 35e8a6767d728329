"""`fields=` in the API: which fields of each item somebody wants. The id always comes along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

CHOSEN = "chosen_fields"
"""Where a serializer's context has what was chosen."""


def chosen_fields(request: Request, known: Sequence[str]) -> frozenset[str] | None:
    """The names that were asked for; None where all are wanted."""
    text = request.query_params.get("fields", "")
    names = [name for name in text.split(",") if name]
    if unknown := next((name for name in names if name not in known), None):
        words = _("No field is called “%(name)s”; there are %(known)s.")
        said = words % {"name": unknown[:40], "known": ", ".join(known)}
        raise serializers.ValidationError({"fields": [said]})
    return frozenset([*names, "id"]) if names else None


def fields_parameter(known: Sequence[str]) -> OpenApiParameter:
    one = "|".join(known)
    return OpenApiParameter(
        "fields",
        {"type": "string", "pattern": f"^,*((({one}),+)*({one}))?,*$"},
        description=f"Which fields of each item you want, of {', '.join(known)}; all, if left out.",
    )


class ChosenFields(serializers.Serializer[Any]):
    """A serializer of items that leaves out what was not chosen, if its context says so."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        chosen = self.context.get(CHOSEN)
        if chosen is None:
            return fields
        return {name: field for name, field in fields.items() if name in chosen}
