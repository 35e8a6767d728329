"""The moderators' queue: what was reported, in its context, and what to do about it.

Every button is a POST of somebody who may change reports, and asks `catalog.moderation.acts`; what
was done stands in the log of the report, and can be taken back by the button beside it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from catalog.admin_buttons import Act, Facts
from catalog.models import User
from catalog.moderation import acts
from catalog.moderation.queue import facts_of
from catalog.own.models import shown_name
from catalog.reports import Report

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


def _button(name: str, said: Any) -> Act:
    def act(made: Report, by: User) -> str:
        acts.DECISIONS[name](made, by=by)
        return str(said)

    return act


SAID = {
    "hide": _("Hidden from everybody but its maker."),
    "dismiss": _("Dismissed: it is shown."),
    "reopen": _("The report is open again."),
    "suspend": _("The account is suspended, and signed out everywhere."),
    "readmit": _("The account is open again."),
}


@admin.register(Report)
class ReportAdmin(Facts):
    list_display = ("what", "excerpt", "reason", "by", "made_at", "state")
    list_filter = (StatusFilter, "kind", "reason", "made_at")
    list_select_related = ("about__user", "reporter__user")
    list_per_page = 50
    search_fields = ("text", "words", "about__user__username", "about__name")
    ordering = ("made_at", "pk")
    change_form_template = "admin/catalog/report/change_form.html"
    refusals = (acts.Refused,)
    acts_by_name = {name: _button(name, SAID[name]) for name in acts.DECISIONS}

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

    def facts(self, request: HttpRequest, made: Report) -> dict[str, Any]:
        return {
            "title": gettext("Report %(number)s") % {"number": made.pk},
            "subtitle": made.get_status_display(),
            "made": made,
            "name": shown_name(made.about),
            "may_change": self.has_change_permission(request),
            **vars(facts_of(made)),
        }
