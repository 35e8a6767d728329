"""The wiring's own place in Django: what every process starts with, once the apps are there."""

from django.apps import AppConfig
from django.conf import settings

from config import observing


class WiringConfig(AppConfig):
    name = "config"
    verbose_name = "Wiring"

    def ready(self) -> None:
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            observing.start_tracing()
        if settings.SENTRY_DSN:
            observing.start_sentry(settings.SENTRY_DSN)
