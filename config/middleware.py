"""The admin's own content security policy, and a page where Django answers with nothing at all."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse


class AdminPolicyMiddleware:
    """Answers below the admin's address carry ADMIN_CONTENT_SECURITY_DIRECTIVES.

    Its theme needs more than the site's pages may do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._admin = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if request.path.startswith(self._admin):
            # Where django-csp's own decorators leave a view's policy.
            vars(response)["_csp_config"] = settings.ADMIN_CONTENT_SECURITY_DIRECTIVES
        return response


class NotAllowedMiddleware:
    """Whoever opens an address that only takes what a form sends is told so, in a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code != 405 or request.method != "GET" or response.content:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page
