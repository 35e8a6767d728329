"""The moderators' queue: what was reported, in its context, and what to do about it.

Every button is a POST of somebody who may change reports, and asks `catalog.moderation.acts`; what
was done stands in the log of the report, and can be taken back by the button beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from catalog.models import User
from catalog.moderation import acts, things
from catalog.own.models import shown_name
from catalog.reports import Report

VIEW, CHANGE = "catalog.view_report", "catalog.change_report"
Status = Report.Status


class StatusFilter(admin.SimpleListFilter):
    """Open ones, unless others are asked for."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        others = [(value, label) for value, label in Status.choices if value != Status.OPEN]
        return [*others, ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": Status.OPEN.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        asked = self.value() or Status.OPEN
        return queryset if asked == "all" else queryset.filter(status=asked)


@admin.register(Report)
class ReportAdmin(ModelAdmin):
    list_display = ("what", "excerpt", "reason", "by", "made_at", "state")
    list_filter = (StatusFilter, "kind", "reason", "made_at")
    list_select_related = ("about__user", "reporter__user")
    list_per_page = 50
    search_fields = ("text", "words", "about__user__username", "about__name")
    ordering = ("made_at", "pk")
    change_form_template = "admin/catalog/report/change_form.html"

    @display(description=_("what"))
    def what(self, made: Report) -> str:
        said = {"kind": made.get_kind_display(), "name": made.about}
        return gettext("%(kind)s by %(name)s") % said

    @display(description=_("words reported"))
    def excerpt(self, made: Report) -> str:
        return Truncator(made.text).chars(80)

    @display(description=_("reported by"))
    def by(self, made: Report) -> str:
        return gettext("somebody") if made.reporter is None else str(made.reporter)

    @display(
        description=_("status"),
        ordering="status",
        label={Status.OPEN: "warning", Status.UPHELD: "danger", Status.DISMISSED: "success"},
    )
    def state(self, made: Report) -> tuple[str, str]:
        return made.status, made.get_status_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        acts_by_name = {
            "hide": self._hide,
            "dismiss": self._dismiss,
            "reopen": self._reopen,
            "suspend": self._suspend,
            "readmit": self._readmit,
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(self._button(act)),
                name=f"catalog_report_{name}",
            )
            for name, act in acts_by_name.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        made = self.get_object(request, object_id)
        context = self._context(request, made) if made else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def _context(self, request: HttpRequest, made: Report) -> dict[str, Any]:
        thing = things.find_any(made.kind, made.thing)
        others = Report.objects.filter(about=made.about).exclude(pk=made.pk)
        log = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Report), object_id=str(made.pk)
        )
        return {
            "title": gettext("Report %(number)s") % {"number": made.pk},
            "subtitle": made.get_status_display(),
            "made": made,
            "thing": thing,
            "name": shown_name(made.about),
            "has_changed": thing is not None and thing.text != made.text,
            "is_hidden": things.is_hidden(made.kind, made.thing),
            "others": others.order_by("-pk")[:20],
            "log": log.select_related("user").order_by("-action_time")[:20],
            "may_change": request.user.has_perm(CHANGE),
        }

    def _button(self, act: Callable[[Report, User], str]) -> Callable[..., HttpResponse]:
        def press(request: HttpRequest, pk: int) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not request.user.has_perm(CHANGE) or not isinstance(request.user, User):
                raise PermissionDenied
            made = get_object_or_404(Report.objects.select_related("about__user"), pk=pk)
            try:
                messages.success(request, act(made, request.user))
            except acts.Refused as refused:
                messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("admin:catalog_report_change", args=[pk]))

        return press

    def _hide(self, made: Report, by: User) -> str:
        acts.uphold(made, by=by)
        return gettext("Hidden from everybody but its maker.")

    def _dismiss(self, made: Report, by: User) -> str:
        acts.dismiss(made, by=by)
        return gettext("Dismissed: it is shown.")

    def _reopen(self, made: Report, by: User) -> str:
        acts.reopen(made, by=by)
        return gettext("The report is open again.")

    def _suspend(self, made: Report, by: User) -> str:
        acts.suspend(made.about, by=by, made=made)
        return gettext("The account is suspended, and signed out everywhere.")

    def _readmit(self, made: Report, by: User) -> str:
        acts.readmit(made.about, by=by)
        return gettext("The account is open again.")
