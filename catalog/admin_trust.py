"""The moderators' *Quarantine* and *Freezes*: who looks like part of an attack, why, what to do.

Every button is a POST of somebody who may change cases, asks `catalog.trust.acts`, and can be taken
back by the button that takes its place. What was done stands beside it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from catalog.admin_buttons import Buttons, Facts
from catalog.freezes import Freeze
from catalog.models import Rating, User
from catalog.own.models import shown_name
from catalog.trust import acts
from catalog.trust.models import TrustCase
from catalog.trust.words import sentences

MOST_RATINGS = 100
Status = TrustCase.Status


class CaseFilter(admin.SimpleListFilter):
    """Proposed and quarantined ones, unless others are asked for."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Status.choices)

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Proposed and in quarantine")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[TrustCase]) -> Any:
        asked = self.value()
        return queryset.filter(status=asked) if asked else queryset.exclude(status=Status.FINE)


def _quarantine(case: TrustCase, by: User) -> str:
    acts.quarantine(case, by=by)
    return gettext("In quarantine: nothing of theirs counts any more.")


def _release(case: TrustCase, by: User) -> str:
    acts.release(case, by=by)
    return gettext("Released: all of theirs counts again.")


def _find_fine(case: TrustCase, by: User) -> str:
    acts.find_fine(case, by=by)
    return gettext("Fine: they are not proposed for these signals again.")


@admin.register(TrustCase)
class TrustCaseAdmin(Facts):
    list_display = ("who", "trust_shown", "why", "found_at", "state")
    list_filter = (CaseFilter,)
    list_select_related = ("person__user",)
    list_per_page = 50
    search_fields = ("person__user__username", "person__name")
    ordering = ("trust", "pk")
    change_form_template = "admin/catalog/trustcase/change_form.html"
    acts_by_name = {"quarantine": _quarantine, "release": _release, "fine": _find_fine}

    @display(description=_("person"), ordering="person")
    def who(self, case: TrustCase) -> str:
        return str(case.person)

    @display(description=_("trust"), ordering="trust")
    def trust_shown(self, case: TrustCase) -> str:
        return f"{100 * case.trust:.0f} %"

    @display(description=_("signals"))
    def why(self, case: TrustCase) -> str:
        return ", ".join(str(SIGNALS[signal["name"]]) for signal in case.signals)

    @display(
        description=_("status"),
        ordering="status",
        label={Status.PROPOSED: "warning", Status.QUARANTINED: "danger", Status.FINE: "success"},
    )
    def state(self, case: TrustCase) -> tuple[str, str]:
        return case.status, case.get_status_display()

    def facts(self, request: HttpRequest, case: TrustCase) -> dict[str, Any]:
        ratings = Rating.objects.filter(person=case.person, is_private=False)
        named = {signal["item"] for signal in case.signals if "item" in signal}
        rows = list(ratings.select_related("item").order_by("-rated_at", "-pk")[:MOST_RATINGS])
        return {
            "title": gettext("Quarantine"),
            "subtitle": case.get_status_display(),
            "case": case,
            "name": shown_name(case.person),
            "trust": f"{100 * case.trust:.0f}",
            "sentences": sentences(case.signals),
            "ratings": sorted(rows, key=lambda row: row.item_id not in named),
            "named": named,
            "count": ratings.count(),
            "log": case.decisions.select_related("by")[:20],
            "may_change": self.has_change_permission(request),
        }


SIGNALS = {
    "wave": _("wave"),
    "twins": _("twins"),
    "deviation": _("unlike others"),
    "pace": _("fast"),
    "new": _("new"),
}


def _lift(made: Freeze, by: User) -> str:
    acts.lift(made, by=by)
    return gettext("The freeze is lifted: what was held back counts.")


@admin.register(Freeze)
class FreezeAdmin(Buttons):
    """Made once, and then lifted at most: what was held back must be told from what was not."""

    list_display = ("item", "begins_at", "ends_at", "made_by", "state")
    list_select_related = ("item", "made_by")
    list_per_page = 50
    raw_id_fields = ("item",)  # the other widget has no name for screen readers
    fields = ("item", "begins_at", "ends_at", "why")
    ordering = ("-begins_at", "-pk")
    change_form_template = "admin/catalog/freeze/change_form.html"
    acts_by_name = {"lift": _lift}

    @display(description=_("status"), label={"active": "warning", "over": "success"})
    def state(self, made: Freeze) -> tuple[str, str]:
        if made.is_active:
            return "active", gettext("frozen")
        return "over", gettext("lifted") if made.lifted_at else gettext("not now")

    def get_readonly_fields(self, request: HttpRequest, obj: Freeze | None = None) -> Any:
        return self.fields if obj else ()

    def save_model(self, request: HttpRequest, obj: Freeze, form: Any, change: bool) -> None:
        if not change and isinstance(request.user, User):
            acts.begin(obj, by=request.user)
