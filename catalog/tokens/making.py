"""Secrets: how they are made, recognised and looked up. Nothing else ever holds one.

A secret says what it is by its first letters, so that it is found where it was left lying about,
and has 256 random bits. Tokens of before have forty hexadecimal digits and go on working.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from django.utils import timezone

from catalog.models import User
from catalog.prepared import PreparedModels
from catalog.tokens.models import ApiToken, Service
from catalog.tokens.scopes import in_order

OWN, OF_SERVICES = "cat_own_", "cat_svc_"
DEFAULT_DAYS, MOST_DAYS = 90, 3650
MOST_TOKENS = 100
"""So many tokens that can be used may an account have."""
SHOWN = 4
"""Letters of the random part that a list shows, to tell tokens apart."""


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def make_token(
    owner: User | Service, *, name: str, scopes: Iterable[str], days: int | None = DEFAULT_DAYS
) -> tuple[str, ApiToken]:
    """The secret, which is never seen again, and the row. `days` None: it does not end."""
    is_own = isinstance(owner, User)
    prefix = OWN if is_own else OF_SERVICES
    secret = prefix + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        digest=digest_of(secret),
        start=secret[: len(prefix) + SHOWN],
        user=owner if isinstance(owner, User) else None,
        service=None if isinstance(owner, User) else owner,
        name=name,
        scopes=in_order(scopes),
        ends_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    return secret, token


def has_too_many(user: User) -> bool:
    return ApiToken.objects.usable(timezone.now()).filter(user=user).count() >= MOST_TOKENS


def find_token(secret: str) -> ApiToken | None:
    """The token with its owner and their person, usable or not. One query."""
    return next(iter(_TOKENS.of(digest_of(secret))), None)


_TOKENS = PreparedModels[ApiToken](
    lambda digest: ApiToken.objects.select_related("user__person", "service").filter(digest=digest)
)
