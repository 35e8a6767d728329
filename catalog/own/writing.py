"""Every write of a list, an entry of one, or a review.

Pages, the API and imports call this; nothing else writes these rows. Each function takes the
person who acts, and touches what is theirs only: of another's things it says that they are not
there (`DoesNotExist`). What cannot be kept raises Refused with a sentence for whoever sent it.
Removing only marks: `restore_list` and `restore_review` take it back within the hour.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Item, Person
from catalog.own.models import (
    MAX_DESCRIPTION,
    MAX_NOTE,
    MAX_REVIEW,
    MAX_TITLE,
    UNDO_TIME,
    List,
    ListEntry,
    Review,
)
from catalog.own.text import clean, clean_line

MAX_LISTS, MAX_ENTRIES = 500, 2000


class Refused(ValueError):
    """Something that cannot be kept: the message says why, and what to do; `field`, where."""

    def __init__(self, words: str, *, field: str = "") -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class ListWords:
    """What a person says about a list."""

    title: str
    description: str = ""
    is_ranked: bool = False
    is_public: bool = False

    @classmethod
    def of(cls, mine: List) -> ListWords:
        return cls(**{field.name: getattr(mine, field.name) for field in fields(cls)})

    def checked(self, person: Person) -> dict[str, object]:
        title = _within(clean_line(self.title), MAX_TITLE, field="title")
        if not title:
            raise Refused(_("Give the list a title."), field="title")
        _may_publish(person, self.is_public)
        description = _within(clean(self.description), MAX_DESCRIPTION, field="description")
        return {
            "title": title,
            "description": description,
            "is_ranked": self.is_ranked,
            "is_public": self.is_public,
        }


def make_list(person: Person, words: ListWords) -> List:
    said = words.checked(person)
    if List.objects.kept().filter(person=person).count() >= MAX_LISTS:
        raise Refused(
            _("You have %(most)d lists, as many as there can be. Remove one first.")
            % {"most": MAX_LISTS}
        )
    return List.objects.create(person=person, **said)


def change_list(person: Person, pk: int, words: ListWords) -> List:
    with transaction.atomic():
        mine = own_list(person, pk)
        for name, value in words.checked(person).items():
            setattr(mine, name, value)
        mine.changed_at = timezone.now()
        mine.save()
    return mine


def remove_list(person: Person, pk: int) -> List:
    with transaction.atomic():
        mine = own_list(person, pk)
        mine.removed_at = timezone.now()
        mine.save(update_fields=["removed_at"])
    return mine


def restore_list(person: Person, pk: int) -> List:
    """Bring a removed list back; DoesNotExist when it is too late, or never was."""
    with transaction.atomic():
        found = List.objects.select_for_update().filter(removed_at__gte=_undo_since())
        mine = found.get(person=person, pk=pk)
        mine.removed_at = None
        mine.save(update_fields=["removed_at"])
    return mine


def add_to_list(
    person: Person, pk: int, item: Item, *, note: str = "", at: int | None = None
) -> ListEntry:
    """Put an item on a list, at a position or at its end; where it is already, it stays."""
    note = _within(clean_line(note), MAX_NOTE, field="note")
    with transaction.atomic():
        mine = own_list(person, pk)
        present = mine.entries.filter(item=item).first()
        if present is not None:
            return present
        if mine.entries.count() >= MAX_ENTRIES:
            raise Refused(
                _("This list has %(most)d entries, as many as there can be. Begin another one.")
                % {"most": MAX_ENTRIES}
            )
        end = (mine.entries.aggregate(end=Max("position"))["end"] or 0) + 1
        position = end if at is None else max(1, min(at, end))
        mine.entries.filter(position__gte=position).update(position=F("position") + 1)
        entry = mine.entries.create(item=item, note=note, position=position)
        _touch(mine)
    return entry


def take_off_list(person: Person, pk: int, item: Item) -> ListEntry:
    """Take an item off a list; gives what stood there, so that it can be put back."""
    with transaction.atomic():
        mine = own_list(person, pk)
        entry = mine.entries.select_for_update().get(item=item)
        mine.entries.filter(pk=entry.pk).delete()
        mine.entries.filter(position__gt=entry.position).update(position=F("position") - 1)
        _touch(mine)
    return entry


def note_entry(person: Person, pk: int, item: Item, *, note: str) -> ListEntry:
    note = _within(clean_line(note), MAX_NOTE, field="note")
    with transaction.atomic():
        mine = own_list(person, pk)
        entry = mine.entries.get(item=item)
        entry.note = note
        entry.save(update_fields=["note"])
        _touch(mine)
    return entry


def move_entry(person: Person, pk: int, item: Item, *, to: int) -> int:
    """Move an item to the nth place among the entries; gives the place that it has then."""
    with transaction.atomic():
        mine = own_list(person, pk)
        order = list(mine.entries.order_by("position", "pk").values_list("item", flat=True))
        if item.pk not in order:
            raise ListEntry.DoesNotExist
        place = max(1, min(to, len(order)))
        order.remove(item.pk)
        order.insert(place - 1, item.pk)
        places = {moved: number for number, moved in enumerate(order, start=1)}
        changed = [entry for entry in mine.entries.all() if entry.position != places[entry.item_id]]
        for entry in changed:
            entry.position = places[entry.item_id]
        ListEntry.objects.bulk_update(changed, ["position"], batch_size=500)
        _touch(mine)
    return place


def write_review(
    person: Person,
    item: Item,
    *,
    text: str,
    has_spoilers: bool = False,
    is_public: bool = False,
    at: datetime | None = None,
) -> Review:
    """Write a review, or write it anew."""
    text = clean(text)
    if not text:
        raise Refused(_("Write a sentence or two first."), field="text")
    if len(text) > MAX_REVIEW:
        raise Refused(
            _("A review has at most %(most)d characters; this one has %(many)d.")
            % {"most": MAX_REVIEW, "many": len(text)},
            field="text",
        )
    _may_publish(person, is_public)
    said = {"text": text, "has_spoilers": has_spoilers, "is_public": is_public}
    with transaction.atomic():
        review, created = (
            Review.objects.select_for_update()
            .kept()
            .get_or_create(
                person=person,
                item=item,
                removed_at=None,
                defaults=said | {"written_at": at or timezone.now()},
            )
        )
        if not created:
            if text != review.text:
                review.edited_at = at or timezone.now()
            review.text, review.has_spoilers, review.is_public = text, has_spoilers, is_public
            review.save()
    return review


def remove_review(person: Person, item: Item) -> Review:
    with transaction.atomic():
        kept = Review.objects.select_for_update().kept()
        review = kept.get(person=person, item=item)
        review.removed_at = timezone.now()
        review.save(update_fields=["removed_at"])
    return review


def restore_review(person: Person, pk: int) -> Review:
    """Bring a removed review back, unless it was written anew since."""
    with transaction.atomic():
        found = Review.objects.select_for_update().filter(removed_at__gte=_undo_since())
        review = found.select_related("item").get(person=person, pk=pk)
        if Review.objects.kept().filter(person=person, item=review.item_id).exists():
            raise Refused(_("You have written another review since, which stands."))
        review.removed_at = None
        review.save(update_fields=["removed_at"])
    return review


def introduce(person: Person, *, name: str, is_public: bool) -> None:
    """Under which name a person's lists and reviews appear, and whether they have a page."""
    _may_publish(person, is_public)
    person.name, person.is_public = _within(clean_line(name), MAX_TITLE, field="name"), is_public
    person.save(update_fields=["name", "is_public"])


def adopt(visitor: Person, *, member: Person) -> None:
    """A visitor's lists and reviews become the member's; of two reviews, the later one stands."""
    visitor.lists.update(person=member)
    mine = {review.item_id: review for review in member.reviews.filter(removed_at=None)}
    for theirs in visitor.reviews.filter(removed_at=None):
        own = mine.get(theirs.item_id)
        if own is not None:
            (theirs if theirs.last_touched < own.last_touched else own).delete()
    visitor.reviews.update(person=member)


def forget_removed() -> int:
    """Delete for good what was removed over an hour ago; how many lists and reviews that were."""
    before = _undo_since()
    lists, reviews = List.objects.removed_before(before), Review.objects.removed_before(before)
    count = lists.count() + reviews.count()
    lists.delete()
    reviews.delete()
    return count


def own_list(person: Person, pk: int) -> List:
    """A person's own list, locked for the rest of the transaction."""
    return List.objects.select_for_update().kept().get(person=person, pk=pk)


def _touch(mine: List) -> None:
    mine.changed_at = timezone.now()
    mine.save(update_fields=["changed_at"])


def _may_publish(person: Person, is_public: bool) -> None:
    if is_public and person.user_id is None:
        words = _("Only members can show something to everybody. Sign up first.")
        raise Refused(words, field="is_public")


def _within(text: str, most: int, *, field: str) -> str:
    if len(text) > most:
        raise Refused(
            _("That is too long: %(many)d characters, and there can be %(most)d.")
            % {"many": len(text), "most": most},
            field=field,
        )
    return text


def _undo_since() -> datetime:
    return timezone.now() - UNDO_TIME
