"""Whoever asks, as they are here: name, language, privacy; all that is theirs; and the way out.

The same switches, export and deletion as on *My privacy*. Who deletes everything shows first that
it is them: with their password, and a code where the account has a second factor, or with a session
that did so a moment ago.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    get_reauthentication_flows,
)
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from catalog import kept, privacy
from catalog.forms import PrivacyForm
from catalog.library.downloads import csv_download, json_download
from catalog.models import Person, User
from catalog.own import writing
from catalog.people import acting_person, current_person
from catalog.strict import StrictSerializer, check_names
from catalog.tokens.limits import GuessLimit
from catalog.tokens.scopes import PROFILE, READ, allow
from recommendations.api_receipts import ReceiptSerializer, privately, receipt_answer

LINKS = {
    "dials": "api-taste",
    "events": "api-events",
    "ratings": "api-rating-list",
    "views": "api-view-list",
    "shelves": "api-shelf-list",
    "dismissals": "api-dismissal-list",
    "left_out": "api-left-out-list",
    "lists": "api-own-lists",
    "reviews": "api-own-reviews",
    "profile": "api-own-profile",
    "imports": "api-imports",
    "blocks": "api-blocks",
    "hidden": "api-hidden",
    "track_record": "api-track-record",
    "kept": "api-kept",
    "export": "api-export",
}
RECORDING = [name for name, _label in PrivacyForm.RECORDING]


class PrivacySerializer(StrictSerializer):
    """The switches of *My privacy*."""

    recording = serializers.ChoiceField(
        choices=RECORDING, help_text="What is recorded of you: all, no views, or nothing."
    )
    is_private = serializers.BooleanField(help_text="Never used for training, and in no number.")
    is_unpersonalised = serializers.BooleanField(help_text="Lists are the same for everybody.")
    shows_ratings = serializers.BooleanField(help_text="Everybody may see your ratings.")
    shows_shelves = serializers.BooleanField(help_text="Everybody may see your shelves.")
    shows_reviews = serializers.BooleanField(help_text="Everybody may see your public reviews.")
    shows_lists = serializers.BooleanField(help_text="Everybody may see your public lists.")


class MeSerializer(StrictSerializer):
    """You, as the site knows you."""

    username = serializers.CharField(read_only=True)
    email = serializers.CharField(read_only=True)
    name = serializers.CharField(
        allow_blank=True, max_length=150, help_text="Under which your lists and reviews appear."
    )
    is_public = serializers.BooleanField(help_text="Whether you have a page that all can see.")
    language = serializers.ChoiceField(
        choices=[code for code, _name in settings.LANGUAGES],
        help_text="Of this answer. Set, it is kept as a cookie, as on the site; a program without "
        "cookies sends Accept-Language.",
    )
    privacy = PrivacySerializer(partial=True)
    links = serializers.DictField(child=serializers.CharField(), read_only=True)


class DeleteMeSerializer(StrictSerializer):
    """That it is you."""

    password = serializers.CharField(required=False, write_only=True, trim_whitespace=False)
    code = serializers.CharField(
        required=False,
        write_only=True,
        help_text="Where the account has a second factor: from the app, or a recovery code.",
    )


class MeView(APIView):
    access = allow(GET=READ, PATCH=PROFILE, DELETE=PROFILE)
    permission_classes = [IsAuthenticated]

    def get_throttles(self) -> list[BaseThrottle]:
        limits = super().get_throttles()
        is_asked_for_a_password = self.request.method == "DELETE"
        return [*limits, GuessLimit()] if is_asked_for_a_password else limits

    @extend_schema(
        operation_id="me_read",
        summary="You, as the site knows you",
        responses={200: MeSerializer},
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        return self._shown(request, current_person(request) or Person(), get_language() or "en")

    @extend_schema(
        operation_id="me_change",
        summary="Change your name, your language or your privacy",
        description="What is not named stays; it holds from the next answer on.",
        request=MeSerializer(partial=True),
        responses={200: MeSerializer},
        tags=["me"],
    )
    def patch(self, request: Request) -> Response:
        asked = MeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        person = acting_person(request)
        with transaction.atomic():
            _introduce(person, said)
            if "privacy" in said:
                privacy.choose(person, **_switches(said["privacy"]))
        language = said.get("language", get_language() or "en")
        response = self._shown(request, person, language)
        if "language" in said:
            _keep_language(response, language)
        return response

    @extend_schema(
        operation_id="me_delete",
        summary="Delete your account and everything that is kept about you",
        description=(
            "At once and for good. Show that it is you: in the body, with `password`, and `code` "
            "where the account has a second factor; a session that gave them in the last minutes "
            "needs neither. An account without a password is deleted on the site. The answer is a "
            "receipt; sessions and tokens are worthless after it."
        ),
        responses={200: ReceiptSerializer},
        tags=["me"],
    )
    def delete(self, request: Request) -> Response:
        user: Any = request.user
        _be_sure(request, user)
        for session in UserSession.objects.filter(user=user):
            session.end()
        person = current_person(request)
        if _is_from_a_session(request):
            logout(request._request)
        return receipt_answer(kept.forget_everything(person, user), request)

    def _shown(self, request: Request, person: Person, language: str) -> Response:
        user: Any = request.user
        switches = {name: getattr(person, name) for name in privacy.SWITCHES}
        recording = PrivacyForm.of(person).initial["recording"]
        shown = {
            "username": user.get_username(),
            "email": user.email,
            "name": person.name,
            "is_public": person.is_public,
            "language": language,
            "privacy": {**switches, "recording": recording},
            "links": {name: reverse(view, request=request) for name, view in LINKS.items()},
        }
        return privately(Response(MeSerializer(shown).data))


class ExportView(APIView):
    access = allow(GET=PROFILE)
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="me_export",
        summary="All that is yours, to take along",
        description="The same as on the site: one JSON document, or a zip with a CSV file a kind.",
        parameters=[OpenApiParameter("as", enum=["json", "csv"], description="json, if left out.")],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/zip"): OpenApiTypes.BINARY,
        },
        tags=["me"],
    )
    def get(self, request: Request) -> HttpResponseBase:
        check_names(request.query_params, ["as"])
        wanted = request.query_params.get("as", "json")
        if wanted not in ("json", "csv"):
            words = _("Say one of these: json, csv.")
            raise serializers.ValidationError({"as": [words]})
        plain = request._request
        return json_download(plain) if wanted == "json" else csv_download(plain)


def _introduce(person: Person, said: dict[str, Any]) -> None:
    if not {"name", "is_public"} & said.keys():
        return
    name, is_public = said.get("name", person.name), said.get("is_public", person.is_public)
    try:
        writing.introduce(person, name=name, is_public=is_public)
    except writing.Refused as problem:
        raise serializers.ValidationError({problem.field: [str(problem)]}) from None


def _switches(said: dict[str, Any]) -> dict[str, bool]:
    """What `privacy.choose` takes."""
    switches = {name: is_on for name, is_on in said.items() if name != "recording"}
    if "recording" in said:
        switches["is_paused"] = said["recording"] != "all"
        switches["is_stopped"] = said["recording"] == "nothing"
    return switches


def _keep_language(response: Response, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


def _is_from_a_session(request: Request) -> bool:
    return isinstance(request.successful_authenticator, SessionAuthentication)


def _be_sure(request: Request, user: User) -> None:
    """ValidationError where it is not shown that this is the account's owner."""
    plain, is_session = request._request, _is_from_a_session(request)
    if is_session and get_reauthentication_flows(user) and did_recently_reauthenticate(plain):
        return
    asked = DeleteMeSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    said = asked.validated_data
    if not user.has_usable_password():
        words = _("This account has no password: delete it on the site, under My privacy.")
        raise serializers.ValidationError({"password": [words]})
    if not user.check_password(said.get("password", "")):
        words = _("Send the account's password, to show that it is you.")
        raise serializers.ValidationError({"password": [words]})
    if is_mfa_enabled(user):
        form = BaseAuthenticateForm({"code": said.get("code", "")}, user=user)
        if not form.is_valid():
            raise serializers.ValidationError({"code": form.errors.get("code")})
