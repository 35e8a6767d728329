"""The admin of the catalogue: items and who did what to them, for staff.

Items are saved with their derived text and counts kept right (`services`, `curation`). What people
did can be looked at and removed here, never made up or changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Model, Q, QuerySet, URLField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from catalog import curation, services
from catalog.covers import drawn_address
from catalog.models import (
    Attribute,
    Item,
    ItemAttribute,
    ItemView,
    OutsideId,
    Person,
    Rating,
    ShelfEntry,
    User,
)
from catalog.search import search
from catalog.templatetags.catalog_tags import picture_address, stars_named

BULK_UNTIL = 20_000
"""So many items at most have their text refreshed when an attribute of theirs changes."""


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
        '<img src="{}" alt="" width="{}" height="{}" loading="lazy">',
        source,
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
            services.refresh_item_texts(_items_with([obj]))

    def delete_model(self, request: HttpRequest, obj: Attribute) -> None:
        self.delete_queryset(request, Attribute.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Attribute]) -> None:
        items = list(_items_with(queryset))
        Attribute.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))).delete()
        services.refresh_item_texts(items)


def _items_with(attributes: Iterable[Attribute]) -> QuerySet[Item]:
    return Item.objects.filter(attributes__in=attributes).distinct()[:BULK_UNTIL]


class LookOnly(ModelAdmin):
    """Rows that can be looked at and removed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EventAdmin(LookOnly):
    """What people did. Removing an event keeps the counts of its item right."""

    search_fields = ("item__title", "person__key", "person__name", "person__user__username")
    list_select_related = ("item", "person__user")
    list_per_page = 50
    show_full_result_count = False

    def take_back(self, event: Any) -> None:
        raise NotImplementedError

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.take_back(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for event in queryset.select_related("item", "person"):
            self.take_back(event)


@admin.register(Rating)
class RatingAdmin(EventAdmin):
    list_display = ("item", "person", "stars_shown", "rated_at")
    list_filter = ("half_stars", "rated_at", "person__is_simulated")
    ordering = ("-pk",)

    @display(description=_("stars"), ordering="half_stars")
    def stars_shown(self, rating: Rating) -> str:
        return str(stars_named(rating.half_stars))

    def take_back(self, event: Rating) -> None:
        services.take_back_rating(event.person, event.item)


@admin.register(ItemView)
class ItemViewAdmin(EventAdmin):
    list_display = ("item", "person", "viewed_at")
    list_filter = ("viewed_at", "person__is_simulated")
    ordering = ("-pk",)

    def take_back(self, event: ItemView) -> None:
        services.forget_views(event.person, event.item, at=event.viewed_at)


@admin.register(ShelfEntry)
class ShelfEntryAdmin(EventAdmin):
    list_display = ("item", "person", "shelf", "shelved_at")
    list_filter = ("shelf", "shelved_at", "person__is_simulated")
    ordering = ("-pk",)

    def take_back(self, event: ShelfEntry) -> None:
        services.unshelve_item(event.person, event.item)


@admin.register(Person)
class PersonAdmin(ModelAdmin):
    list_display = ("__str__", "sort", "is_private", "is_paused", "created_at")
    list_filter = ("is_simulated", "is_private", "is_paused", ("user", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    list_per_page = 50
    search_fields = ("name", "key", "user__username")
    fields = ("name", "user", "key", "is_simulated", "is_private", "is_paused", "created_at")
    readonly_fields = ("user", "key", "is_simulated", "created_at")
    ordering = ("-pk",)

    @display(description=_("who"))
    def sort(self, person: Person) -> str:
        if person.user_id is not None:
            return gettext("member")
        if person.is_simulated:
            return gettext("simulated")
        return gettext("imported") if person.session_key is None else gettext("visitor")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Person) -> None:
        self.delete_queryset(request, Person.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        services.forget_people(queryset)


@admin.register(User)
class UserAdmin(PlainUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.forget_people(Person.objects.filter(user=obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        services.forget_people(Person.objects.filter(user__in=queryset.order_by()))
        super().delete_queryset(request, queryset)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, ModelAdmin):
    pass
