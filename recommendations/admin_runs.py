"""What the admin's buttons about runs do, and the part of a page that follows a run.

Every button is a POST of someone who may change runs; it asks `recommendations.services` or the
task queue, says in a sentence what came of it, and goes back to where it was pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from unfold.admin import ModelAdmin

from recommendations import broker, canary, overview, pictures, services
from recommendations.models import ModelRun

VIEW, CHANGE = "recommendations.view_modelrun", "recommendations.change_modelrun"
View = Callable[..., HttpResponse]


def button(view: View) -> View:
    """A view behind a button: POST only, for those who may change runs."""

    @wraps(view)
    def checked(self: Any, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        return view(self, request, **kwargs)

    return checked


class RunButtons(ModelAdmin):
    """The addresses below the list of runs that do something."""

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: View, name: str) -> URLPattern:
            return path(
                route, self.admin_site.admin_view(view), name=f"recommendations_modelrun_{name}"
            )

        return [
            at("retrain/", self.retrain_view, "retrain"),
            at("roll-back/", self.roll_back_view, "roll_back"),
            at("<int:run_id>/start-canary/", self.start_canary_view, "start_canary"),
            at("promote-canary/", self.promote_canary_view, "promote_canary"),
            at("drop-canary/", self.drop_canary_view, "drop_canary"),
            at("<int:run_id>/make-live/", self.make_live_view, "make_live"),
            at("<int:run_id>/cancel/", self.cancel_view, "cancel"),
            at("<int:run_id>/fragment/", self.fragment_view, "fragment"),
            *super().get_urls(),
        ]

    @button
    def retrain_view(self, request: HttpRequest) -> HttpResponse:
        by = request.user if request.user.is_authenticated else None
        messages.info(request, broker.enqueue_retrain(by=by))
        return _to_overview()

    @button
    def roll_back_view(self, request: HttpRequest) -> HttpResponse:
        try:
            run = services.roll_back()
        except services.CannotServe as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _now_live(run))
        return _to_overview()

    @button
    def make_live_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = get_object_or_404(ModelRun, pk=run_id)
        try:
            services.make_live(run)
        except services.CannotServe as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _now_live(run))
        return _to_run(request, run)

    @button
    def start_canary_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run, share = get_object_or_404(ModelRun, pk=run_id), overview.share_of_a_trial()
        try:
            canary.start_canary(run, share=share)
        except services.CannotServe as reason:
            messages.error(request, str(reason))
        else:
            said = gettext("%(run)s is tried on %(share)d %% of people.")
            messages.success(request, said % {"run": run, "share": share})
        return _to_overview()

    @button
    def promote_canary_view(self, request: HttpRequest) -> HttpResponse:
        try:
            run = canary.promote_canary(gettext("An operator made it live."))
        except services.CannotServe as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _now_live(run))
        return _to_overview()

    @button
    def drop_canary_view(self, request: HttpRequest) -> HttpResponse:
        if canary.drop_canary(gettext("An operator dropped it.")):
            messages.success(request, gettext("The live model serves everybody again."))
        else:
            messages.warning(request, gettext("No model was being tried."))
        return _to_overview()

    @button
    def cancel_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = get_object_or_404(ModelRun, pk=run_id)
        if services.cancel(run):
            messages.success(request, gettext("The run is cancelled."))
        else:
            messages.warning(request, gettext("The run was over already."))
        return _to_run(request, run)

    def fragment_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """How far a run is. The page asks again and again, and is loaded anew when it is over."""
        run = get_object_or_404(ModelRun, pk=run_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        context = {
            "run": run,
            "took": duration(run),
            "with_log": "log" in request.GET,
            "curves": pictures.curves(run),
        }
        response = render(request, "admin/recommendations/modelrun/progress.html", context)
        if not run.is_active:
            response["HX-Refresh"] = "true"
        return response


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


def overview_address() -> str:
    """Where the Recommendations page is: at the address of the app itself."""
    return reverse("admin:app_list", args=["recommendations"])


def _to_overview() -> HttpResponseRedirect:
    return HttpResponseRedirect(overview_address())


def _to_run(request: HttpRequest, run: ModelRun) -> HttpResponseRedirect:
    """Back to the overview, if the button stood there, else to the run's own page."""
    if "overview" in request.POST:
        return _to_overview()
    return HttpResponseRedirect(reverse("admin:recommendations_modelrun_change", args=[run.pk]))


def _now_live(run: ModelRun) -> str:
    return gettext("%(model)s of run %(number)s is live.") % {
        "model": run.label or run.chosen,
        "number": run.pk,
    }
