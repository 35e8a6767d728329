"""Secrets of webhooks, and the signature that they make: HMAC-SHA256, as Standard Webhooks have it.

A secret is made from a webhook's seed and the site's SECRET_KEY, so that neither the database nor
the key alone gives it away. Keys in SECRET_KEY_FALLBACKS sign too, each beside the others.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils.crypto import salted_hmac

from catalog.webhooks.models import Webhook

SALT = "catalog.webhooks.secret"


def secret_text(webhook: Webhook) -> str:
    """What the receiver is told, once."""
    return f"whsec_{b64encode(_secret(webhook.seed, settings.SECRET_KEY)).decode()}"


def headers(webhook: Webhook, *, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """What a message carries beside its body."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    known = [_secret(seed, key) for seed in webhook.seeds(now) for key in keys]
    timestamp = str(int(now.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": _signatures(known, f"{message_id}.{timestamp}.".encode() + body),
    }


def _signatures(known: Iterable[bytes], signed: bytes) -> str:
    made = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in known)
    return " ".join(f"v1,{b64encode(one).decode()}" for one in made)


def _secret(seed: str, key: str | bytes) -> bytes:
    return salted_hmac(SALT, seed, secret=key, algorithm="sha256").digest()
