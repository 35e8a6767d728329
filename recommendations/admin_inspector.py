"""The inspector's page: a person, an item, and by which model; kept in the log by whom it was read.

Sent as a POST, so that names of people stand in no address and no access log. Only for staff with
the permission `inspect_lists`. Nothing of it counts as something that the person did.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from catalog.covers import drawn_address
from catalog.models import Item, Person
from catalog.templatetags.catalog_tags import picture_address
from recommendations import engine, rule_preview
from recommendations.inspector import TOP, Inspection, Setting, inspect
from recommendations.loading import LiveModel
from recommendations.models import ModelRun

MAY = "recommendations.inspect_lists"
MOST_RUNS = 20
MOST_ALIKE = 5


class InspectorForm(forms.Form):
    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=200,
        help_text=gettext_lazy("A username, or the number of a visitor."),
    )
    item = forms.CharField(
        label=gettext_lazy("Item"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A whole title or a number; empty: the list alone."),
    )
    run = forms.ModelChoiceField(
        ModelRun.objects.none(),
        label=gettext_lazy("Model"),
        required=False,
        empty_label=gettext_lazy("the one that serves this person"),
    )
    other = forms.ModelChoiceField(
        ModelRun.objects.none(),
        label=gettext_lazy("Beside it"),
        required=False,
        empty_label=gettext_lazy("none"),
    )
    setting = forms.ChoiceField(
        label=gettext_lazy("Beside it, set otherwise"),
        choices=[("", gettext_lazy("no")), *Setting.choices],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = list(ModelRun.objects.servable().values_list("pk", flat=True)[:MOST_RUNS])
        for name in ("run", "other"):
            field: Any = self.fields[name]
            field.queryset = ModelRun.objects.filter(pk__in=newest).defer("log", "curve", "marks")
            field.label_from_instance = _named

    def clean_person(self) -> Person:
        said = self.cleaned_data["person"].strip()
        people = Person.objects.select_related("user")
        found = people.filter(user__username=said).first()
        if found is None and _is_number(said):
            found = people.filter(pk=int(said)).first()
        found = found or people.filter(key=said).first()
        if found is None:
            raise ValidationError(
                _("Nobody is called so. A member has a username, a visitor a number.")
            )
        return found

    def clean_item(self) -> Item | None:
        said = self.cleaned_data["item"].strip()
        if not said:
            return None
        if _is_number(said) and (item := Item.objects.cards().filter(pk=int(said)).first()):
            return item
        found = list(Item.objects.cards().filter(title__iexact=said)[: MOST_ALIKE + 1])
        if len(found) > 1:
            numbers = ", ".join(f"{item.pk} ({item.year or '–'})" for item in found[:MOST_ALIKE])
            raise ValidationError(
                _("Several are called so; give the number of one: %(numbers)s.")
                % {"numbers": numbers}
            )
        if not found:
            raise ValidationError(_("Nothing is called so: give the whole title, or the number."))
        return found[0]

    @property
    def has_second(self) -> bool:
        return bool(self.cleaned_data["other"] or self.cleaned_data["setting"])

    def models(self) -> list[LiveModel | None]:
        """One or two; None stands for the one that serves the person. Invalid where unreadable.

        A list that is only set otherwise is by the same model.
        """
        wanted: list[LiveModel | None] = []
        for name in ("run", "other"):
            run = self.cleaned_data[name]
            try:
                wanted.append(engine.read_model(run) if run else None)
            except Exception as problem:  # whatever is wrong with a file is said, not raised
                self.add_error(name, _("It cannot be read: %(problem)s") % {"problem": problem})
                wanted.append(None)
        if not self.cleaned_data["other"]:
            wanted[1] = wanted[0]
        return wanted if self.has_second else wanted[:1]


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    form = InspectorForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        models = form.models()
        if form.is_valid():
            person, item = form.cleaned_data["person"], form.cleaned_data["item"]
            _keep(request, person, item)
            chosen = form.cleaned_data["setting"]
            context = _found(person, item, models, Setting(chosen) if chosen else None)
    return TemplateResponse(
        request,
        "admin/recommendations/inspector.html",
        {**admin.site.each_context(request), "title": _("Inspector"), "form": form, **context},
    )


def _found(
    person: Person, item: Item | None, models: list[LiveModel | None], setting: Setting | None
) -> dict[str, Any]:
    """The second one of two is set otherwise, where that was asked for."""
    settings = [None, setting]
    found = [
        inspect(person, item, model=model, setting=one)
        for model, one in zip(models, settings, strict=False)
    ]
    return {
        "set_otherwise": setting.label if setting else "",
        "person": person,
        "item": item,
        "picture": (picture_address(item) or drawn_address(item)) if item else "",
        "inspections": found,
        "lists": _lists(found),
        "events": found[0].events,
        "has_personal_lists": found[0].has_personal_lists,
    }


def _lists(found: list[Inspection]) -> list[tuple[Inspection, list[rule_preview.Place]]]:
    """The first places of each list; of the second one, with what is different in it."""
    first, *others = [inspection.picks.items[:TOP] for inspection in found]
    marked = [rule_preview.marked_before(first, others[0] if others else first)]
    marked += [rule_preview.marked(first, other) for other in others]
    return list(zip(found, marked, strict=True))


def _keep(request: HttpRequest, person: Person, item: Item | None) -> None:
    """Who looked at whose list is in the log of the admin, and in the history of the person."""
    said = _("Looked at in the inspector.")
    if item is not None:
        said = _("Looked at in the inspector, for %(item)s.") % {"item": item}
    staff: Any = request.user  # the admin lets nobody else come here
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(Person),
        object_id=str(person.pk),
        object_repr=str(person)[:200],
        action_flag=CHANGE,
        change_message=said,
    )


def _named(run: ModelRun) -> str:
    words = _("run %(number)s: %(model)s") % {"number": run.pk, "model": run.label or run.chosen}
    return _("%(run)s, live") % {"run": words} if run.is_live else words


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 19
