"""The admin's *Widget sites*: whose pages may show lists of this one."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from recommendations.models import WidgetOrigin


@admin.register(WidgetOrigin)
class WidgetOriginAdmin(ModelAdmin):
    list_display = ("origin",)
    search_fields = ("origin",)
