"""The admin of services and of all tokens: made for services, revoked, and never read.

A secret is on the page that follows its making, and nowhere else: not in a message, not in a log.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
)

from catalog.tokens.making import DEFAULT_DAYS, MOST_DAYS, make_token
from catalog.tokens.models import ApiToken, Service
from catalog.tokens.scopes import SCOPES, SERVICE_SCOPES


@admin.register(Service)
class ServiceAdmin(ModelAdmin):
    list_display = ("name", "is_active", "people_count", "made_at")
    fields = ("name", "is_active")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        return super().get_queryset(request).annotate(number=Count("people"))

    @display(description=_("people"))
    def people_count(self, service: Any) -> int:
        return int(service.number)


class ServiceTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A token for a service; people make their own under their account."""

    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[(name, f"{name}: {SCOPES[name]}") for name in SERVICE_SCOPES],
        initial=list(SERVICE_SCOPES[:2]),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    days = forms.IntegerField(
        label=_("Days until it ends"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DEFAULT_DAYS,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: it does not end."),
    )

    class Meta:
        model = ApiToken
        fields = ("service", "name")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if "service" in self.fields:
            self.fields["service"].required = True

    def _post_clean(self) -> None:
        """The row is made by `make_token`, not from this form's instance."""


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    list_display = ("name", "owner", "scopes_line", "state", "made_at", "ends_at", "used_at")
    list_filter = ("revoked_at", "made_at", ("service", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "service")
    list_per_page = 50
    search_fields = ("name", "user__username", "service__name", "start")
    ordering = ("-pk",)
    fields = ("name", "owner", "start", "scopes_line", "state", "made_at", "ends_at", "used_at")
    actions = ("revoke",)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = ServiceTokenForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("service", "name", "scopes", "days")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("catalog.change_apitoken"))

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> ApiToken:
        said = form.cleaned_data
        secret, token = make_token(
            said["service"], name=said["name"], scopes=said["scopes"], days=said["days"]
        )
        vars(request)["made_secret"] = secret
        form.save_m2m = lambda: None
        return token

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """It is saved already."""

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": obj.name,
            "opts": self.opts,
            "token": obj,
            "secret": vars(request)["made_secret"],
        }
        response = TemplateResponse(request, "admin/catalog/made_token.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @display(description=_("whose"))
    def owner(self, token: ApiToken) -> str:
        return str(token.user or token.service)

    @display(description=_("scopes"))
    def scopes_line(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @display(description=_("state"))
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return gettext("revoked")
        return gettext("in force") if token.is_usable else gettext("ended")

    @action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        revoked = queryset.order_by().filter(revoked_at=None).update(revoked_at=timezone.now())
        said = ngettext("%(n)d token is revoked.", "%(n)d tokens are revoked.", revoked)
        messages.success(request, said % {"n": revoked})
