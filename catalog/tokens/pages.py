"""*API tokens*: what programs may do in one's name; made, seen once, and revoked, in plain forms.

Making one asks for the password, unless it was given a moment ago.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import User
from catalog.tokens.making import DEFAULT_DAYS, has_too_many, make_token
from catalog.tokens.models import MAX_NAME, ApiToken
from catalog.tokens.scopes import READ, SCOPES, scopes_for

LASTS = {
    "30": gettext_lazy("30 days"),
    str(DEFAULT_DAYS): gettext_lazy("90 days"),
    "365": gettext_lazy("a year"),
    "": gettext_lazy("until I revoke it"),
}


class ScopesForm(forms.Form):
    """What a token is called, what it may do, and for how long."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=MAX_NAME)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple, initial=[READ]
    )
    days = forms.ChoiceField(
        label=gettext_lazy("It ends after"), required=False, initial=str(DEFAULT_DAYS)
    )

    def __init__(self, *args: Any, scopes: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        possible: Any = [(name, SCOPES[name]) for name in scopes]
        lasts: Any = list(LASTS.items())
        self.fields["scopes"].choices = possible  # type: ignore[attr-defined]
        self.fields["days"].choices = lasts  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """As `make_token` takes it. A form without days is not a wish for ever."""
        said = dict(self.cleaned_data)
        chose = self.add_prefix("days") in self.data
        said["days"] = int(said["days"]) if said["days"] else None if chose else DEFAULT_DAYS
        return said


@require_safe
@never_cache
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """Those that can be used, the newest first."""
    own = ApiToken.objects.usable(timezone.now()).filter(user=request.user.pk)
    rows = [(token, [SCOPES[name] for name in token.scopes]) for token in own.order_by("-pk")]
    return render(request, "account/tokens.html", {"rows": rows, "apps": _apps(request)})


def _apps(request: HttpRequest) -> Any:
    """The programs that may act by OAuth 2."""
    if not settings.OAUTH_PROVIDER:
        return []
    from catalog.tokens import oauth

    user: Any = request.user
    return oauth.apps_of(user)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator]
def new_token(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    scopes = scopes_for(is_staff=user.is_staff)
    if request.method != "POST":
        return render(request, "account/new_token.html", {"form": ScopesForm(scopes=scopes)})
    form = ScopesForm(request.POST, scopes=scopes)
    if form.is_valid() and has_too_many(user):
        form.add_error(None, _("You have too many tokens. Revoke one of them first."))
    if not form.is_valid():
        return render(request, "account/new_token.html", {"form": form}, status=400)
    secret, token = make_token(user, **form.wanted())
    return render(request, "account/made_token.html", {"secret": secret, "token": token})


@require_POST
@login_required
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=request.user.pk)
    token.revoke()
    messages.success(request, _("“%(name)s” is revoked.") % {"name": token.name})
    return redirect("catalog:tokens")


URLS: list[URLPattern] = [
    path("", tokens, name="tokens"),
    path("new/", new_token, name="new_token"),
    path("<int:pk>/revoke/", revoke_token, name="revoke_token"),
]
