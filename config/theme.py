"""How the admin looks: the theme's settings, with the site's name, icon and accent."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static

ACCENT_HUE = 165
"""That of the accent in catalog/static/catalog/site.css."""
SHADES = {
    "50": (0.975, 0.015),
    "100": (0.945, 0.03),
    "200": (0.9, 0.05),
    "300": (0.84, 0.08),
    "400": (0.78, 0.11),
    "500": (0.66, 0.11),
    "600": (0.46, 0.09),
    "700": (0.4, 0.08),
    "800": (0.34, 0.07),
    "900": (0.28, 0.05),
    "950": (0.2, 0.03),
}
"""Lightness and chroma; white text is readable on 600, and 600 on white."""


def admin_theme(site_name: str) -> dict[str, Any]:
    """The settings of django-unfold."""
    accent = {
        name: f"oklch({light} {chroma} {ACCENT_HUE})" for name, (light, chroma) in SHADES.items()
    }
    icon = {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("catalog/icon.svg")}
    return {
        "SITE_TITLE": site_name,
        "SITE_HEADER": site_name,
        "SITE_FAVICONS": [icon],
        "COLORS": {"primary": accent},
        "LOGIN": {"form": "config.second_factor.StaffEntrance"},
        "SIDEBAR": {"navigation": "config.sidebar.navigation"},
    }
