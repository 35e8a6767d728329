"""Traces and error reports for whoever asks for them: OTEL_EXPORTER_OTLP_ENDPOINT and SENTRY_DSN.

With neither set nothing here is imported and nothing leaves the site. With one set, and its
packages missing (requirements-observe.txt), the start is refused in words.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.logs import Redactor, request_id, secrets_in
from recommendations.context import current_run

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


def require(package: str, *, because_of: str) -> None:
    try:
        found = find_spec(package)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ImproperlyConfigured(
            f"{because_of} is set, but {package} is not installed: "
            "pip install -r requirements-observe.txt -c constraints.txt"
        )


def start_tracing() -> None:
    for package in (
        "opentelemetry.sdk",
        "opentelemetry.exporter.otlp.proto.http",
        "opentelemetry.instrumentation.django",
        "opentelemetry.instrumentation.celery",
    ):
        require(package, because_of="OTEL_EXPORTER_OTLP_ENDPOINT")
    from config import tracing

    tracing.start(service=settings.SITE_NAME)


def start_sentry(dsn: str) -> None:
    """Errors only, without who was asking: no bodies, cookies, addresses, accounts or variables."""
    require("sentry_sdk", because_of="SENTRY_DSN")
    import sentry_sdk
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn=dsn,
            send_default_pii=False,
            max_request_body_size="never",
            include_local_variables=False,
            traces_sample_rate=None,
            auto_session_tracking=False,
            before_send=_before_send,
            before_breadcrumb=lambda crumb, hint: None,
        )
    except BadDsn:
        raise ImproperlyConfigured("SENTRY_DSN is no address of a Sentry project") from None


def _before_send(event: Event, hint: Hint) -> Event:
    """The ids that log lines carry, and nothing that a log line may not say."""
    tags = {"request_id": request_id.get(), "run_id": str(current_run.get() or "")}
    event["tags"] = {**dict(event.get("tags") or {}), **{k: v for k, v in tags.items() if v}}
    redacted: Event = _redacted(event, Redactor(secrets_in(os.environ)))
    return redacted


def _redacted(value: Any, redact: Redactor) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: _redacted(entry, redact) for key, entry in value.items()}
        case list() | tuple():
            return [_redacted(entry, redact) for entry in value]
    return value
