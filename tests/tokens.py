"""Tokens for tests: clients that show one, as programs do."""

from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import User
from catalog.tokens.making import make_token
from catalog.tokens.models import ApiToken, Service
from catalog.tokens.scopes import SCOPES


def secret_of(owner: User | Service, *scopes: str, **more: Any) -> str:
    """A new token's secret; without scopes it may all. It was used just now."""
    secret, token = make_token(owner, name="a test", scopes=scopes or SCOPES, **more)
    ApiToken.objects.filter(pk=token.pk).update(used_at=timezone.now())
    return secret


def client_with(owner: User | Service, *scopes: str, act_for: str | None = None) -> APIClient:
    headers = {"HTTP_AUTHORIZATION": f"Token {secret_of(owner, *scopes)}"}
    if act_for is not None:
        headers["HTTP_ACT_FOR"] = act_for
    client = APIClient()
    client.credentials(**headers)
    return client
