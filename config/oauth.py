"""Other programs that ask people here for a token: OAuth 2, where OAUTH_PROVIDER is set.

Authorization code with PKCE and nothing else, with the scopes of `catalog.tokens`; rows hold hashes
of tokens, not tokens. Needs `requirements-oauth.txt`. Off, none of it is imported or installed.
"""

from __future__ import annotations

from typing import Any

from django.urls import URLResolver, include, path

from catalog.tokens.scopes import READ, SCOPES
from config.api_limits import OAUTH_PROVIDER

INSTALLED = ["oauth2_provider"] if OAUTH_PROVIDER else []
AUTHENTICATION = ["catalog.tokens.oauth.OAuthAuthentication"] if OAUTH_PROVIDER else []
ACCESS_SECONDS, REFRESH_SECONDS = 3600, 60 * 60 * 24 * 90


def provider_settings(*, https_only: bool) -> dict[str, Any]:
    """What Django OAuth Toolkit is told. Its best practices (RFC 9700) are all switched on."""
    practices = (
        *("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "PKCE_REQUIRED", "REFRESH_TOKEN"),
        *("ACCESS_TOKEN_TRANSPORT", "AUTHZ_RESPONSE_ISS", "TOKEN_STORAGE"),
        *("REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING"),
    )
    return {
        "SCOPES": dict(SCOPES),
        "DEFAULT_SCOPES": [READ],
        "PKCE_REQUIRED": True,
        "REQUEST_APPROVAL_PROMPT": "force",
        "ACCESS_TOKEN_EXPIRE_SECONDS": ACCESS_SECONDS,
        "REFRESH_TOKEN_EXPIRE_SECONDS": REFRESH_SECONDS,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "ALLOWED_REDIRECT_URI_SCHEMES": ["https"] if https_only else ["https", "http"],
        **{f"COMPLIANT_BCP_RFC9700_{name}": True for name in practices},
    }


def patterns() -> list[URLResolver]:
    """The addresses of it, if it is on."""
    if not OAUTH_PROVIDER:
        return []
    return [path("oauth/", include("catalog.tokens.oauth"))]
