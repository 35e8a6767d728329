"""Admin pages of facts, with buttons that are forms of their own: reports, cases and freezes.

A button is a POST of somebody who may change what the page is about. It calls a function of the
row and whoever presses, which answers with the sentence that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from catalog.models import User

Act = Callable[[Any, User], str]


class Buttons(ModelAdmin):
    """Rows that are changed by buttons and never deleted by hand."""

    acts_by_name: Mapping[str, Act]
    refusals: tuple[type[Exception], ...] = ()
    """What an act raises, with a sentence, where it cannot be done."""

    class Media:
        css = {"all": ["catalog/admin.css"]}

    def get_urls(self) -> list[URLPattern]:
        name = self.model._meta.model_name
        own = [
            path(
                f"<int:pk>/{act}/",
                self.admin_site.admin_view(self._button(does)),
                name=f"catalog_{name}_{act}",
            )
            for act, does in self.acts_by_name.items()
        ]
        return [*own, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _button(self, act: Act) -> Callable[..., HttpResponse]:
        def press(request: HttpRequest, pk: int) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not self.has_change_permission(request) or not isinstance(request.user, User):
                raise PermissionDenied
            try:
                messages.success(request, act(get_object_or_404(self.model, pk=pk), request.user))
            except self.refusals as refused:
                messages.error(request, str(refused))
            name = f"admin:catalog_{self.model._meta.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[pk]))

        return press


class Facts(Buttons):
    """Rows that nobody adds or edits: a page says what is known of each."""

    def facts(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of this row shows."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        row = self.get_object(request, object_id)
        context = self.facts(request, row) if row else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )
