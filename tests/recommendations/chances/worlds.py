"""A checkerboard with new items on it, and impressions as if they had been seen."""

from datetime import timedelta

from django.utils import timezone

from catalog import services as events
from catalog.models import Attribute, Item, ItemAttribute
from recommendations.chances import keeping
from recommendations.models import DailyImpressions
from tests.recommendations.worlds import checkerboard, published

OLD = timedelta(days=400)


def world(*, kind="ease", items=40, people=80):
    """Old items with a live model; gives the items and the people."""
    shelf, crowd = checkerboard(items=items, people=people, events=10)
    Item.objects.update(added_at=timezone.now() - OLD)
    events.recount()
    published(kind)
    return shelf, crowd


def newcomers(count, *, genre="Even", name="New"):
    """Items of today, which no model knows."""
    new = Item.objects.bulk_create(Item(title=f"{name} {genre} {n}") for n in range(count))
    taste = Attribute.objects.get(kind="genres", name=genre)
    ItemAttribute.objects.bulk_create(ItemAttribute(item=item, attribute=taste) for item in new)
    return new


def counted(item, *, seen, opened=0, rung="tried", surface="for-you", position=6, day=None):
    day = day or timezone.localdate()
    place = {"day": day, "surface": surface, "position": position, "rung": rung}
    return DailyImpressions.objects.create(**place, item=item, seen=seen, opened=opened)


def keep(**wishes):
    return keeping.keep(now=timezone.now(), **wishes)
