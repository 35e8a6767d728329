"""What one page needs to know before it can recommend; each thing is asked for once.

The panels of a page share a Visit, so that a home page costs nine queries at most, however many
panels it has: the live model, the person's events and what they dismissed, the ids of popular, new
and withdrawn items and which new ones are tried (mostly from the cache), the genres of what they
may like and how common each is, and all items of all panels together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from django.utils import timezone

from catalog.cards import cards_of
from catalog.models import Item, Person
from ml.ranking import Picks
from ml.snapshot import Floats, History, Rows, Vocabulary
from ml.taste import Taste
from recommendations import engine
from recommendations.dataset import PersonEvent, as_events
from recommendations.engine import LiveModel
from recommendations.ladder import Rung
from recommendations.models import Impression, Steering
from recommendations.placements import reading
from recommendations.placements.defaults import Placed
from recommendations.placements.settings import PlacementSettings
from recommendations.rules import force
from recommendations.rules.applying import Compiled
from recommendations.rules.model import Surface
from recommendations.said import AGREED, DISMISSED, JOINED, LEFT_OUT, STEERING, Past, past_of

logger = logging.getLogger(__name__)
LIKED_FROM, LIKED_ALWAYS = 3.5, 4.0
"""Stars below which a rating never says that somebody liked an item, and from which it always
does; between them it must not be below what is usual for that person."""
Answer = TypeVar("Answer")
SEEN_KINDS = frozenset({"rating", "doing", "done"})
OWN_SURFACES = ("for-you", "for-you-page")
"""Where the personal list is shown."""
TIRED_DAYS = 14
"""What was shown longer ago is forgotten."""


@dataclass(frozen=True)
class Ranked:
    """What a model thinks best for a person: rows of its items, the best first."""

    history: History
    known: Sequence[PersonEvent]  # the events in the history
    picks: Picks  # as the person steers them
    banned: frozenset[int]
    asked: int  # for so many items; there may be fewer

    @property
    def rows(self) -> Rows:
        return self.picks.rows

    @property
    def scores(self) -> Floats:
        return self.picks.scores


class Visit:
    """One person's, or nobody's, look at one page."""

    def __init__(self, person: Person | None) -> None:
        self.person = person
        self.model_failed = False
        self.told: set[Rung] = set()  # what lists of this page stand on already
        self.shown: set[int] = set()  # items that a panel of this page shows already
        self.ranked: Ranked | None = None
        self.governed_by: Sequence[Compiled] | None = None  # rules; a preview sets others
        self.tried: Mapping[str, PlacementSettings] = {}  # by surface, in place of the site's
        self.only: Compiled | None = None  # the items that its lists may show; None: all
        self.shows_seen = False  # whether lists may show what is no news to the person
        self.found: dict[str, Any] = {}  # what lists of this page found out, by its name
        self._items: dict[int, Item | None] = {}
        self._expected: set[int] = set()

    @classmethod
    def of_events(cls, events: Sequence[PersonEvent]) -> Visit:
        """Nobody's, with these events in place of a past, the oldest first."""
        visit = cls(None)
        visit.events = list(events)
        return visit

    @cached_property
    def model(self) -> LiveModel | None:
        return engine.current(self.person.pk if self.person else None)

    def as_all(self) -> Visit:
        """The same; where a canary answers this person, one that asks the live model: for lists
        that others see, too. A query more for them."""
        if self.model is None or not self.model.is_canary:
            return self
        if "as all" not in self.found:
            own = self.found["as all"] = copy(self)
            own.model, own.model_failed = engine.current(), False
        visit: Visit = self.found["as all"]
        return visit

    def ask_model(self, question: Callable[[LiveModel], Answer]) -> Answer | None:
        """The model's answer; None where there is no model, or it fails: a page is shown anyway."""
        if self.model is None or self.model_failed:
            return None
        try:
            return question(self.model)
        except Exception:
            self.model_failed = True
            logger.exception("model %s cannot answer; a plainer list is shown", self.model.run_id)
            engine.note_failure(self.model)
            return None

    @cached_property
    def events(self) -> list[PersonEvent]:
        """Oldest first; none of somebody who wants no list of their own."""
        return as_events(self.past.done) if self.is_personal else []

    @cached_property
    def past(self) -> Past:
        """What the person did, and said of their lists, as rows. One query."""
        return Past() if self.person is None else past_of(self.person)

    @property
    def is_personal(self) -> bool:
        """Whether lists may be made from what the person did."""
        return self.person is None or not self.person.is_unpersonalised

    @cached_property
    def seen(self) -> frozenset[int]:
        """The items that are no news to the person: rated, under way, or done."""
        if self.shows_seen:
            return frozenset()
        return frozenset(event.item_id for event in self.events if event.kind in SEEN_KINDS)

    @cached_property
    def used(self) -> list[PersonEvent]:
        """The events that lists are made from: all but those with what the person left out."""
        return [event for event in self.events if event.item_id not in self.left_out]

    @cached_property
    def dismissed(self) -> frozenset[int]:
        """The items that the person is not interested in."""
        return frozenset(self.dismissals)

    @property
    def dismissals(self) -> list[int]:
        """The same, the latest last."""
        return [pk for kind, pk in self.past.said if kind == DISMISSED]

    @cached_property
    def left_out(self) -> frozenset[int]:
        """The items that no list shall be made from."""
        return frozenset(pk for kind, pk in self.past.said if kind == LEFT_OUT)

    @property
    def is_of_like_taste(self) -> bool:
        """Whether the person agreed to be counted among people of like taste."""
        return any(kind == AGREED for kind, _pk in self.past.said)

    @property
    def newest_group(self) -> int | None:
        """The id of the group that was made last, of those that the person is in."""
        return next((pk for kind, pk in reversed(self.past.said) if kind == JOINED), None)

    @cached_property
    def steering(self) -> Steering:
        """The person's dials; one more query where any of them is set."""
        own = [pk for kind, pk in self.past.said if kind == STEERING]
        return (Steering.objects.filter(pk=own[0]).first() if own else None) or Steering()

    @property
    def exploration(self) -> float:
        """The most of the personal list that goes to new items."""
        return self.placement("for-you").exploration

    @property
    def rotation(self) -> float:
        """How much what the personal list showed on days before and was ignored steps back."""
        return self.placement("for-you").rotation

    @cached_property
    def shown_before(self) -> list[tuple[int, datetime]]:
        """What the personal list showed on days before, and was not opened: (item id, when).

        One query more where the site rotates; nothing of anybody whose activity does not count.
        """
        if self.person is None or not self.person.is_counted or not self.is_personal:
            return []
        if not self.rotation:
            return []
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        ignored = Impression.objects.filter(
            person=self.person,
            surface__in=OWN_SURFACES,
            opened_at=None,
            seen_at__lt=today,
            seen_at__gte=today - timedelta(days=TIRED_DAYS),
        )
        return list(ignored.values_list("item_id", "seen_at").order_by("seen_at", "item_id"))

    @cached_property
    def not_liked(self) -> frozenset[int]:
        """The items that the person rated, and not well."""
        rated = {event.item_id: event.stars for event in self.used if event.stars is not None}
        usual = sum(rated.values()) / max(len(rated), 1)
        liked = max(LIKED_FROM, min(usual, LIKED_ALWAYS))
        return frozenset(item_id for item_id, stars in rated.items() if stars < liked)

    @cached_property
    def unfinished(self) -> list[PersonEvent]:
        """What was looked at or begun, and not rated or done since; the latest first."""
        over = {event.item_id for event in self.events if event.kind in ("rating", "done")}
        latest: dict[int, PersonEvent] = {}
        for event in reversed(self.events):
            if event.kind in ("view", "doing") and event.item_id not in over:
                latest.setdefault(event.item_id, event)
        return list(latest.values())

    def rules(self, surface: Surface, *, placement: str = "") -> list[Compiled]:
        """The site's rules that hold on this sort of list now, and what its placement filters; or
        another placement, which shows a list of this sort."""
        if self.governed_by is None:
            _ = self.model  # whoever asks for it learns whether there is any rule
            self.governed_by = force.in_force()
        held = force.on(self.governed_by, surface, now=timezone.now()) if self.governed_by else []
        only = self.placements[placement or surface.value].only
        return held if only is None else [*held, only]

    @cached_property
    def placements(self) -> Mapping[str, Placed]:
        """How the site's surfaces are set, by name; `tried` in place of that, where it says so."""
        placed = reading.in_force(is_watched=self.model is not None)
        if not self.tried:
            return placed if self.only is None else reading.narrowed(placed, self.only)
        changed = reading.with_filters(
            {
                name: one.with_settings(self.tried.get(name, one.settings))
                for name, one in placed.items()
            }
        )
        return changed if self.only is None else reading.narrowed(changed, self.only)

    def placement(self, name: str) -> PlacementSettings:
        """How one surface is set for this person."""
        return self.placements[name].settings

    @property
    def taste(self) -> Taste:
        """What their own list is arranged by: their dials, and what the site adds."""
        own = self.steering.taste
        diversity = min(1.0, own.diversity + self.placement("for-you").diversity)
        return replace(own, diversity=diversity, rotation=self.rotation)

    def may_show(self, ids: Iterable[int]) -> list[int]:
        """Those of the items that its lists may show, in this order."""
        if self.only is None:
            return list(ids)
        wanted = np.fromiter(ids, dtype=np.int64)
        return [int(pk) for pk in wanted[self.only.means(wanted)]]

    def rows_to_hide(self, items: Vocabulary) -> Rows:
        """The rows of a model's items that its lists may not show, where they may not show all."""
        is_hidden = np.full(len(items), self.only is not None)
        if self.only is not None:
            rows = items.rows(map(str, self.only.ids))
            is_hidden[rows[rows >= 0]] = False
        return np.flatnonzero(is_hidden).astype(np.int32)

    def expect(self, ids: Iterable[int]) -> None:
        """These items will be asked for later on this page: read them with the first ones."""
        self._expected.update(ids)

    def items(self, ids: Iterable[int]) -> dict[int, Item]:
        """Those of the items that may be shown, in this order. One query for all new ones."""
        ids = list(ids)
        if any(pk not in self._items for pk in ids):
            missing = {pk for pk in (*ids, *self._expected) if pk not in self._items}
            found = {item.pk: item for item in cards_of(missing)}
            self._items |= {pk: found.get(pk) for pk in missing}
        return {pk: item for pk in ids if (item := self._items[pk]) is not None}
