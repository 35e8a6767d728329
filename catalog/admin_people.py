"""The admin of people, their accounts and what they did.

Events can be looked at and removed, never made up or changed; removing one, or a whole person,
keeps the counts of items right.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from catalog import privacy, services
from catalog.models import ItemView, Person, Rating, ShelfEntry, User
from catalog.privacy import SWITCHES
from catalog.templatetags.catalog_tags import stars_named


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
    list_select_related = ("user", "outside__service")
    list_per_page = 50
    search_fields = ("name", "key", "user__username", "outside__key")
    fields = ("name", "user", "key", "is_simulated", *SWITCHES, "created_at")
    readonly_fields = ("user", "key", "is_simulated", "created_at")
    ordering = ("-pk",)

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        """Switches are changed where the counts of items follow them."""
        switches = {name: form.cleaned_data[name] for name in SWITCHES if name in form.cleaned_data}
        Person.objects.filter(pk=obj.pk).update(name=obj.name)
        privacy.choose(obj, **switches)

    @display(description=_("who"))
    def sort(self, person: Person) -> str:
        if person.user_id is not None:
            return gettext("member")
        if person.is_simulated:
            return gettext("simulated")
        if outside := getattr(person, "outside", None):
            return gettext("of %(service)s") % {"service": outside.service}
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
