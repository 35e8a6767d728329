"""What a list is made of, and what is shown where no model can say anything.

`selectors` steps down the rungs until a list is full. The ids of popular, new and withdrawn items
are the same for everybody and stay in the cache for a short while; whoever shows an item reads it
again from the database, so that one withdrawn since is never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from django.db.models import Q, QuerySet, TextChoices
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from catalog.changes import another_mark
from catalog.local import local
from catalog.models import Item
from catalog.signals import items_changed
from recommendations.experiments.tried import Tried

FRESH_SECONDS = 60
FRESH_SECONDS_IF_NONE = 2
"""Nothing at all may be the first minute of a site that is being filled."""
MOST_FALLBACKS = 5000
"""How many popular and new items are known by heart: enough for those who have seen many."""


class Rung(TextChoices):
    """What a list is made from, best first."""

    OWN = "own", _("what you began")
    PERSONAL = "personal", _("from what you did")
    PREVIOUS = "previous", _("from what you did, by the model before")
    MODEL = "model", _("alike to the model")
    CO_OCCURRENCE = "co-occurrence", _("chosen by the same people")
    STEERED = "steered", _("by how you steer your list")
    GROUP = "group", _("what all of a group would give")
    CIRCLE = "circle", _("rated well by people of like taste")
    SHARED = "shared", _("much in common")
    POPULAR = "popular", _("popular here")
    NEWEST = "newest", _("new here")
    TRIED = "tried", _("New: help us find its audience")
    PINNED = "pinned", _("picked by this site")
    EMPTY = "empty", _("nothing yet")


@dataclass(frozen=True)
class Reason:
    """Why an item is shown: a sentence, and the ids of the items that it names."""

    text: str
    item_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pick:
    """An item that is shown, how strongly, why, and from which rung.

    Scores of one rung are comparable with each other, those of different rungs are not.
    """

    item: Item
    score: float
    reason: Reason
    rung: Rung


@dataclass(frozen=True)
class Picks:
    """A list of items with what it is made from; `rung` is the best one that it stands on."""

    items: list[Pick]
    rung: Rung = Rung.EMPTY
    model_label: str | None = None
    explanation: str = ""
    steered: str = ""
    """How its person steers it, in words; empty where they do not."""
    run_id: int | None = None
    """The run that was asked, where that is not the one of the page."""
    tried: Tried | None = None
    """How it was made, where it is part of an experiment."""


def best_rung(picks: Iterable[Pick]) -> Rung:
    order = list(Rung)
    return min((pick.rung for pick in picks), key=order.index, default=Rung.EMPTY)


def popular_ids() -> Sequence[int]:
    """The items with most ratings and views, most first; only such as have any."""
    met = Q(rating_count__gt=0) | Q(view_count__gt=0)
    return _remembered(
        "popular", lambda: Item.objects.listed().filter(met).popular()[:MOST_FALLBACKS]
    )


def newest_ids() -> Sequence[int]:
    return _remembered("newest", lambda: Item.objects.listed().newest()[:MOST_FALLBACKS])


def withdrawn_ids() -> Sequence[int]:
    """The items that may not be shown. A model is told, so that its list does not get short."""
    return _remembered("withdrawn", lambda: Item.objects.filter(is_listed=False))


def withdrawn_mark() -> bytes:
    """Says which items are withdrawn: another one where they are others."""
    known = withdrawn_ids()
    key = "recommendations:withdrawn-mark"
    of, mark = local().get(key) or (None, b"")
    if of is not known:
        of, mark = known, blake2s(",".join(map(str, sorted(known))).encode()).digest()
        local().set(key, (of, mark), FRESH_SECONDS)
    return bytes(mark)


def _remembered(name: str, items: Callable[[], QuerySet[Item]]) -> Sequence[int]:
    """Their ids, at most FRESH_SECONDS old."""
    key = f"recommendations:{name}"
    found: Sequence[int] | None = local().get(key)
    if found is None:
        found = tuple(items().values_list("pk", flat=True))
        local().set(key, found, FRESH_SECONDS if found else FRESH_SECONDS_IF_NONE)
    return found


@receiver(another_mark, dispatch_uid="recommendations.forget_old_fallbacks")
@receiver(items_changed, dispatch_uid="recommendations.forget_fallbacks")
def forget(sender: Any, **_said: Any) -> None:
    """This process reads them anew; others do within a minute."""
    names = ("popular", "newest", "withdrawn")
    local().delete_many([f"recommendations:{name}" for name in names])
