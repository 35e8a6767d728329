"""A form of the admin that shows what it would change before it is saved: rules and surfaces."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

PREVIEW = "_preview"


class PreviewForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that, asked for a preview, is shown again instead of being saved."""

    is_asked = is_previewed = False

    def is_valid(self) -> bool:
        is_sound = super().is_valid()
        self.is_previewed = is_sound and self.is_asked
        return is_sound and not self.is_asked


class PreviewAdmin(ModelAdmin):
    """With a button beside Save; `previewed` says what the template gets."""

    actions_submit_line = ("try_out",)

    def previewed(self, request: HttpRequest, instance: Any) -> Any:
        """What the row would change, as it stands in a sound form."""
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.is_asked = PREVIEW in request.POST
        return form

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        if getattr(form, "is_previewed", False):
            context["preview"] = self.previewed(request, form.instance)
        context["show_delete"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    @action(
        description=_("Preview"),
        icon="visibility",
        attrs={"name": PREVIEW},
        permissions=["try_out"],
    )
    def try_out(self, request: HttpRequest, obj: Any) -> None:
        """Never called: a form that is asked for a preview is not saved."""

    def has_try_out_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may save the form."""
        if object_id is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request)
