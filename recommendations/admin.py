"""The operator's list of runs: every training with its figures, its verdict and its progress.

Nobody adds or edits a run here; buttons are in `recommendations.admin_runs`, and what is live and
how the site does is on the page of `recommendations.admin_overview`. Whoever may view runs sees
all, whoever may change them may press.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from recommendations import (
    admin_experiments,
    admin_placements,
    admin_rules,
    admin_schedule,
    admin_widget,
    pictures,
    report,
)
from recommendations.admin_runs import CHANGE, RunButtons, duration
from recommendations.models import ModelRun

__all__ = [
    "ModelRunAdmin",
    "admin_experiments",
    "admin_placements",
    "admin_rules",
    "admin_schedule",
    "admin_widget",
]  # registered by being imported
Status = ModelRun.Status


@admin.register(ModelRun)
class ModelRunAdmin(RunButtons):
    list_display = (
        "run",
        "state",
        "live",
        "trigger",
        "mode",
        "created_at",
        "took",
        "what",
        "score",
    )
    list_display_links = ("run",)
    list_filter = ("status", "trigger", "mode", "chosen")
    change_form_template = "admin/recommendations/modelrun/change_form.html"
    list_select_related = False
    list_per_page = 30

    class Media:
        css = {"all": ["recommendations/admin.css"]}

    # --- who may do what -------------------------------------------------------------------------
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ModelRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ModelRun | None = None) -> bool:
        return False

    # --- the list --------------------------------------------------------------------------------
    @display(description=_("run"), ordering="pk")
    def run(self, run: ModelRun) -> str:
        return gettext("Run %(number)s") % {"number": run.pk}

    @display(
        description=_("status"),
        ordering="status",
        label={
            Status.QUEUED: "info",
            Status.RUNNING: "info",
            Status.SUCCEEDED: "success",
            Status.REFUSED: "warning",
            Status.FAILED: "danger",
            Status.LOST: "danger",
        },
    )
    def state(self, run: ModelRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

    @display(description=_("live"), ordering="is_live", label={"live": "primary", "bad": "danger"})
    def live(self, run: ModelRun) -> tuple[str, str] | None:
        if run.artifact_problem:
            return "bad", gettext("damaged")
        return ("live", gettext("live")) if run.is_live else None

    @display(description=_("took"))
    def took(self, run: ModelRun) -> str | None:
        return duration(run)

    @display(description=_("model"), ordering="label")
    def what(self, run: ModelRun) -> str:
        return run.label or run.chosen

    @display(description=_("NDCG@10: hybrid / best baseline"))
    def score(self, run: ModelRun) -> str | None:
        duel = report.duel(run)
        if duel.hybrid is None and duel.baseline is None:
            return None
        return " / ".join(
            "–" if value is None else f"{value:.3f}" for value in (duel.hybrid, duel.baseline)
        )

    # --- one run ---------------------------------------------------------------------------------
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        context = self._run_context(request, run) if run else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def _run_context(self, request: HttpRequest, run: ModelRun) -> dict[str, Any]:
        return {
            "title": gettext("Run %(number)s") % {"number": run.pk},
            "subtitle": run.get_status_display(),
            "run": run,
            "took": duration(run),
            "rows": report.rows(run),
            "people": report.people(run),
            "curves": pictures.curves(run),
            "may_change": request.user.has_perm(CHANGE),
        }
