"""What addresses for programs of staff share: who may come in, and what makes no sense."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

CONFLICT = {409: OpenApiResponse(description="It makes no sense now; `detail` says why.")}


class AsInTheAdmin(BasePermission):
    """Staff who hold the permission that the admin asks for: the view's `rights` of its `table`."""

    app = "catalog"

    def has_permission(self, request: Request, view: APIView) -> bool:
        table = getattr(view, "table", "")
        rights = getattr(view, "rights", {}).get(request.method, ("change",))
        wanted = ("view", "change") if request.method in SAFE_METHODS else rights
        return bool(request.user.is_staff) and any(
            request.user.has_perm(f"{self.app}.{right}_{table}") for right in wanted
        )
