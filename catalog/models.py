"""Items, people, and what people do to items.

An *event* is a Rating, ItemView or ShelfEntry, written by `catalog.services`, of a Person: a member
(has a user), a visitor (has a session only) or a reader of imported data (has neither).
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.addresses import item_address
from catalog.changes import TellingQuerySet
from catalog.outside_ids import OutsideId as OutsideId
from catalog.owners import AccountManager, Owned
from catalog.popularity import POPULAR, popularity_field
from catalog.private import (
    UNCOUNTED,
    EventQuerySet,
    MayBeHeld,
    MayBePrivate,
    PersonQuerySet,
    PrivacyChoices,
    RatingQuerySet,
    ShelfQuerySet,
)
from catalog.view_records import DailyViews as DailyViews
from catalog.view_records import StreamMark as StreamMark

MIN_HALF_STARS, MAX_HALF_STARS = 1, 10
VIEW_PAUSE = timedelta(minutes=30)
"""Looks at one item within this time are one view."""


class User(AbstractUser, Owned):
    """An account that can sign in. What its owner does hangs on their Person."""

    owned_by = {"accounts": "pk"}

    objects: ClassVar = AccountManager()


class Person(Owned, PrivacyChoices):
    """Whoever does things to items: a member, a visitor's browser session, an imported reader."""

    owned_by = {"people": "pk", "accounts": "user_id"}

    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="person"
    )
    session_key = models.CharField(max_length=40, null=True, blank=True, unique=True)
    key = models.CharField(_("outside id"), max_length=200, null=True, blank=True, unique=True)
    name = models.CharField(_("shown name"), max_length=150, blank=True)
    is_simulated = models.BooleanField(_("simulated"), default=False)
    is_public = models.BooleanField(_("public: has a page that everybody can see"), default=False)
    is_name_hidden = models.BooleanField(_("name hidden by a moderator"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PersonQuerySet["Person"].as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_stopped=False) | Q(is_paused=True), name="stopped_is_paused"
            )
        ]
        indexes = [models.Index(fields=["id"], condition=UNCOUNTED, name="uncounted_people")]

    def __str__(self) -> str:
        if self.user is not None:
            return self.user.get_username()
        return self.name or self.key or f"visitor {self.pk}"


class Attribute(models.Model):
    """Something items can share: a genre, an author, a tag. `kind` is the data set's column."""

    kind = models.CharField(max_length=50)
    name = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="attribute_once")]

    def __str__(self) -> str:
        return self.name


class ItemQuerySet(TellingQuerySet["Item"]):
    untold = frozenset(("rating_count", "half_star_sum", "view_count"))

    def listed(self) -> ItemQuerySet:
        """Items that people may see; withdrawn ones are kept, but shown nowhere."""
        return self.filter(is_listed=True)

    def cards(self) -> ItemQuerySet:
        """Without the long texts, which no card shows."""
        return self.defer("description", "search_text")

    def popular(self) -> ItemQuerySet:
        return self.order_by(*POPULAR)

    def newest(self) -> ItemQuerySet:
        return self.order_by("-added_at", "-pk")


def new_item_key() -> str:
    return f"item-{uuid.uuid4().hex[:12]}"


class Item(models.Model):
    """A thing in the catalogue. `key` is the id by which data sets know it."""

    key = models.CharField(_("outside id"), max_length=200, unique=True, default=new_item_key)
    title = models.CharField(_("title"), max_length=500)
    year = models.SmallIntegerField(_("year"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    attributes: models.ManyToManyField[Attribute, Any] = models.ManyToManyField(
        Attribute, through="ItemAttribute", related_name="items", blank=True
    )
    creator_line = models.CharField(_("creators"), max_length=500, blank=True, editable=False)
    genre_line = models.CharField(_("genres"), max_length=500, blank=True, editable=False)
    title_key = models.CharField(max_length=200, blank=True, editable=False)
    """The title as it is sorted and searched for: folded, without its article."""
    search_text = models.TextField(blank=True, editable=False)
    cover_url = models.URLField(_("cover address"), max_length=500, blank=True)
    cover = models.ImageField(_("cover picture"), upload_to="covers/", blank=True)
    is_listed = models.BooleanField(_("listed"), default=True)
    added_at = models.DateTimeField(_("added"), default=timezone.now, db_index=True)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    half_star_sum = models.PositiveIntegerField(default=0, editable=False)
    view_count = models.PositiveIntegerField(default=0, editable=False)
    popularity = popularity_field()

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        indexes = [
            models.Index(fields=["-popularity"], name="item_popularity"),
            models.Index(fields=["title"], name="item_title"),
            models.Index(fields=["title_key"], name="item_title_key"),
        ]

    def __str__(self) -> str:
        return self.title if self.year is None else f"{self.title} ({self.year})"

    def get_absolute_url(self) -> str:
        return item_address(self.pk)

    @property
    def mean_stars(self) -> float | None:
        """The plain mean of all ratings, in stars; None before the first."""
        return self.half_star_sum / self.rating_count / 2 if self.rating_count else None


class SearchWord(models.Model):
    """A word of a title or a creator; one that no item has any more finds nothing, without harm."""

    word = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.word


class ItemAttribute(models.Model):
    """An item has an attribute; `position` keeps the order of the source."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="item_attributes")
    attribute = models.ForeignKey(
        Attribute, on_delete=models.CASCADE, related_name="item_attributes"
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "attribute"], name="item_attribute_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.attribute_id}"


class Rating(MayBeHeld):
    """One person's rating of one item, in half stars (1 to 10); changing it moves `rated_at`."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="ratings", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="ratings")
    half_stars = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField(default=timezone.now)

    objects = RatingQuerySet["Rating"].as_manager()

    class Meta:
        verbose_name = _("rating")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item"], name="one_rating_per_person_and_item"
            ),
            models.CheckConstraint(
                condition=Q(half_stars__gte=MIN_HALF_STARS, half_stars__lte=MAX_HALF_STARS),
                name="rating_in_range",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "rated_at"], name="rating_history"),
            models.Index(
                fields=["item", "half_stars", "person"],
                condition=Q(is_private=False, is_held=False),
                name="rating_histogram",
            ),
            models.Index(fields=["rated_at"], name="rating_time"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} rated {self.item_id}: {self.stars:g}"

    @property
    def stars(self) -> float:
        return self.half_stars / 2


class ItemView(Owned):
    """A page that was really looked at; `catalog.services.record_view` keeps them 30 min apart."""

    # Here and above: two indexes below begin with the person, and each one slows every event down.
    person = models.ForeignKey(Person, models.CASCADE, related_name="item_views", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="item_views")
    viewed_at = models.DateTimeField(default=timezone.now)

    objects = EventQuerySet["ItemView"].as_manager()

    class Meta:
        verbose_name = _("view")
        indexes = [
            models.Index(fields=["person", "item", "viewed_at"], name="view_once_lookup"),
            models.Index(fields=["person", "viewed_at"], name="view_history"),
            models.Index(fields=["viewed_at"], name="view_time"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} viewed {self.item_id}"


class ShelfEntry(MayBePrivate):
    """Where a person keeps an item: wanted, under way, or done."""

    class Shelf(models.TextChoices):
        WANT = "want", _("Want")
        DOING = "doing", _("Doing")
        DONE = "done", _("Done")

    person = models.ForeignKey(Person, models.CASCADE, related_name="shelf_entries", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="shelf_entries")
    shelf = models.CharField(max_length=10, choices=Shelf.choices)
    shelved_at = models.DateTimeField(default=timezone.now)

    objects = ShelfQuerySet["ShelfEntry"].as_manager()

    class Meta:
        verbose_name = _("shelf entry")
        verbose_name_plural = _("shelf entries")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item"], name="one_shelf_per_person_and_item"
            ),
            models.CheckConstraint(
                condition=Q(shelf__in=["want", "doing", "done"]), name="shelf_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "shelved_at"], name="shelf_history"),
            models.Index(fields=["shelved_at"], name="shelf_time"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} put {self.item_id} on {self.shelf}"
