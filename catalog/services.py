"""Every write of an event, and of what items say about their events.

Views, the API, the admin and imports call this; nothing else writes a Rating, an ItemView or a
ShelfEntry, save `view_writer`, which writes the views that wait in Redis, and `batches`,
`importing` and `arriving`, which write hundreds at a time. Each function leaves the counts on Item
right in the same transaction. Bad values raise BadEvent with a sentence for whoever sent them. What
was taken back leaves no trace.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import blocks, freezes, view_buffer
from catalog.models import (
    MAX_HALF_STARS,
    MIN_HALF_STARS,
    VIEW_PAUSE,
    DailyViews,
    Item,
    ItemAttribute,
    ItemView,
    Person,
    Rating,
    ShelfEntry,
)
from catalog.own import writing
from catalog.privacy import adopt_choices
from catalog.private import PrivacyChoices
from catalog.search import ItemText, Pair, item_text, keep_words
from catalog.signals import visitor_adopted

CLOCK_SLACK = timedelta(days=1)
TEXT_BATCH = PEOPLE_BATCH = 500
STOPPED = gettext_lazy(
    "Nothing is recorded, as you asked. Under My privacy you can let it be recorded again."
)


class BadEvent(ValueError):
    """An event that cannot be: the message says what is wrong and what would be right."""


def rate_item(person: Person, item: Item, *, stars: float, at: datetime | None = None) -> Rating:
    """Rate, or rate anew: half stars from 0.5 to 5."""
    half_stars = half_stars_of(stars)
    when = _event_time(at)
    with transaction.atomic():
        wishes = wishes_of(person)
        if wishes.is_stopped:
            raise BadEvent(str(STOPPED))
        is_held = freezes.is_frozen(item.pk)
        new = {"half_stars": half_stars, "rated_at": when, "is_held": is_held}
        rating, created = Rating.objects.select_for_update().get_or_create(
            person=person, item=item, defaults=new
        )
        counted = not created and wishes.is_counted and rating.may_count
        had = rating.half_stars
        if not created:
            rating.half_stars, rating.rated_at = half_stars, when
            rating.is_held = rating.is_held or is_held
            rating.save(update_fields=list(new))
        counts = wishes.is_counted and rating.may_count
        _count(item, ratings=counts - counted, half_stars=counts * half_stars - counted * had)
    return rating


def take_back_rating(person: Person, item: Item) -> bool:
    """Forget a rating; False where there was none."""
    with transaction.atomic():
        wishes = wishes_of(person)
        rating = Rating.objects.select_for_update().filter(person=person, item=item).first()
        if rating is None:
            return False
        rating.delete()
        if wishes.is_counted and rating.may_count:
            _count(item, ratings=-1, half_stars=-rating.half_stars)
    return True


def record_view(person: Person, item: Item, *, at: datetime | None = None) -> bool:
    """Note that an item was looked at; False within 30 minutes of the last look, or when paused.

    With VIEW_BUFFER, views of this moment go to Redis first and to the database seconds later.
    """
    when = _event_time(at)
    if at is None and not person.is_paused:
        noted = view_buffer.note(person.pk, item.pk, at=when)
        if noted is not None:
            return noted
    with transaction.atomic():
        wishes = wishes_of(person)
        lately = ItemView.objects.filter(
            person=person,
            item=item,
            viewed_at__gt=when - VIEW_PAUSE,
            viewed_at__lt=when + VIEW_PAUSE,
        )
        if wishes.is_paused or lately.exists():
            return False
        ItemView.objects.create(person=person, item=item, viewed_at=when)
        if wishes.is_counted:
            _count(item, views=1)
    return True


def forget_views(person: Person, item: Item, *, at: datetime | None = None) -> int:
    """Forget that an item was looked at, ever or at that time; how many views there were."""
    views = ItemView.objects.filter(person=person, item=item)
    view_buffer.forget(person.pk, item.pk)
    with transaction.atomic():
        wishes = wishes_of(person)
        deleted, _models = (views if at is None else views.filter(viewed_at=at)).delete()
        if wishes.is_counted:
            _count(item, views=-deleted)
    return deleted


def shelve_item(
    person: Person, item: Item, *, shelf: str, at: datetime | None = None
) -> ShelfEntry:
    """Put an item on a shelf, from whichever it stood on."""
    if shelf not in ShelfEntry.Shelf.values:
        raise BadEvent(
            _("There is no shelf “%(shelf)s”; use one of: %(shelves)s.")
            % {"shelf": shelf, "shelves": ", ".join(ShelfEntry.Shelf.values)}
        )
    when = _event_time(at)
    with transaction.atomic():
        if wishes_of(person).is_stopped:
            raise BadEvent(str(STOPPED))
        entry, _created = ShelfEntry.objects.update_or_create(
            person=person, item=item, defaults={"shelf": shelf, "shelved_at": when}
        )
    return entry


def unshelve_item(person: Person, item: Item) -> bool:
    """Take an item off its shelf; False where it stood on none."""
    deleted, _models = ShelfEntry.objects.filter(person=person, item=item).delete()
    return deleted > 0


@transaction.atomic
def adopt_visitor(visitor: Person, *, member: Person) -> None:
    """Move what a visitor did to the member they turned out to be; the visitor is gone after.

    Where both rated or shelved the same item, what was done last stands. What the visitor asked for
    on *My privacy* holds for the member from now on.
    """
    if visitor.pk == member.pk or visitor.user_id is not None:
        return
    view_buffer.adopt(visitor.pk, member_id=member.pk)
    _lock(visitor, member)
    adopt_choices(visitor, member)
    blocks.adopt(visitor, member=member)
    _adopt_ratings(visitor, member)
    _adopt_shelves(visitor, member)
    visitor.item_views.update(person=member)
    writing.adopt(visitor, member=member)
    visitor_adopted.send(Person, visitor=visitor, member=member)
    visitor.delete()


@transaction.atomic
def forget_people(people: Iterable[Person]) -> None:
    """Remove people with all that they did, and take it out of the counts."""
    stream = iter(people)
    while batch := list(islice(stream, PEOPLE_BATCH)):
        for person in batch:
            view_buffer.forget_person(person.pk)
        ratings = Rating.objects.filter(person__in=batch).order_by()
        views = ItemView.objects.filter(person__in=batch).order_by()
        touched = {*ratings.values_list("item", flat=True), *views.values_list("item", flat=True)}
        Person.objects.filter(pk__in=[person.pk for person in batch]).delete()
        recount(Item.objects.filter(pk__in=touched))


def refresh_item_text(item: Item) -> None:
    """Write an item's derived lines and search text, after title, text or attributes changed."""
    refresh_item_texts([item])


def refresh_item_texts(items: Iterable[Item]) -> None:
    """`refresh_item_text` for many items, in batches."""
    stream = iter(items)
    while batch := list(islice(stream, TEXT_BATCH)):
        pairs: defaultdict[int, list[Pair]] = defaultdict(list)
        links = ItemAttribute.objects.filter(item__in=batch).order_by("position", "pk")
        for item_id, kind, name in links.values_list("item", "attribute__kind", "attribute__name"):
            pairs[item_id].append((kind, name))
        for item in batch:
            text = item_text(
                title=item.title,
                year=item.year,
                description=item.description,
                attributes=pairs[item.pk],
            )
            for name, value in text._asdict().items():
                setattr(item, name, value)
        Item.objects.bulk_update(batch, ItemText._fields)
        keep_words(item.search_text for item in batch)


def recount(items: QuerySet[Item] | None = None) -> None:
    """Set the counts of these items (of all, by default) from the events that count."""
    ratings = Rating.objects.counted().filter(item=OuterRef("pk")).order_by().values("item")
    views = ItemView.objects.counted().filter(item=OuterRef("pk")).order_by().values("item")
    thinned = DailyViews.objects.filter(item=OuterRef("pk")).order_by().values("item")
    (Item.objects.all() if items is None else items).order_by().update(
        rating_count=Coalesce(Subquery(ratings.annotate(n=Count("pk")).values("n")), 0),
        half_star_sum=Coalesce(Subquery(ratings.annotate(n=Sum("half_stars")).values("n")), 0),
        view_count=Coalesce(Subquery(views.annotate(n=Count("pk")).values("n")), 0)
        + Coalesce(Subquery(thinned.annotate(n=Sum("count")).values("n")), 0),
    )


def half_stars_of(stars: float) -> int:
    doubled = stars * 2
    if not math.isfinite(doubled) or doubled != int(doubled):
        raise BadEvent(_("Rate in half stars: 0.5, 1, 1.5, and so on up to 5."))
    if not MIN_HALF_STARS <= doubled <= MAX_HALF_STARS:
        raise BadEvent(_("A rating lies between half a star and 5 stars."))
    return int(doubled)


def _event_time(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is None:
        return now
    if timezone.is_naive(at):
        raise BadEvent(_("The time of an event needs a time zone."))
    if at > now + CLOCK_SLACK:
        raise BadEvent(_("The time of an event cannot lie in the future."))
    return at


def wishes_of(person: Person) -> PrivacyChoices:
    """What this person asks for, as the database has it; it stays so until the transaction ends.

    Of somebody who is gone meanwhile nothing is recorded.
    """
    now = Person.objects.select_for_update().filter(pk=person.pk).first()
    return now or Person(is_paused=True, is_stopped=True)


def _lock(*people: Person) -> None:
    """Nobody else writes views of these people until the transaction is over."""
    pks = [person.pk for person in people]
    list(Person.objects.select_for_update().filter(pk__in=pks).order_by("pk").values_list("pk"))


def _count(item: Item, *, ratings: int = 0, half_stars: int = 0, views: int = 0) -> None:
    """Change the counts in the row, and by as much on the object that the caller holds."""
    Item.objects.filter(pk=item.pk).update(
        rating_count=F("rating_count") + ratings,
        half_star_sum=F("half_star_sum") + half_stars,
        view_count=F("view_count") + views,
    )
    item.rating_count += ratings
    item.half_star_sum += half_stars
    item.view_count += views


def _adopt_ratings(visitor: Person, member: Person) -> None:
    own = {rating.item_id: rating for rating in member.ratings.select_for_update()}
    for theirs in visitor.ratings.select_related("item").order_by("item"):
        mine = own.get(theirs.item_id)
        if mine is None:
            continue
        older = theirs if theirs.rated_at < mine.rated_at else mine
        if member.is_counted and older.may_count:
            _count(theirs.item, ratings=-1, half_stars=-older.half_stars)
        older.delete()
    visitor.ratings.update(person=member)


def _adopt_shelves(visitor: Person, member: Person) -> None:
    own = {entry.item_id: entry for entry in member.shelf_entries.select_for_update()}
    for theirs in visitor.shelf_entries.all():
        mine = own.get(theirs.item_id)
        if mine is not None:
            (theirs if theirs.shelved_at < mine.shelved_at else mine).delete()
    visitor.shelf_entries.update(person=member)
