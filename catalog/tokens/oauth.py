"""What other programs may do in somebody's name, by OAuth 2: imported only where that is on.

They ask on a page of this site, get a token for an hour and another one to get the next with, and
both end when their person says so. Which programs may ask is written by staff, in the admin.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from oauth2_provider.models import (
    get_access_token_model,
    get_application_model,
    get_refresh_token_model,
)
from oauth2_provider.views import AuthorizationView, RevokeTokenView, TokenView
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from catalog.models import User
from catalog.tokens.authentication import check_scopes
from catalog.tokens.making import OF_SERVICES, OWN

Application = get_application_model()
AccessToken = get_access_token_model()
RefreshToken = get_refresh_token_model()


class OAuthAuthentication(OAuth2Authentication):
    """`Authorization: Bearer ...` with a token that a program was given."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        words = request.headers.get("Authorization", "").split()
        if len(words) != 2 or words[0].lower() != "bearer":
            return None
        if words[1].startswith((OWN, OF_SERVICES)):
            return None
        found = super().authenticate(request)
        if found is None:
            raise AuthenticationFailed(_("There is no such token, or it ended. Get another one."))
        user, token = found
        if user is None or not user.is_active:
            raise AuthenticationFailed(_("This account is closed."))
        check_scopes(request, token.scope.split(), user)
        return user, token


class AskView(AuthorizationView):
    """The page that asks. What is answered may go where the program said, and nowhere else."""

    template_name = "account/oauth_ask.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)
        asked = getattr(self, "oauth2_data", None)
        if asked and response.status_code == 200:
            target = urlsplit(asked["redirect_uri"])
            where = f"{target.scheme}://{target.netloc}"
            vars(response)["_csp_update"] = {"form-action": [SELF, where]}
        return response


def apps_of(user: User) -> Any:
    """The programs that still can act for somebody."""
    access = AccessToken.objects.filter(user=user).values("application")
    lasting = RefreshToken.objects.filter(user=user, revoked=None).values("application")
    own = Application.objects.filter(pk__in=access) | Application.objects.filter(pk__in=lasting)
    return own.distinct().order_by("name", "pk")


@require_POST
@login_required
def revoke_app(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    app = get_object_or_404(apps_of(user), pk=pk)
    for refresh in RefreshToken.objects.filter(user=user, application=app, revoked=None):
        refresh.revoke()
    AccessToken.objects.filter(user=user, application=app).delete()
    messages.success(request, _("“%(name)s” may do nothing here any more.") % {"name": app.name})
    return redirect("catalog:tokens")


app_name = "oauth2_provider"  # as the toolkit calls it when it names an address
urlpatterns: list[URLPattern] = [
    path("authorize/", AskView.as_view(), name="authorize"),
    path("token/", TokenView.as_view(), name="token"),
    path("revoke/", RevokeTokenView.as_view(), name="revoke-token"),
    path("apps/<int:pk>/revoke/", revoke_app, name="revoke_app"),
]
