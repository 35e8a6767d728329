"""The site's content security policies, and a page where Django answers with nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse


class PolicyMiddleware(CSPMiddleware):
    """django-csp's header; the one that nearly all answers carry is put together once."""

    _usual: tuple[Any, str] = (None, "")

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        said = any(name.startswith("_csp") for name in (*vars(request), *vars(response)))
        if said or HEADER in response or response.status_code in (404, 500):
            return super().process_response(request, response)
        policy = settings.CONTENT_SECURITY_POLICY
        if self._usual[0] is not policy:
            self._usual = policy, build_policy()
        response[HEADER] = self._usual[1]
        vars(request)["csp_nonce"] = CheckableLazyObject(self._csp_nonce_post_response)
        return response


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
