"""Letting a request in by its token: `Authorization: Token SECRET`, or `Bearer`.

One query finds the token with its owner, or none where this process knows it (`keeping`). What a
token may do is checked here, and not among a view's permissions, which a view can replace: a view
that says nothing about tokens (`access`, see `scopes`) refuses them, whatever else it allows.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    PermissionDenied,
    ValidationError,
)
from rest_framework.request import Request

from catalog import owners
from catalog.models import Person, User
from catalog.tokens import keeping
from catalog.tokens.acting import ACT_FOR, HEADER, ServiceUser, problem_of_key
from catalog.tokens.keeping import Shown
from catalog.tokens.limits import CallerLimit
from catalog.tokens.making import OF_SERVICES, OWN, find_token
from catalog.tokens.models import ApiToken
from catalog.tokens.scopes import ANY, Access, Services

NOTED_EVERY = timedelta(hours=1)
AUTHORIZATION = "HTTP_AUTHORIZATION"
KEYWORDS = ("token", "bearer")


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User | ServiceUser, ApiToken] | None:
        secret = secret_in(request.META.get(AUTHORIZATION, ""))
        if secret is None:
            return None
        key, count = request.META.get(ACT_FOR), partial(CallerLimit().count_token, request._request)
        shown = keeping.known(secret, key, count=count)
        token = find_token(secret) if shown is None else shown.token
        if token is None:
            raise AuthenticationFailed(_("There is no such token. Make one under your account."))
        user = _owner(request._request, token)
        if shown is None:
            keeping.keep(secret, Shown(token, key, _person_of(user)))
        elif isinstance(user, ServiceUser):
            user.person = shown.person
        check_scopes(request, token.scopes, user)
        _note_use(token)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def known_caller(request: HttpRequest, access: Access) -> Shown | None:
    """Whoever shows a token that this process knows, may do with it what the request wants, and
    has not asked too often: to look at. None: the authentication has to say."""
    try:
        secret = secret_in(request.META.get(AUTHORIZATION, ""))
        if secret is None:
            return None
        key, count = request.META.get(ACT_FOR), partial(CallerLimit().count_token, request)
        shown = keeping.same(secret, key, count=count)
        if not CallerLimit.was_let(request):
            return None
        if shown is None:
            shown = _read_again(request, secret, key)
        if shown is None or not _is_noted(shown.token):
            return None
        _check(access, request.method or "", shown.token.scopes, _owner(request, shown.token))
    except APIException:
        return None
    return shown


def _read_again(request: HttpRequest, secret: str, key: str | None) -> Shown | None:
    """What a token shows whose owner's marks were learned; None where there is no such token."""
    token = find_token(secret)
    if token is None:
        return None
    shown = Shown(token, key, _person_of(_owner(request, token)))
    keeping.keep(secret, shown)
    return shown


def secret_in(header: str) -> str | None:
    """The secret in `Authorization`; None where there is none of this site's kind."""
    words = header.split()
    if not words or words[0].lower() not in KEYWORDS:
        return None
    if len(words) != 2:
        raise AuthenticationFailed(_("Write the header as “Authorization: Token SECRET”."))
    if words[0].lower() == "bearer" and not words[1].startswith((OWN, OF_SERVICES)):
        return None if settings.OAUTH_PROVIDER else words[1]
    return words[1]


def _owner(request: HttpRequest, token: ApiToken) -> User | ServiceUser:
    """Who acts with a token that can still be used."""
    if token.revoked_at is not None:
        raise AuthenticationFailed(_("This token was revoked. Make another one."))
    if not token.is_usable and token.ends_at is not None:
        words = _("This token ended on %(day)s. Make another one.")
        raise AuthenticationFailed(words % {"day": date_format(token.ends_at, "Y-m-d")})
    if token.user is not None:
        if not token.user.is_active:
            raise AuthenticationFailed(_("This account is closed."))
        if ACT_FOR in request.META:
            words = _("%(header)s is for tokens of services; leave it out.")
            raise PermissionDenied(words % {"header": HEADER})
        return token.user
    assert token.service is not None
    if not token.service.is_active:
        raise AuthenticationFailed(_("This service is switched off here."))
    return ServiceUser(token.service, _acts_for(request))


def _person_of(user: User | ServiceUser) -> Person | None:
    """As it came with the token, or with a query for a person of a service."""
    if isinstance(user, ServiceUser):
        return user.person
    person: Person | None = user._state.fields_cache.get("person")
    return person


def _acts_for(request: HttpRequest) -> str | None:
    """The key in the header, which is UTF-8; None without one."""
    raw: str | None = request.META.get(ACT_FOR)
    if raw is None:
        return None
    try:
        key = raw.encode("latin-1").decode()  # as WSGI hands headers over
    except UnicodeError:
        key = raw
    if problem := problem_of_key(key):
        raise ValidationError({HEADER: [problem]})
    return key


def check_scopes(request: Request, scopes: list[str], user: Any) -> None:
    """PermissionDenied where a token with these scopes may not do what the request wants."""
    view: Any = (request.parser_context or {}).get("view")
    method = request.method or ""
    if view is not None and method not in view.allowed_methods:
        return  # nothing is done: it is answered with 405
    _check(getattr(view, "access", None), method, scopes, user)


def _check(access: Access | None, method: str, scopes: list[str], user: Any) -> None:
    needed = access and access.scope_of(method)
    if access is None or needed is None:
        raise PermissionDenied(_("No token may do this; sign in on the site."))
    if isinstance(user, ServiceUser):
        _check_service(access, user)
    if needed != ANY and needed not in scopes:
        words = _("This token lacks the scope “%(scope)s”. Make one that has it.")
        raise PermissionDenied(words % {"scope": needed})


def _check_service(access: Access, user: ServiceUser) -> None:
    if access.services is Services.REFUSED:
        raise PermissionDenied(_("A service may not do this."))
    kind = Services.FOR_ITSELF if user.key is None else Services.FOR_PEOPLE
    if kind & access.services:
        return
    if user.key is None:
        words = _("Say for whom, in the header %(header)s.")
    else:
        words = _("A service does this for itself; leave the header %(header)s out.")
    raise PermissionDenied(words % {"header": HEADER})


def _is_noted(token: ApiToken) -> bool:
    """Whether it is known that the token is used these days."""
    return token.used_at is not None and token.used_at > timezone.now() - NOTED_EVERY


def _note_use(token: ApiToken) -> None:
    """At most once an hour; a database that takes no changes does not shut anybody out."""
    if _is_noted(token):
        return
    now = token.used_at = timezone.now()
    try:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
        owners.say(accounts=[token.user_id], services=[token.service_id])  # what is kept is older
    except DatabaseError:
        return


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token SECRET",
        }
