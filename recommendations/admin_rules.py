"""The admin's rules: written in a form with a preview, kept with every change, reverted by a click.

*Preview* is a button of the form: what was typed is checked and tried on a sample of people by
`recommendations.rule_preview`, and nothing is saved. Rules are switched off rather than deleted, so
that their history stays; they go when their item or attribute does. Registered by being imported
from `recommendations.admin`.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from recommendations import rule_preview
from recommendations.admin_preview import PreviewAdmin, PreviewForm
from recommendations.models import Rule, RuleChange
from recommendations.rules import changes
from recommendations.rules.model import SWITCHES

MOST_CHANGES = 50


class RuleForm(PreviewForm):
    def validate_constraints(self) -> None:
        """The model's `clean` has said the same in better words."""
        if not self.errors:
            super().validate_constraints()


@admin.register(Rule)
class RuleAdmin(PreviewAdmin):
    form = RuleForm
    list_display = ("rule", "state", "where", "until", "note")
    list_display_links = ("rule",)
    list_filter = ("action", "is_on")
    list_select_related = ("item", "attribute")
    list_per_page = 50
    search_fields = ("note", "item__title", "attribute__name", "words")
    raw_id_fields = ("item", "attribute")
    change_form_template = "admin/recommendations/rule/change_form.html"
    object_history_template = "admin/recommendations/rule/object_history.html"
    fieldsets = (
        (None, {"fields": ("action", "note", "is_on")}),
        (
            _("Which items"),
            {
                "description": _("An item is meant if it fits all that is filled in here."),
                "fields": (
                    "item",
                    "attribute",
                    "words",
                    ("added_within_days", "older_than_days"),
                ),
            },
        ),
        (
            _("How"),
            {
                "description": _(
                    "Boost and bury have a strength, a pin has a place, “at most so many” a number."
                ),
                "fields": (("strength", "place"), ("most", "group_by")),
            },
        ),
        (_("On which lists"), {"fields": (SWITCHES[:2], SWITCHES[2:4], SWITCHES[4])}),
        (_("When"), {"fields": ("starts_at", "ends_at")}),
    )

    class Media:
        css = {"all": ["recommendations/admin.css"]}

    # --- the list --------------------------------------------------------------------------------
    @display(description=_("rule"), ordering="action")
    def rule(self, rule: Rule) -> str:
        return str(rule)

    @display(
        description=_("state"),
        label={"in force": "success", "later": "info", "over": "warning", "off": "warning"},
    )
    def state(self, rule: Rule) -> tuple[str, str]:
        now = timezone.now()
        if not rule.is_on:
            return "off", gettext("switched off")
        if rule.is_in_force(at=now):
            return "in force", gettext("in force")
        if rule.starts_at is not None and rule.starts_at > now:
            return "later", gettext("begins later")
        return "over", gettext("over")

    @display(description=_("lists"))
    def where(self, rule: Rule) -> str:
        return ", ".join(str(surface.label) for surface in rule.surfaces)

    @display(description=_("until"), ordering="ends_at")
    def until(self, rule: Rule) -> str | None:
        return date_format(rule.ends_at, "SHORT_DATE_FORMAT") if rule.ends_at else None

    # --- one rule --------------------------------------------------------------------------------
    def previewed(self, request: HttpRequest, instance: Rule) -> rule_preview.Preview:
        return rule_preview.preview(instance, now=timezone.now())

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if context["original"] is None:  # the theme has these buttons for saved rows only
            context["actions_submit_line"] = self.get_actions_submit_line(request, None)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        changes.save(obj, by=_staff(request))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        raise PermissionDenied(gettext("A rule is switched off, so that its history stays."))

    def get_actions(self, request: HttpRequest) -> Any:
        """Without the one that deletes."""
        return {
            name: what
            for name, what in super().get_actions(request).items()
            if name != "delete_selected"
        }

    # --- its history -----------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        revert = path(
            "<int:pk>/revert/<int:change_id>/",
            self.admin_site.admin_view(self.revert_view),
            name="recommendations_rule_revert",
        )
        return [revert, *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        rule = self.get_object(request, object_id)
        known = rule.changes.select_related("by", "back_to")[:MOST_CHANGES] if rule else []
        said = changes.state_of(rule) if rule else {}
        context = {
            "changes": [
                {
                    "change": change,
                    "differences": changes.differences(change),
                    "is_now": change.after == said,
                }
                for change in known
            ],
            "may_change": self.has_change_permission(request, rule),
        }
        return super().history_view(request, object_id, {**(extra_context or {}), **context})

    def revert_view(self, request: HttpRequest, pk: int, change_id: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        kept = RuleChange.objects.select_related("rule")
        change = get_object_or_404(kept, pk=change_id, rule=pk)
        if not self.has_change_permission(request, change.rule):
            raise PermissionDenied
        when = date_format(timezone.localtime(change.at), "SHORT_DATETIME_FORMAT")
        try:
            made = changes.revert(change, by=_staff(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            said = gettext("The rule says again what it said at %(when)s.") % {"when": when}
            if made is not None:
                self.log_change(request, change.rule, said)
            messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:recommendations_rule_history", args=[pk]))


def _staff(request: HttpRequest) -> Any:
    """Whoever is signed in; the admin lets nobody else come here."""
    return request.user
