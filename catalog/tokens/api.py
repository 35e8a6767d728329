"""Getting a token for a password, and throwing one away, for programs."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.strict import StrictSerializer
from catalog.tokens.limits import GuessLimit
from catalog.tokens.making import DEFAULT_DAYS, MOST_DAYS, has_too_many, make_token
from catalog.tokens.models import MAX_NAME, ApiToken
from catalog.tokens.scopes import ANY, SCOPES, allow, scopes_for


class TokenRequestSerializer(StrictSerializer, AuthTokenSerializer):
    """A name and a password; of accounts with a second factor, a code as well."""

    code = serializers.CharField(
        required=False,
        write_only=True,
        help_text="Where the account has a second factor: from the app, or a recovery code.",
    )
    name = serializers.CharField(
        max_length=MAX_NAME, default="API", help_text="By which you know the token again."
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(SCOPES)),
        required=False,
        allow_empty=False,
        help_text="What the token may do; all that your account may, if left out.",
    )
    days = serializers.IntegerField(
        min_value=1,
        max_value=MOST_DAYS,
        default=DEFAULT_DAYS,
        allow_null=True,
        help_text="After how many days it ends; null: never.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        checked: dict[str, Any] = super().validate(attrs)
        user = checked["user"]
        if is_mfa_enabled(user):
            form = BaseAuthenticateForm({"code": attrs.get("code", "")}, user=user)
            if not form.is_valid():
                raise serializers.ValidationError({"code": form.errors.get("code")})
        possible = scopes_for(is_staff=user.is_staff)
        if beyond := [name for name in attrs.get("scopes", ()) if name not in possible]:
            words = _("These scopes are for staff: %(scopes)s. Leave them out.")
            raise serializers.ValidationError({"scopes": [words % {"scopes": ", ".join(beyond)}]})
        if has_too_many(user):
            words = _("This account has too many tokens. Revoke one of them first.")
            raise serializers.ValidationError({"username": [words]})
        checked.setdefault("scopes", possible)
        return checked


class TokenSerializer(serializers.Serializer[dict[str, Any]]):
    token = serializers.CharField(
        help_text="Send it as `Authorization: Token ...`. It is never shown again."
    )
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=list(SCOPES)))
    ends_at = serializers.DateTimeField(allow_null=True, help_text="Null: never.")


@extend_schema(tags=["token"])
class TokenView(APIView):
    """Signing in for programs. Slowed down per address, as passwords can be guessed here."""

    access = allow(POST=ANY, DELETE=ANY)
    throttle_classes = [GuessLimit]
    parser_classes = [*APIView.parser_classes, FormParser, MultiPartParser]

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    @extend_schema(
        summary="Get a token",
        description="Another one each time; the ones before go on working until they end.",
        request=TokenRequestSerializer,
        responses={200: TokenSerializer},
    )
    def post(self, request: Request) -> Response:
        serializer = TokenRequestSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        wanted = {name: said[name] for name in ("name", "scopes", "days")}
        secret, token = make_token(said["user"], **wanted)
        shown = {name: getattr(token, name) for name in ("name", "scopes", "ends_at")}
        response = Response(TokenSerializer({"token": secret, **shown}).data)
        response["Cache-Control"] = "no-store"
        return response

    @extend_schema(
        summary="Make your token worthless",
        description="The one that the request is sent with; with a session, all of your tokens.",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        if isinstance(request.auth, ApiToken):
            request.auth.revoke()
        elif request.auth is None:
            own = ApiToken.objects.filter(user=request.user.pk, revoked_at=None)
            own.update(revoked_at=timezone.now())
        else:
            raise PermissionDenied(_("Such a token ends at /oauth/revoke/."))
        return Response(status=status.HTTP_204_NO_CONTENT)
