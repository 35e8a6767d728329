"""Accounts, second factors and mail, as `config.settings` takes them over.

With EMAIL_URL the site sends mail: an account must then prove its address by a code before it can
sign in, and may be made with a passkey alone. Without it, addresses are optional and never checked,
and forgotten passwords are set anew by whoever runs the site. Mail is sent by the request itself,
within EMAIL_TIMEOUT: signing up needs no broker.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import env_bool, env_choice

MAIL_PATIENCE = 10


def mail_from(url: str) -> dict[str, Any]:
    """Django's mail settings from smtp://USER:PASSWORD@HOST:PORT, or smtps://... for TLS at once.

    smtp:// begins TLS on the way (STARTTLS), unless it ends in ?tls=0.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL is not like smtp://USER:PASSWORD@HOST:PORT")
    wants_tls = parse_qs(parts.query).get("tls", ["1"])[-1] not in ("0", "false", "no")
    return {
        "host": parts.hostname,
        "port": parts.port or (465 if parts.scheme == "smtps" else 587),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "starttls": parts.scheme == "smtp" and wants_tls,
        "tls": parts.scheme == "smtps",
    }


EMAIL_URL = os.environ.get("EMAIL_URL", "").strip()
_mail = mail_from(EMAIL_URL) if EMAIL_URL else {}
EMAIL_HOST, EMAIL_PORT = _mail.get("host", "localhost"), _mail.get("port", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.get("user", ""), _mail.get("password", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("starttls", False), _mail.get("tls", False)
EMAIL_TIMEOUT = MAIL_PATIENCE
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND") or (
    f"django.core.mail.backends.{'smtp' if EMAIL_URL else 'console'}.EmailBackend"
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "webmaster@localhost"

_CHOICES = ("mandatory", "optional", "none")
ACCOUNT_EMAIL_VERIFICATION = env_choice(
    "EMAIL_VERIFICATION", _CHOICES if EMAIL_URL else tuple(reversed(_CHOICES))
)
_must_verify = ACCOUNT_EMAIL_VERIFICATION == "mandatory"

ACCOUNT_ADAPTER = "config.account_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = [
    "username*",
    "email*" if _must_verify else "email",
    "password1*",
    "password2*",
]
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = _must_verify
ACCOUNT_EMAIL_NOTIFICATIONS = bool(EMAIL_URL)
"""Mail about what was changed on an account: its password, its address, its second factor."""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
"""Seconds for which a password that was just given need not be given again."""
ACCOUNT_RATE_LIMITS = {
    "signup": "20/m/ip",
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "reset_password": "20/m/ip,5/m/key",
    "confirm_email": "1/10s/key",
    "report": "20/1h/ip",
}
"""Kept in the shared cache; the rest is allauth's own. The last is for `catalog.moderation`."""
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env_bool("BEHIND_PROXY", default=False) else 0

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = _must_verify
MFA_ALLOW_UNVERIFIED_EMAIL = not _must_verify
MFA_TOTP_ISSUER = os.environ.get("SITE_NAME") or "The Open Shelf"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not env_bool(
    "HTTPS_ONLY", default=not env_bool("DJANGO_DEBUG", default=False)
)
"""Passkeys over plain HTTP, which browsers allow on this machine's own name only."""
STAFF_SECOND_FACTOR = env_bool("STAFF_SECOND_FACTOR", default=False)
"""Whether the admin is shut to staff who have no second factor."""
