"""The admin's own content security policy: its theme needs more than the site's pages may do."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class AdminPolicyMiddleware:
    """Answers below the admin's address carry ADMIN_CONTENT_SECURITY_DIRECTIVES."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._admin = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if request.path.startswith(self._admin):
            # Where django-csp's own decorators leave a view's policy.
            vars(response)["_csp_config"] = settings.ADMIN_CONTENT_SECURITY_DIRECTIVES
        return response
