"""The operator's pages: every training with its figures, its verdict and its progress.

Nobody adds or edits a run here; buttons ask `recommendations.services`. Training itself is started
by name, through the task queue. Whoever may view runs sees all, whoever may change them may press.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from recommendations import admin_schedule, broker, report, services
from recommendations.models import ModelRun

__all__ = ["ModelRunAdmin", "admin_schedule"]  # the latter is registered by being imported

CHANGE = "recommendations.change_modelrun"
Status = ModelRun.Status
View = Callable[..., HttpResponse]


def _button(view: View) -> View:
    """A view behind a button: POST only, for those who may change runs."""

    @wraps(view)
    def checked(self: Any, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        return view(self, request, **kwargs)

    return checked


@admin.register(ModelRun)
class ModelRunAdmin(ModelAdmin):
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
    list_before_template = "admin/recommendations/modelrun/overview.html"
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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = self._overview(request)
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def _overview(self, request: HttpRequest) -> dict[str, Any]:
        live = ModelRun.objects.live()
        active = ModelRun.objects.active().first()
        return {
            "live_run": live,
            "live_rows": report.rows(live) if live else [],
            "live_people": report.people(live) if live else 0,
            "active_run": active,
            "may_change": request.user.has_perm(CHANGE),
            "can_roll_back": live is not None
            and ModelRun.objects.servable().filter(pk__lt=live.pk).exists(),
        }

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
            "may_change": request.user.has_perm(CHANGE),
        }

    # --- buttons and the fragment that refreshes itself ------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: View, name: str) -> URLPattern:
            return path(
                route, self.admin_site.admin_view(view), name=f"recommendations_modelrun_{name}"
            )

        return [
            at("retrain/", self.retrain_view, "retrain"),
            at("roll-back/", self.roll_back_view, "roll_back"),
            at("<int:run_id>/make-live/", self.make_live_view, "make_live"),
            at("<int:run_id>/cancel/", self.cancel_view, "cancel"),
            at("<int:run_id>/fragment/", self.fragment_view, "fragment"),
            *super().get_urls(),
        ]

    @_button
    def retrain_view(self, request: HttpRequest) -> HttpResponse:
        by = request.user if request.user.is_authenticated else None
        messages.info(request, broker.enqueue_retrain(by=by))
        return self._back()

    @_button
    def roll_back_view(self, request: HttpRequest) -> HttpResponse:
        try:
            run = services.roll_back()
        except services.CannotServe as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _now_live(run))
        return self._back()

    @_button
    def make_live_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = get_object_or_404(ModelRun, pk=run_id)
        try:
            services.make_live(run)
        except services.CannotServe as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _now_live(run))
        return self._back(run)

    @_button
    def cancel_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = get_object_or_404(ModelRun, pk=run_id)
        if services.cancel(run):
            messages.success(request, gettext("The run is cancelled."))
        else:
            messages.warning(request, gettext("The run was over already."))
        return self._back(run)

    def fragment_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """How far a run is. The page asks again and again, and is loaded anew when it is over."""
        run = get_object_or_404(ModelRun, pk=run_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        context = {"run": run, "took": duration(run), "with_log": "log" in request.GET}
        response = render(request, "admin/recommendations/modelrun/progress.html", context)
        if not run.is_active:
            response["HX-Refresh"] = "true"
        return response

    def _back(self, run: ModelRun | None = None) -> HttpResponseRedirect:
        if run is None:
            return HttpResponseRedirect(reverse("admin:recommendations_modelrun_changelist"))
        return HttpResponseRedirect(reverse("admin:recommendations_modelrun_change", args=[run.pk]))


def duration(run: ModelRun) -> str | None:
    """How long a run took, in its largest two units."""
    if run.duration is None:
        return None
    minutes, seconds = divmod(round(run.duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
    return gettext("%(seconds)d s") % {"seconds": seconds}


def _now_live(run: ModelRun) -> str:
    return gettext("%(model)s of run %(number)s is live.") % {
        "model": run.label or run.chosen,
        "number": run.pk,
    }
