"""The admin of the catalogue: items and attributes, for staff; people are in `admin_people`.

Whatever is saved here leaves the derived texts of items right (`services`, `curation`).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet, URLField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from catalog import (
    admin_people,
    admin_reports,
    admin_tokens,
    admin_trust,
    admin_webhooks,
    curation,
    services,
)
from catalog.arriving.waiting import items_were_added
from catalog.covers import drawn_address
from catalog.models import Attribute, Item, ItemAttribute, OutsideId
from catalog.search import search
from catalog.templatetags.catalog_tags import picture_address

__all__ = [
    "admin_people",
    "admin_reports",
    "admin_tokens",
    "admin_trust",
    "admin_webhooks",
]  # registered by being imported
MAX_COVER_BYTES, MAX_COVER_PIXELS = 5_000_000, 25_000_000
COVER_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_cover(self) -> Any:
        """A picture of reasonable size: pages load it as it is."""
        cover = self.cleaned_data["cover"]
        picture = getattr(cover, "image", None)  # set on what was just uploaded
        if picture is None:
            return cover
        width, height = picture.size
        if cover.size > MAX_COVER_BYTES or width * height > MAX_COVER_PIXELS:
            raise forms.ValidationError(
                gettext("The picture has %(size)d bytes and %(pixels)d pixels; scale it down.")
                % {"size": cover.size, "pixels": width * height}
            )
        if picture.format not in COVER_FORMATS:
            raise forms.ValidationError(
                gettext("This is a picture in %(format)s; save it as one of %(formats)s.")
                % {"format": picture.format, "formats": ", ".join(COVER_FORMATS)}
            )
        return cover


class ItemAttributeInline(TabularInline):
    model = ItemAttribute
    autocomplete_fields = ("attribute",)
    ordering_field = "position"
    extra = 0
    tab = True


class OutsideIdInline(TabularInline):
    model = OutsideId
    extra = 0
    tab = True


@admin.register(Item)
class ItemAdmin(ModelAdmin):
    form = ItemForm
    list_display = ("preview", "title", "year", "creator_line", "listed", "ratings", "added_at")
    list_display_links = ("preview", "title")
    list_filter = ("is_listed", "added_at")
    list_per_page = 50
    search_fields = ("title",)
    search_help_text = _("Words from titles, creators or texts, or an outside id")
    ordering = ("-added_at", "-pk")
    readonly_fields = ("large_preview", "rating_count", "mean", "view_count")
    fieldsets = (
        (None, {"fields": ("title", "year", "description", "is_listed", "added_at")}),
        (_("Cover"), {"fields": ("large_preview", "cover", "cover_url")}),
        (_("Known as"), {"fields": ("key",)}),
        (_("What people did"), {"fields": ("rating_count", "mean", "view_count")}),
    )
    inlines = (ItemAttributeInline, OutsideIdInline)
    actions = ("list_again", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return Item.objects.all() if _is_one(request) else Item.objects.cards()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Item], search_term: str
    ) -> tuple[QuerySet[Item], bool]:
        words = search_term.replace("\0", "").strip()
        if not words:
            return queryset, False
        named = Item.objects.filter(key=words) | Item.objects.filter(outside_ids__value=words)
        found = search(Item.objects.all(), words).order_by().values("pk")
        wanted = Q(pk__in=found) | Q(pk__in=named.order_by().values("pk"))
        return queryset.filter(wanted), False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        services.refresh_item_text(form.instance)
        curation.tell()
        if not change:
            transaction.on_commit(items_were_added)

    @display(description=_("cover"))
    def preview(self, item: Item) -> str:
        return _picture(item, width=36)

    @display(description=_("as it is shown"))
    def large_preview(self, item: Item) -> str:
        return _picture(item, width=150) if item.pk else "-"

    @display(
        description=_("listed"),
        ordering="is_listed",
        label={gettext("listed"): "success", gettext("withdrawn"): "warning"},
    )
    def listed(self, item: Item) -> str:
        return gettext("listed") if item.is_listed else gettext("withdrawn")

    @display(description=_("ratings"), ordering="rating_count")
    def ratings(self, item: Item) -> str:
        return f"{item.rating_count} × {item.mean_stars:.2f}" if item.rating_count else "0"

    @display(description=_("mean stars"))
    def mean(self, item: Item) -> str:
        return "-" if item.mean_stars is None else f"{item.mean_stars:.2f}"

    @action(description=_("Withdraw: show nowhere, keep everything"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        self._list(request, queryset, are_listed=False)

    @action(description=_("List again"))
    def list_again(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        self._list(request, queryset, are_listed=True)

    def _list(self, request: HttpRequest, items: QuerySet[Item], *, are_listed: bool) -> None:
        changed = curation.list_items(items.order_by(), are_listed=are_listed)
        said = ngettext("%(number)d item changed.", "%(number)d items changed.", changed)
        messages.success(request, said % {"number": changed})


def _is_one(request: HttpRequest) -> bool:
    """Whether a request is about one item, whose long texts are needed."""
    match = request.resolver_match
    return match is not None and "object_id" in match.kwargs


def _picture(item: Item, *, width: int) -> str:
    source = picture_address(item) or drawn_address(item)
    return format_html(
        '<img src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
        source,
        item.title,
        width,
        width * 3 // 2,
    )


class AttributeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Attribute
        fields = ("kind", "name")

    def clean_kind(self) -> str:
        curation.check_kind(self.cleaned_data["kind"])
        return str(self.cleaned_data["kind"])

    def clean_name(self) -> str:
        curation.check_name(self.cleaned_data["name"])
        return str(self.cleaned_data["name"])


@admin.register(Attribute)
class AttributeAdmin(ModelAdmin):
    form = AttributeForm
    list_display = ("name", "kind", "items_count")
    list_filter = ("kind",)
    search_fields = ("name",)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attribute]:
        return super().get_queryset(request).annotate(number=Count("item_attributes"))

    @display(description=_("items"), ordering="number")
    def items_count(self, attribute: Any) -> int:
        return int(attribute.number)

    def save_model(self, request: HttpRequest, obj: Attribute, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            curation.refresh_items_with(obj)

    def delete_model(self, request: HttpRequest, obj: Attribute) -> None:
        self.delete_queryset(request, Attribute.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Attribute]) -> None:
        curation.delete_attributes(queryset)
