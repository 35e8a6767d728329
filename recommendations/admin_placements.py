"""The admin's surfaces: where each list stands, what it is made from, and how it is arranged.

There is a row for each surface, changed here and never added or deleted. *Preview* shows, beside
the list as it is, the one that the form would make, as its reader sees it, and saves nothing. What
was changed is in the admin's history. Registered by being imported from `recommendations.admin`.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextareaWidget

from catalog.people import current_person
from recommendations import panels
from recommendations.admin_preview import PreviewAdmin, PreviewForm
from recommendations.models import Placement
from recommendations.placements.model import WHERE
from recommendations.placements.settings import ALONE, MOST_WEIGHT, WITHOUT_MEANING, Source
from recommendations.steering import unknown_attributes
from recommendations.surface_preview import Comparison, compare
from recommendations.surfaces.words import sources_of

WEIGHT = "weight_"


def _weight(source: Source) -> forms.FloatField:
    return forms.FloatField(
        label=source.label,
        required=False,
        min_value=0.0,
        max_value=MOST_WEIGHT,
        widget=UnfoldAdminDecimalFieldWidget,
    )


def weighed(name: str) -> list[Source]:
    """The sources that a surface can be mixed from; none where its own stands alone."""
    return [] if name in ALONE else [one for one in Source if one not in ALONE.values()]


Weights: Any = type(
    "Weights",
    (PreviewForm,),
    {f"{WEIGHT}{source.value}": _weight(source) for source in Source},
)
"""A number for each source."""


class PlacementForm(Weights):
    only_attributes = forms.CharField(
        label=capfirst(_("only among")),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text=_(
            "One attribute a line, as KIND:NAME, such as genres:Comedy. Items with any of them are "
            "shown; empty: all may be."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["only_attributes"] = "\n".join(self.instance.only_attributes)
        shown = weighed(self.instance.name)
        for source in Source:
            name = f"{WEIGHT}{source.value}"
            if source in shown:
                self.initial[name] = self.instance.sources.get(source.value)
            else:
                del self.fields[name]

    def clean_only_attributes(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["only_attributes"].splitlines()]
        names = list(dict.fromkeys(line for line in lines if line))
        if unknown := unknown_attributes([name for name in names if ":" in name]):
            words = gettext("No item has %(name)s; see the catalogue's attributes for their names.")
            raise forms.ValidationError(words % {"name": unknown[0][:80]})
        return names

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        shown = weighed(self.instance.name)
        weights = {one.value: self.cleaned_data.get(f"{WEIGHT}{one.value}") for one in shown}
        if shown:
            self.instance.sources = {name: weight for name, weight in weights.items() if weight}
        return cleaned

    def add_error(self, field: Any, error: Any) -> None:
        """What is wrong with the sources is said at the first of their fields; with what a surface
        has no field for, and was written by hand, above all of them."""
        said = getattr(error, "error_dict", {})
        if "sources" in said:
            said[f"{WEIGHT}{next(iter(Source)).value}"] = said.pop("sources")
        for name in [name for name in said if name not in self.fields]:
            said.setdefault(NON_FIELD_ERRORS, []).extend(said.pop(name))
        super().add_error(field, error)


@admin.register(Placement)
class PlacementAdmin(PreviewAdmin):
    form = PlacementForm
    list_display = ("surface", "name", "state", "where", "order", "size", "made_from")
    list_display_links = ("surface",)
    list_filter = ("is_on", "on_home", "on_item")
    actions = None
    change_form_template = "admin/recommendations/placement/change_form.html"
    fieldsets: Any = (
        (None, {"fields": ("is_on", "title", "size")}),
        (
            _("Where"),
            {"fields": (("on_home", "on_item"), ("on_page", "on_api"), "order")},
        ),
        (
            _("What it is made from"),
            {
                "description": _(
                    "A weight for each source: with 3 and 1, three of four items come from the "
                    "first. Empty or 0: nothing comes from there."
                ),
                "fields": (*(f"{WEIGHT}{source.value}" for source in weighed("")), "fallback"),
            },
        ),
        (
            _("How it is arranged"),
            {"fields": ("diversity", ("exploration", "rotation"), "only_attributes")},
        ),
    )

    class Media:
        css = {"all": ["recommendations/admin.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: Placement | None = None) -> Any:
        """Where a source stands alone, without what would have no meaning there."""
        if obj is None or obj.name not in ALONE:
            return self.fieldsets
        shown, (where, _places), _made, (arranged, _arrangement) = self.fieldsets
        idle = WITHOUT_MEANING[obj.name]
        left = tuple(name for name in ("diversity", "only_attributes") if name not in idle)
        words = gettext(
            "Made from “%(source)s” alone: nothing can be mixed in or fill it up, since what the "
            "list says has to hold of each of its items."
        ) % {"source": ALONE[obj.name].label}
        return (
            shown,
            (where, {"fields": ("on_home", ("on_page", "on_api"), "order")}),
            (arranged, {"description": words, "fields": left}),
        )

    # --- who may do what -------------------------------------------------------------------------
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Placement | None = None) -> bool:
        """A surface is switched off, so that its history stays."""
        return False

    # --- the list --------------------------------------------------------------------------------
    @display(description=_("surface"))
    def surface(self, placement: Placement) -> str:
        return str(placement)

    @display(description=_("state"), label={"on": "success", "off": "warning"})
    def state(self, placement: Placement) -> tuple[str, str]:
        if placement.is_on:
            return "on", gettext("switched on")
        return "off", gettext("switched off")

    @display(description=_("where"))
    def where(self, placement: Placement) -> str:
        fields = [placement._meta.get_field(name) for name in WHERE if getattr(placement, name)]
        return ", ".join(str(getattr(field, "verbose_name", "")) for field in fields)

    @display(description=_("made from"))
    def made_from(self, placement: Placement) -> str:
        return ", ".join(sources_of(placement.settings))

    # --- one surface -----------------------------------------------------------------------------
    def previewed(self, request: HttpRequest, instance: Placement) -> Comparison:
        return compare(instance, current_person(request))

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if context["original"] is not None:
            context["see"] = _address(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        """For the history: each setting as it was and as it is."""
        return "; ".join(
            f"{form.fields[name].label}: {_words(form.initial.get(name))} → "
            f"{_words(form.cleaned_data.get(name))}"
            for name in form.changed_data
        )


def _address(placement: Placement) -> str:
    """Where it can be seen; "" where it is nowhere."""
    if not placement.is_on:
        return ""
    if placement.on_home:
        return reverse("catalog:home")
    if placement.on_page and not placement.on_item:
        return panels.page_of(placement.name)
    return reverse("catalog:browse") if placement.on_item else ""


def _words(value: Any) -> str:
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(value)
    return number_format(value) if isinstance(value, float) else str(value).replace("\n", ", ")
