"""Which other sites may show the widget: WIDGET_ORIGINS, and the rows that staff add here.

django-cors-headers answers browsers by both; it asks `is_row` for each request to the widget's
address, and never about any other.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from corsheaders.signals import check_request_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ADDRESS = "/api/v1/widget/"
PORTS = {"http": 80, "https": 443}


def as_origin(text: str) -> str:
    """The origin that a browser says for this address; ValidationError where it is none."""
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in PORTS or not host or "*" in host or not is_bare:
        words = _("Give scheme and host, and the port if there is one: https://shop.example")
        raise ValidationError(words)
    host = f"[{host}]" if ":" in host else host
    is_usual = port in (None, PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"


class WidgetOrigin(models.Model):
    """Another site whose pages may show the widget."""

    origin = models.CharField(
        gettext_lazy("origin"),
        max_length=300,
        unique=True,
        help_text=gettext_lazy("Scheme and host, as in https://shop.example"),
    )

    class Meta:
        verbose_name = gettext_lazy("widget site")
        verbose_name_plural = gettext_lazy("widget sites")
        ordering = ["origin"]

    def __str__(self) -> str:
        return self.origin

    def clean_fields(self, exclude: Any = None) -> None:
        super().clean_fields(exclude)
        try:
            self.origin = as_origin(self.origin)
        except ValidationError as error:
            raise ValidationError({"origin": error.messages}) from error


def is_allowed(origin: str) -> bool:
    """Whether pages of this origin may show the widget."""
    return origin in settings.CORS_ALLOWED_ORIGINS or is_row(origin)


def is_row(origin: str) -> bool:
    return WidgetOrigin.objects.filter(origin=origin).exists()


@receiver(check_request_enabled, dispatch_uid="recommendations.widget_origins")
def allow(request: HttpRequest, **_more: Any) -> bool:
    return request.path_info.startswith(ADDRESS) and is_row(request.headers.get("Origin", ""))
