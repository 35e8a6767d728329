"""Settings of how other sites reach this one, and it them: the widget and webhooks."""

from __future__ import annotations

from config.environment import env_list

# The widget's address is the one that pages of other sites may read; never with credentials.
CORS_URLS_REGEX = r"^/api/v1/widget/"
CORS_ALLOWED_ORIGINS = env_list("WIDGET_ORIGINS")
"""Beside those that staff add in the admin."""
CORS_ALLOW_METHODS = ["GET"]
CORS_ALLOW_HEADERS: list[str] = []

WEBHOOK_ALLOWED_HOSTS = env_list("WEBHOOK_ALLOWED_HOSTS")
"""Hosts that webhooks may be sent to though they are private or without TLS, as in development."""
