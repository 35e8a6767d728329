"""The admin's page of when and how the site trains by itself: one row, changed in place.

Before it was saved for the first time it shows what the environment says. Deleting it goes back
to that. Registered by being imported from `recommendations.admin`.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from recommendations.models import RetrainSettings


@admin.register(RetrainSettings)
class RetrainSettingsAdmin(ModelAdmin):
    fieldsets = (
        (None, {"fields": ("is_on",)}),
        (
            _("When"),
            {"fields": ("every_hours", "at_hour", "after_events", "after_share", "after_items")},
        ),
        (_("How"), {"fields": ("budget", "warm_days", "canary_share")}),
        (_("What is kept"), {"fields": ("keep_artifacts", "keep_days")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not RetrainSettings.objects.exists()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one row at most: its page, or the page that makes it."""
        row = RetrainSettings.objects.first()
        if row is not None:
            address = reverse("admin:recommendations_retrainsettings_change", args=[row.pk])
            return HttpResponseRedirect(address)
        if self.has_add_permission(request):
            return HttpResponseRedirect(reverse("admin:recommendations_retrainsettings_add"))
        return super().changelist_view(request, extra_context)
