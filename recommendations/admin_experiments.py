"""The admin's experiments: written in a form, started, ramped up and stopped by buttons, drawn.

What an experiment is about cannot be changed once it has started; its buttons ask
`recommendations.experimenting.running`, which keeps every change with who made it. Registered by
being imported from `recommendations.admin`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import display

from catalog.models import User
from recommendations.experimenting import pages, running
from recommendations.experiments.model import MOST_ARMS, RAMP, Arm
from recommendations.models import Experiment, ModelRun

MOST_CHANGES = 30
Act = Callable[[Experiment, User, dict[str, str]], str]


class ArmForm(forms.ModelForm):  # type: ignore[type-arg]
    """The default arm says nothing, and is one all the same."""

    def has_changed(self) -> bool:
        return self.instance.pk is None or super().has_changed()


class ArmForms(BaseInlineFormSet):  # type: ignore[type-arg]
    """Arms get their places as they stand; the first one is the default."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        if form.instance.pk is None:
            form.instance.place = i
        form.instance.experiment = self.instance
        return form


class ArmInline(StackedInline):
    model = Arm
    form = ArmForm
    formset = ArmForms
    fields = ("name", "changes", "run")
    extra, min_num, max_num = 0, 2, MOST_ARMS

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "run":
            kwargs["queryset"] = ModelRun.objects.servable()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "run":
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False
        if db_field.name == "changes":
            field.widget.attrs["rows"] = 2
        return field

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and _may_change(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and _may_change(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # of whoever may see the experiment


@admin.register(Experiment)
class ExperimentAdmin(ModelAdmin):
    list_display = ("name", "state", "surface", "design", "share", "started_at", "stopped_at")
    list_filter = ("surface", "design")
    search_fields = ("name", "why")
    list_per_page = 50
    change_form_template = "admin/recommendations/experiment/change_form.html"
    inlines = (ArmInline,)
    fieldsets = (
        (None, {"fields": ("name", "why", "surface", "design")}),
        (_("What is counted"), {"fields": (("metric", "per"), "window_days")}),
        (_("Guardrails"), {"fields": ("guards_dismissals", "guards_seen")}),
    )

    class Media:
        css = {"all": ["recommendations/admin.css"]}

    @display(
        description=_("state"),
        label={"written": "info", "runs": "success", "stopped": "warning"},
    )
    def state(self, experiment: Experiment) -> tuple[str, str]:
        if experiment.started_at is None:
            return "written", gettext("not started")
        return ("runs", gettext("runs")) if experiment.is_running else ("stopped", gettext("over"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if _is_open(obj):
            return ()
        return [
            field.name
            for field in Experiment._meta.fields
            if field.name not in ("name", "why", "id", "token")
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and _is_open(obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Experiment, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data or not change:
            said = gettext("Written.") if not change else gettext("Its words were changed.")
            running.note(obj, said, by=_staff(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if _is_open(form.instance):
            running.put_in_order(form.instance)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        experiment = context["original"]
        if experiment is not None:
            context |= pages.context(experiment)
            context["changes"] = experiment.changes.select_related("by")[:MOST_CHANGES]
            context["may_change"] = _may_change(request)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- buttons ---------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        def at(act: str, view: Any) -> URLPattern:
            name = f"recommendations_experiment_{act}"
            return path(f"<int:pk>/{act}/", self.admin_site.admin_view(view), name=name)

        buttons = [at(name, self._button(act)) for name, act in ACTS.items()]
        return [*buttons, at("csv", self.csv_view), *super().get_urls()]

    def csv_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every day of every arm, with the interval until then."""
        experiment = get_object_or_404(Experiment, pk=pk)
        if not self.has_view_permission(request, experiment):
            raise PermissionDenied
        response = HttpResponse(pages.table(experiment), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="experiment-{experiment.pk}.csv"'
        return response

    def _button(self, act: Act) -> Callable[..., HttpResponse]:
        def press(request: HttpRequest, pk: int) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not _may_change(request):
                raise PermissionDenied
            experiment = get_object_or_404(Experiment, pk=pk)
            try:
                said = act(experiment, _staff(request), request.POST.dict())
            except running.CannotRun as reason:
                messages.error(request, str(reason))
            else:
                messages.success(request, said)
            return HttpResponseRedirect(
                reverse("admin:recommendations_experiment_change", args=[pk])
            )

        return press


def _start(experiment: Experiment, by: User, sent: dict[str, str]) -> str:
    running.start(experiment, by=by)
    return gettext("It runs on %(share)d %% of people.") % {"share": experiment.share}


def _ramp(experiment: Experiment, by: User, sent: dict[str, str]) -> str:
    share = sent.get("share", "")
    running.ramp(experiment, share=int(share) if share in STEPS else 0, by=by)
    return gettext("It runs on %(share)d %% of people.") % {"share": experiment.share}


def _stop(experiment: Experiment, by: User, sent: dict[str, str]) -> str:
    running.stop(experiment, gettext("An operator stopped it."), by=by)
    return gettext("It is over: everybody gets the default again.")


def _apply(experiment: Experiment, by: User, sent: dict[str, str]) -> str:
    place = sent.get("arm", "")
    wanted = int(place) if place in tuple("0123") else -1
    arm = experiment.arms.select_related("run", "experiment").filter(place=wanted).first()
    if arm is None:
        raise running.CannotRun(gettext("There is no such arm."))
    return running.apply(arm, by=by)


STEPS = tuple(map(str, RAMP))
ACTS: dict[str, Act] = {"start": _start, "ramp": _ramp, "stop": _stop, "apply": _apply}


def _is_open(experiment: Experiment | None) -> bool:
    """Whether what it is about may be changed."""
    return experiment is None or experiment.started_at is None


def _may_change(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("recommendations.change_experiment"))


def _staff(request: HttpRequest) -> Any:
    """Whoever is signed in; the admin lets nobody else come here."""
    return request.user
