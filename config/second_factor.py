"""The admin's door: a password is not enough for whoever has, or must have, a second factor.

The admin's own sign-in form knows passwords only. It is slowed down like the site's, and sends
accounts with a second factor to the site's page. Where STAFF_SECOND_FACTOR is set, staff without
one are led to the page that makes one before they see anything of the admin. A browser that came in
by the admin's door is among those that its owner can sign out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.forms import AuthenticationForm


class StaffEntrance(AuthenticationForm):
    """The admin's sign-in form."""

    def clean(self) -> Any:
        adapter = get_adapter()
        username = self.cleaned_data.get("username")
        if username and self.cleaned_data.get("password"):
            adapter.pre_authenticate(self.request, username=username)
        cleaned = super().clean()
        adapter._rollback_login_failed_rl_usage()  # only tries that failed count
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if is_mfa_enabled(user):
            raise ValidationError(
                _("This account has a second factor. Sign in on the site itself, then come back."),
                code="second_factor",
            )


@receiver(user_logged_in)
def remember_browser(request: HttpRequest, **_said: Any) -> None:
    """Keep the session where allauth keeps those that began on its own pages."""
    if request.resolver_match and request.resolver_match.namespace == "admin":
        UserSession.objects.create_from_request(request)


class SecondFactorMiddleware:
    """Staff without a second factor see nothing of the admin where they must have one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._admin = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.STAFF_SECOND_FACTOR
            and request.path.startswith(self._admin)
            and user.is_authenticated
            and user.is_staff
            and not is_mfa_enabled(user)
        ):
            messages.warning(request, _("Staff need a second factor here. Set one up to go on."))
            return redirect("mfa_index")
        return self._get_response(request)
