"""The Recommendations page of the admin, at the address of the app: all at one glance.

What is live and how good it is, what runs, what came of the last runs, how the site is used, and
what is to be mended. Its buttons are those of `recommendations.admin_runs`.
"""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from recommendations import overview
from recommendations.admin_runs import CHANGE, VIEW


def page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(VIEW) and not request.user.has_perm(CHANGE):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        **overview.context(now=timezone.now()),
        "title": _("Recommendations"),
        "may_change": request.user.has_perm(CHANGE),
    }
    return TemplateResponse(request, "admin/recommendations/overview.html", context)
