"""How the admin looks: the theme's settings, with the site's name, icon and accent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
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
GREY_HUE = 75
GREYS = {
    "50": (0.985, 0.006),
    "100": (0.962, 0.009),
    "200": (0.922, 0.012),
    "300": (0.87, 0.014),
    "400": (0.71, 0.016),
    "500": (0.55, 0.018),
    "600": (0.445, 0.018),
    "700": (0.372, 0.016),
    "800": (0.278, 0.014),
    "900": (0.21, 0.012),
    "950": (0.165, 0.01),
}
"""The warm greys of the site instead of the theme's blue ones, as light as those."""


def admin_theme(site_name: str) -> dict[str, Any]:
    """The settings of django-unfold."""
    icon = {"rel": "icon", "type": "image/svg+xml", "href": _icon}
    return {
        "SITE_TITLE": site_name,
        "SITE_HEADER": site_name,
        "SITE_FAVICONS": [icon],
        "SITE_ICON": _icon,
        "BORDER_RADIUS": "6px",
        "COLORS": {"primary": _colours(SHADES, ACCENT_HUE), "base": _colours(GREYS, GREY_HUE)},
        "SCRIPTS": [lambda _request: static("catalog/admin.js")],
        "LOGIN": {"form": "config.second_factor.StaffEntrance"},
        "SIDEBAR": {"navigation": "config.sidebar.navigation"},
    }


def _colours(shades: dict[str, tuple[float, float]], hue: int) -> dict[str, str]:
    return {name: f"oklch({light} {chroma} {hue})" for name, (light, chroma) in shades.items()}


def _icon(_request: HttpRequest) -> str:
    return static("catalog/icon.svg")
