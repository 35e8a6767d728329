"""What addresses for programs of staff share: checks, the admin's history."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError as Refused
from django.db.models import Model
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from catalog import api_staff
from catalog.tokens.scopes import GOVERN, allow

GOVERNED = allow(GET=GOVERN, POST=GOVERN, PATCH=GOVERN, DELETE=GOVERN)


class AsInTheAdmin(api_staff.AsInTheAdmin):
    app = "recommendations"


def log(request: Request, row: Model, flag: int, said: Any) -> None:
    """An entry of the admin's history, as if it were done there."""
    user: Any = request.user
    LogEntry.objects.log_actions(user.pk, [row], flag, said, single_object=True)


def check(row: Any, *, names: dict[str, str] | None = None) -> None:
    """As in the admin, each problem at its field; `names`: what fields are called in the API."""
    found: dict[str, list[str]] = {}
    for part in (row.clean_fields, row.clean):
        try:
            part()
        except Refused as error:
            for name, words in error.message_dict.items():
                found.setdefault((names or {}).get(name, name), []).extend(map(str, words))
    if not found:
        try:
            row.validate_constraints()
        except Refused as error:
            found = {"non_field_errors": error.messages}
    if found:
        raise ValidationError(found)
