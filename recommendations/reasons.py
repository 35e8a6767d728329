"""Why an item is shown, in words that are true.

The selectors hand over what was computed: the events without which an item's score would be
lower, the attributes that two items share, the rung that a top-up comes from. Here it becomes a
sentence. Nothing here decides what is shown, and nothing asks the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Item, ShelfEntry
from catalog.templatetags.catalog_tags import stars_text
from recommendations.dataset import PersonEvent
from recommendations.engine import LiveModel
from recommendations.ladder import Reason, Rung

CLEAREST = ("rating", "done", "doing", "want", "view")
"""Kinds of events, by how much they say about a person."""
JUST_NOW = timedelta(minutes=1)
POPULARITY_KINDS = ("popularity", "recent-popularity")
MOST_NAMES = 3
"""How many shared attributes of one sort a reason names."""


def because_of(events: Sequence[PersonEvent], *, pick: int, items: Mapping[int, Item]) -> Reason:
    """The strongest event whose item may be shown, in words; `items` are those that may.

    Where more events about that item count, the one that says most is named.
    """
    for strongest in events:
        same = [event for event in events if event.item_id == strongest.item_id]
        clearest = min(same, key=lambda event: CLEAREST.index(event.kind))
        if clearest.item_id == pick:
            return Reason(_own_event(clearest))
        if item := items.get(clearest.item_id):
            return Reason(_event(clearest, title=item.title), (item.pk,))
    return Reason(_("chosen from all that you did here"))


def each_of(
    events: Sequence[PersonEvent], *, pick: int, items: Mapping[int, Item], most: int
) -> list[Reason]:
    """The strongest events of different items, in words: what moved a pick, one by one."""
    told: dict[int, Reason] = {}
    for event in events:
        if event.item_id not in told and (event.item_id == pick or event.item_id in items):
            same = [other for other in events if other.item_id == event.item_id]
            told[event.item_id] = because_of(same, pick=pick, items=items)
        if len(told) == most:
            break
    return list(told.values())


def _event(event: PersonEvent, *, title: str) -> str:
    if event.stars is not None:
        return _("because you rated %(title)s %(stars)s") % {
            "title": title,
            "stars": stars_text(event.stars),
        }
    if event.is_sent:
        return _("because %(title)s is among those that were sent") % {"title": title}
    if event.kind == "view":
        return _("because you looked at %(title)s") % {"title": title}
    return _("because %(title)s is on your shelf") % {"title": title}


def _own_event(event: PersonEvent) -> str:
    if event.kind == "view":
        return _("you looked at this")
    return _("on your shelf: %(shelf)s") % {"shelf": ShelfEntry.Shelf(event.kind).label}


def for_unfinished(event: PersonEvent) -> Reason:
    """What there is to carry on with: looked at a while ago, or on a shelf."""
    if event.kind != "view":
        return Reason(_own_event(event))
    looked_at = datetime.fromtimestamp(event.time, UTC)
    if timezone.now() - looked_at < JUST_NOW:
        return Reason(_("looked at just now"))
    return Reason(_("looked at %(age)s ago") % {"age": timesince(looked_at, depth=1)})


def for_rung(rung: Rung) -> Reason:
    """Why a top-up is shown: its rung is the whole truth."""
    return Reason(str(rung.label))


Shared = Sequence[tuple[str, str]]
"""(kind, name) of attributes, the rarest first."""


def for_likeness(item: Item, shared: Shared, *, rung: Rung) -> Reason:
    """Why something is like `item`: who made both, what else they share, or who chose both."""
    makers = [name for kind, name in shared if kind in settings.CREATOR_KINDS][:MOST_NAMES]
    others = [name for kind, name in shared if kind not in settings.CREATOR_KINDS][:MOST_NAMES]
    parts = []
    if makers:
        parts.append(_("also by %(names)s") % {"names": ", ".join(makers)})
    if others:
        parts.append(", ".join(others))
    if parts:
        return Reason(" · ".join(parts), (item.pk,))
    if rung in (Rung.MODEL, Rung.CO_OCCURRENCE):
        words = _("people who chose %(title)s chose this too") % {"title": item.title}
        return Reason(words, (item.pk,))
    return Reason(_("described in similar words"), (item.pk,))


def explain_personal(
    counted: Mapping[str, int], model: LiveModel, *, are_sent: bool = False
) -> str:
    """The small print: "From your 12 ratings and 5 views · model 7, trained 2 hours ago"."""
    if are_sent:
        n = sum(counted.values())
        words = ngettext("From %(n)s item sent", "From %(n)s items sent", n)
        whence = words % {"n": number_format(n)}
    else:
        whence = _("From your %(events)s") % {"events": _and(in_words(counted))}
    return " · ".join([whence, explain_model(model)])


def explain_steering(wishes: Sequence[str]) -> str:
    """The small print of dials that are set; empty where none is."""
    return _("steered: %(wishes)s") % {"wishes": ", ".join(wishes)} if wishes else ""


def explain_genre(events: Sequence[PersonEvent], *, items: Mapping[int, Item]) -> str:
    """The small print of a genre's items: one or two ratings by which it is somebody's."""
    rated = [
        _("%(title)s %(stars)s")
        % {"title": items[event.item_id].title, "stars": stars_text(event.stars or 0)}
        for event in events
    ]
    return _("Because you rated %(titles)s") % {"titles": _and(rated)}


def explain_similar(model: LiveModel) -> str:
    """The small print of items that a model finds alike."""
    return _("By %(model)s") % {"model": explain_model(model)}


def explain_model(model: LiveModel) -> str:
    """Which model it is, and how old."""
    words = [_("model %(number)s") % {"number": model.run_id}]
    if model.trained_at is not None:
        words.append(_age(model.trained_at))
    if model.is_previous:
        words.append(_("standing in for a newer one that cannot be read"))
    return ", ".join(words)


def _age(trained_at: datetime) -> str:
    if timezone.now() - trained_at < JUST_NOW:
        return _("trained just now")
    return _("trained %(age)s ago") % {"age": timesince(trained_at, depth=1)}


def counted(events: Sequence[PersonEvent]) -> list[str]:
    """How many events of each sort, in words."""
    return in_words(Counter(event.kind for event in events))


def in_words(counted: Mapping[str, int]) -> list[str]:
    """The same, of how many there are of each kind."""
    ratings, views = counted.get("rating", 0), counted.get("view", 0)
    shelved = sum(counted.values()) - ratings - views
    said = (
        (ratings, ngettext("%(n)s rating", "%(n)s ratings", ratings)),
        (views, ngettext("%(n)s view", "%(n)s views", views)),
        (shelved, ngettext("%(n)s shelf entry", "%(n)s shelf entries", shelved)),
    )
    return [words % {"n": number_format(count)} for count, words in said if count]


def _and(words: Sequence[str]) -> str:
    """ "a, b and c" """
    *others, last = words
    if not others:
        return last
    return _("%(first)s and %(last)s") % {"first": ", ".join(others), "last": last}


def explain_fallback(rung: Rung, *, why: str) -> str:
    """The small print of a list that owes nothing to the person."""
    if rung is Rung.EMPTY:
        return ""
    if rung is Rung.PINNED:
        return _("Picked by this site")
    what = _("Popular here") if rung is Rung.POPULAR else _("New here")
    return f"{what}. {why}"


def why_not_personal(model: LiveModel | None, *, acted: bool, known: bool) -> str:
    """Why a list is the same for everybody, and what would change that."""
    if not acted:
        return _("Rate a few and this becomes yours.")
    if model is None:
        return _("There is no model to ask now; what you did counts as soon as there is one.")
    if not known:
        return _("All that you chose is newer than the model; the next one will know it.")
    if model.kind in POPULARITY_KINDS:
        return _("So far no model predicts better than this.")
    return _("What you did says too little yet; rate a few more and this becomes yours.")


def why_not_of_sent(model: LiveModel | None, *, known: bool) -> str:
    """Why a list does not follow from the items that were sent, and what would change that."""
    if model is None:
        return _("There is no model to ask now; ask again later.")
    if not known:
        return _("The model knows none of the items sent; send others, or more.")
    if model.kind in POPULARITY_KINDS:
        return _("So far no model predicts better than this.")
    return _("The items sent say too little; send more.")


def why_for_everybody() -> str:
    """Why a list is not personal for somebody who asked for that."""
    return _("You switched personal lists off, so this is the same for everybody.")


def explain_shared(rung: Rung) -> str:
    """The small print of items that are like another one without a model's help."""
    return "" if rung is Rung.EMPTY else _("By what they have in common")
