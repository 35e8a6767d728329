"""The admin's *Webhooks*: who is told of what, their secrets, and the log of what was sent.

A secret is shown on the page that answers the form or the button that made it, and never again.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.admin_buttons import Buttons, Facts
from catalog.models import User
from catalog.webhooks import sending, signing
from catalog.webhooks.models import Event, Webhook, WebhookDelivery

Status = WebhookDelivery.Status


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    events = forms.MultipleChoiceField(
        label=capfirst(_("events")),
        choices=[(event.value, event.label) for event in Event],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


def _test(webhook: Webhook, by: User) -> str:
    sending.send_test(webhook)
    return gettext("A test message is on its way; the deliveries say whether it arrives.")


@admin.register(Webhook)
class WebhookAdmin(Buttons):
    form = WebhookForm
    list_display = ("name", "url", "state", "last_at", "last_result")
    list_per_page = 50
    fields = ("name", "url", "events", "is_active")
    change_form_template = "admin/catalog/webhook/change_form.html"
    acts_by_name = {"test": _test}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rotate_view)
        return [path("<int:pk>/rotate/", view, name="catalog_webhook_rotate"), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ModelAdmin.has_delete_permission(self, request, obj)

    @display(description=_("status"), label={"on": "success", "off": "warning"})
    def state(self, webhook: Webhook) -> tuple[str, str]:
        if webhook.is_active:
            return "on", gettext("switched on")
        return "off", gettext("switched off")

    def response_add(
        self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._show_secret(request, obj)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new secret, shown once; the old one signs beside it for a day."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        webhook = get_object_or_404(Webhook, pk=pk)
        if not self.has_change_permission(request, webhook):
            raise PermissionDenied
        sending.rotate(webhook)
        self.log_change(request, webhook, gettext("New secret."))
        return self._show_secret(request, webhook, is_new=False)

    def _show_secret(
        self, request: HttpRequest, webhook: Webhook, *, is_new: bool = True
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The secret of %(name)s") % {"name": webhook},
            "webhook": webhook,
            "secret": signing.secret_text(webhook),
            "is_new": is_new,
            "media": self.media,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/catalog/webhook/secret.html", context)


def _again(delivery: WebhookDelivery, by: User) -> str:
    sending.send_again(delivery)
    return gettext("It is sent again, with the same id.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Facts):
    list_display = ("event", "webhook", "state", "attempts", "last_at", "last_status", "last_error")
    list_display_links = ("event",)
    list_filter = ("status", "webhook")
    list_select_related = ("webhook", "message")
    list_per_page = 50
    date_hierarchy = "since"
    change_form_template = "admin/catalog/webhookdelivery/change_form.html"
    acts_by_name = {"again": _again}

    @display(description=_("event"), ordering="message__event")
    def event(self, delivery: WebhookDelivery) -> str:
        return delivery.message.event

    @display(
        description=_("status"),
        ordering="status",
        label={Status.WAITING: "info", Status.DELIVERED: "success", Status.GIVEN_UP: "danger"},
    )
    def state(self, delivery: WebhookDelivery) -> tuple[str, str]:
        return delivery.status, delivery.get_status_display()

    def facts(self, request: HttpRequest, delivery: WebhookDelivery) -> dict[str, Any]:
        return {
            "title": gettext("Webhook delivery"),
            "delivery": delivery,
            "may_change": self.has_change_permission(request, delivery),
        }
