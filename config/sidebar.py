"""The admin's sidebar: Recommendations first, then every list that somebody may see.

Asked by the admin theme for each page (`UNFOLD` in the settings). Lists are those that are
registered, so that a new one finds its place by itself.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

FIRST = "recommendations"
MAY_INSPECT = "recommendations.inspect_lists"


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links; the first one is about recommendations."""
    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    first = apps.pop(FIRST, None)
    others = [
        {"title": app["name"], "separator": True, "items": _lists(app)} for app in apps.values()
    ]
    if first is None:
        return others
    address = reverse("admin:app_list", args=[FIRST])
    overview = {
        "title": _("Recommendations"),
        "icon": "monitoring",
        "link": address,
        "active": request.path == address,
    }
    measured = reverse("measuring")
    seen = {"title": _("What was seen"), "link": measured, "active": request.path == measured}
    new = {"title": _("New items"), "link": reverse("new_items")}
    return [{"items": [overview, seen, new, *_lists(first), *_inspector(request)]}, *others]


def _inspector(request: HttpRequest) -> list[dict[str, Any]]:
    """For whoever may look into the lists of people."""
    if not request.user.has_perm(MAY_INSPECT):
        return []
    return [{"title": _("Inspector"), "link": reverse("admin_inspector")}]


def _lists(app: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"title": model["name"], "link": model["admin_url"]}
        for model in app["models"]
        if model["admin_url"]
    ]
