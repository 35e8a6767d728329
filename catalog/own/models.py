"""Lists of one's own and reviews, and who may see them.

Neither is an event: models learn nothing from them. What its maker removed is kept for an hour, so
that removing can be undone, and is shown to nobody; `writing.forget_removed` then deletes it.
Everything that shows somebody's list or review begins with `visible_to`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog.blocks import unseen_by
from catalog.models import Item, Person, Rating

MAX_TITLE, MAX_DESCRIPTION, MAX_NOTE, MAX_REVIEW = 150, 2000, 500, 10_000
UNDO_TIME = timedelta(hours=1)
"""How long what was removed can be brought back."""

M = TypeVar("M", bound=models.Model)


class OwnQuerySet(models.QuerySet[M]):
    """Things with a `person`, that may be public, hidden by a moderator, or removed."""

    def kept(self) -> Self:
        return self.filter(removed_at=None)

    def removed_before(self, moment: datetime) -> Self:
        return self.filter(removed_at__lt=moment)

    def visible_to(self, person: Person | None) -> Self:
        """What this person may see: all that is theirs, and what active members made public.

        Nothing of somebody who blocked them, or whom they blocked, and nothing that they hid.
        """
        name = self.model._meta.model_name
        seen = Q(is_public=True, is_hidden=False, person__user__is_active=True)
        seen &= Q(**{f"person__shows_{name}s": True})
        if person is not None:
            seen = Q(person=person) | (seen & ~unseen_by(person, self.model))
        return self.kept().filter(seen)

    def public(self) -> Self:
        """What a stranger may see."""
        return self.visible_to(None)


class ListQuerySet(OwnQuerySet["List"]):
    def counted(self) -> Self:
        """With `size`, the number of listed items on each."""
        shown = Q(entries__item__is_listed=True)
        return self.annotate(size=Count("entries", filter=shown))


class List(models.Model):
    """Items that somebody put together, in their order."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="lists")
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    description = models.TextField(_("description"), max_length=MAX_DESCRIPTION, blank=True)
    is_ranked = models.BooleanField(_("numbered"), default=False)
    is_public = models.BooleanField(_("public"), default=False)
    is_hidden = models.BooleanField(_("hidden by a moderator"), default=False)
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ListQuerySet.as_manager()

    class Meta:
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        indexes = [
            models.Index(fields=["person", "-changed_at"], name="own_lists"),
            models.Index(
                fields=["removed_at"], name="removed_lists", condition=Q(removed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalog:list", args=[self.pk, self.slug])

    @property
    def slug(self) -> str:
        return slugify(self.title, allow_unicode=True)[:80].strip("-_") or "list"


class ListEntry(models.Model):
    """An item on a list, with what its maker says about it there."""

    list = models.ForeignKey(List, on_delete=models.CASCADE, related_name="entries")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="list_entries")
    position = models.PositiveIntegerField()
    note = models.CharField(_("note"), max_length=MAX_NOTE, blank=True)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("list entry")
        verbose_name_plural = _("list entries")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["list", "item"], name="item_once_on_a_list")]
        indexes = [models.Index(fields=["list", "position"], name="list_order")]

    def __str__(self) -> str:
        return f"{self.list_id}: {self.item_id} at {self.position}"


class ReviewQuerySet(OwnQuerySet["Review"]):
    def newest(self) -> Self:
        return self.order_by("-written_at", "-pk")

    def by_others(self, item: Item, viewer: Person | None) -> Self:
        """What others wrote about an item and this person may see, newest first."""
        theirs = self.visible_to(viewer).filter(item=item)
        if viewer is not None:
            theirs = theirs.exclude(person=viewer)
        return theirs.with_authors(viewer).newest()

    def with_authors(self, viewer: Person | None) -> Self:
        """With who wrote each, and how they rated the item, where this person may see that."""
        theirs = Rating.objects.shown_to(viewer)
        theirs = theirs.filter(person=OuterRef("person"), item=OuterRef("item"))
        return self.select_related("person__user").annotate(
            half_stars=Subquery(theirs.values("half_stars")[:1])
        )


class Review(models.Model):
    """What somebody writes about an item. Their stars are their rating, which stands apart."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reviews")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="reviews")
    text = models.TextField(_("text"), max_length=MAX_REVIEW)
    has_spoilers = models.BooleanField(_("gives the plot away"), default=False)
    is_public = models.BooleanField(_("public"), default=False)
    is_hidden = models.BooleanField(_("hidden by a moderator"), default=False)
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item"],
                condition=Q(removed_at=None),
                name="one_review_per_person_and_item",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(F("text")), MAX_REVIEW), name="review_not_too_long"
            ),
        ]
        indexes = [
            models.Index(fields=["item", "-written_at"], name="reviews_of_an_item"),
            models.Index(fields=["person", "-written_at"], name="own_reviews"),
            models.Index(
                fields=["removed_at"],
                name="removed_reviews",
                condition=Q(removed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.item_id}"

    def get_absolute_url(self) -> str:
        return f"{reverse('catalog:item_reviews', args=[self.item_id])}#review-{self.pk}"

    @property
    def last_touched(self) -> datetime:
        return self.edited_at or self.written_at


def shown_name(person: Person) -> str:
    """Under which name a person's lists and reviews appear."""
    if person.is_name_hidden:
        return str(_("somebody"))
    if person.name:
        return person.name
    return person.user.get_username() if person.user is not None else str(_("a visitor"))
