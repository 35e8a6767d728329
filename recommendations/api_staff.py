"""What addresses for programs of staff share: who may come in, checks, the admin's history."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError as Refused
from django.db.models import Model
from drf_spectacular.utils import OpenApiResponse
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.serializers import ValidationError
from rest_framework.views import APIView

from catalog.tokens.scopes import GOVERN, allow

CONFLICT = {409: OpenApiResponse(description="It makes no sense now; `detail` says why.")}
GOVERNED = allow(GET=GOVERN, POST=GOVERN, PATCH=GOVERN, DELETE=GOVERN)


class AsInTheAdmin(BasePermission):
    """Staff who hold the permission that the admin asks for: the view's `rights` of its `table`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        table = getattr(view, "table", "")
        rights = getattr(view, "rights", {}).get(request.method, ("change",))
        wanted = ("view", "change") if request.method in SAFE_METHODS else rights
        return bool(request.user.is_staff) and any(
            request.user.has_perm(f"recommendations.{right}_{table}") for right in wanted
        )


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
