"""Which items are like one item, and what they share.

The live model says first, by what people did and by content; attributes that items share, the
rarer the better, fill the list, and are all there is before a model. The result is the same for
everybody and stays in the cache, by item and run; the items themselves are read each time, and
what somebody dismissed is left out for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import TypedDict

from django.db.models import Count, IntegerField, OuterRef, Subquery

from catalog.local import local
from catalog.models import Attribute, Item, ItemAttribute
from recommendations import governing, ladder, reasons, trying
from recommendations.engine import LiveModel
from recommendations.governing import Surface
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.visit import Visit

FRESH_SECONDS = 300
MOST_SIMILAR = 100
MOST_TOGETHER = 40
MOST_LINKS = 20_000
"""Attributes that more items than this have, together, say nothing: they are left out."""
SPARE = 6
MOST_ID = 2**63 - 1
RUNG_OF_KIND = {
    "markov": Rung.CO_OCCURRENCE,
    "ease": Rung.CO_OCCURRENCE,
    "popularity": Rung.SHARED,
    "recent-popularity": Rung.SHARED,
}


class Similar(TypedDict):
    """An item that is like another one; plain values, for the cache."""

    item_id: int
    score: float
    rung: str
    shared: list[tuple[str, str]]  # (kind, name), the rarest first


@dataclass(frozen=True)
class Shared:
    """The attributes of one item, the rarest first, and who has them, too."""

    names: Mapping[int, tuple[str, str]]  # attribute id to (kind, name)
    weights: Mapping[int, float]
    of_item: Mapping[int, Sequence[int]]  # item id to attribute ids

    def with_item(self, item_id: int) -> list[tuple[str, str]]:
        return [self.names[attribute] for attribute in self.of_item.get(item_id, ())]


def similar_to(
    item: Item, *, limit: int = 12, exclude: Collection[int] = (), visit: Visit | None = None
) -> Picks:
    """Items like this one, and what they share with it; never the item itself.

    The visit's person is not shown what they dismissed.
    """
    return trying.served(
        visit or Visit(None),
        "similar",
        lambda own: similar_list(item, limit=limit, exclude=exclude, visit=own),
    )


def similar_list(item: Item, *, limit: int, visit: Visit, exclude: Collection[int] = ()) -> Picks:
    """The same, whatever experiment the visit's person is in."""
    banned = visit.dismissed | set(exclude)
    found = [similar for similar in _remembered(item, visit) if similar["item_id"] not in banned]
    found = _governed(found, item, visit, banned=banned, limit=limit)[: limit + SPARE]
    items = visit.items(similar["item_id"] for similar in found)
    shown = [similar for similar in found if similar["item_id"] in items][: max(limit, 0)]
    picks = [
        Pick(
            item=items[similar["item_id"]],
            score=similar["score"],
            reason=_reason(item, similar),
            rung=Rung(similar["rung"]),
        )
        for similar in shown
    ]
    rung = ladder.best_rung(picks)
    if visit.model is not None and rung in (Rung.MODEL, Rung.CO_OCCURRENCE):
        return Picks(picks, rung, visit.model.label, reasons.explain_similar(visit.model))
    return Picks(picks, rung, None, reasons.explain_shared(rung))


def _governed(
    found: list[Similar], item: Item, visit: Visit, *, banned: Collection[int], limit: int
) -> list[Similar]:
    """What the site's rules make of them; the same ones where there are none."""
    if not visit.rules(Surface.SIMILAR):
        return found
    scored = [(one["item_id"], one["score"], Rung(one["rung"])) for one in found]
    outcome = governing.govern(
        visit, Surface.SIMILAR, scored, banned={item.pk, *banned}, limit=limit + SPARE
    )
    return [
        Similar(item_id=one.item_id, score=one.score, rung=Rung.PINNED.value, shared=[])
        if one.pinned_by is not None or one.at is None
        else {**found[one.at], "score": one.score}
        for one in outcome.placed
    ]


def _reason(item: Item, similar: Similar) -> Reason:
    rung = Rung(similar["rung"])
    if rung is Rung.PINNED:
        return reasons.for_rung(rung)
    return reasons.for_likeness(item, similar["shared"], rung=rung)


def chosen_together(item: Item, visit: Visit) -> list[int]:
    """Ids of items that the same people chose, the closest first: a second opinion on `similar_to`.

    None where there is no network, whose likeness is of another kind; what somebody dismissed is
    left out for them.
    """
    run = visit.model.run_id if visit.model is not None else 0
    key = f"recommendations:together:{item.pk}:{run}"
    found: list[int] | None = local().get(key)
    if found is None:
        found = visit.ask_model(lambda model: _met_together(item, model)) or []
        if not visit.model_failed:
            local().set(key, found, FRESH_SECONDS)
    shown = [pk for pk in found if pk not in visit.dismissed]
    return governing.among(visit, Surface.SIMILAR, shown, placement="together")


def _met_together(item: Item, model: LiveModel) -> list[int]:
    ids = model.recommender.items
    row = ids.row(str(item.pk))
    if row < 0:
        return []
    found = model.recommender.met_together(row, n=MOST_TOGETHER)
    return [int(ids.ids[row]) for row in found.rows]


def item_to_compare(item_id: int, visit: Visit, *, limit: int) -> Item | None:
    """The item, if it may be shown; what a list of its like will show is read with it."""
    if item_id > MOST_ID:
        return None
    known: list[Similar] = local().get(_key(item_id, visit)) or []
    visit.expect(one["item_id"] for one in known[: limit + SPARE])
    return visit.items([item_id]).get(item_id)


def _remembered(item: Item, visit: Visit) -> list[Similar]:
    key = _key(item.pk, visit)
    found: list[Similar] | None = local().get(key)
    if found is None:
        found = _find(item, visit)
        if not visit.model_failed:
            local().set(key, found, FRESH_SECONDS)
    return found


def _key(item_id: int, visit: Visit) -> str:
    run = visit.model.run_id if visit.model is not None else 0
    return f"recommendations:similar:{item_id}:{run}"


def _find(item: Item, visit: Visit) -> list[Similar]:
    """The model's answer, then items that share most; only such as may be shown now."""
    near = visit.ask_model(lambda model: _by_model(item, model)) or {}
    shared = _shared_with(item, among=near if len(near) >= MOST_SIMILAR else None)
    rung = RUNG_OF_KIND.get(visit.model.kind, Rung.MODEL) if visit.model else Rung.SHARED
    ranked = [(pk, score, rung) for pk, score in near.items()]
    ranked += [(pk, score, Rung.SHARED) for pk, score in _by_shared(shared) if pk not in near]
    items = visit.items(pk for pk, _score, _rung in ranked[: 2 * MOST_SIMILAR] if pk != item.pk)
    return [
        Similar(item_id=pk, score=score, rung=rung.value, shared=shared.with_item(pk))
        for pk, score, rung in ranked
        if pk in items
    ][:MOST_SIMILAR]


def _by_model(item: Item, model: LiveModel) -> dict[int, float]:
    ids = model.recommender.items
    row = ids.row(str(item.pk))
    if row < 0:
        return {}
    found = model.recommender.similar_to(row, n=MOST_SIMILAR + SPARE)
    return {
        int(ids.ids[row]): float(score) for row, score in zip(found.rows, found.scores, strict=True)
    }


def _by_shared(shared: Shared) -> list[tuple[int, float]]:
    """Item ids and the weights of what they share, summed; the most first."""
    sums = [(pk, sum(shared.weights[a] for a in own)) for pk, own in shared.of_item.items()]
    return sorted(sums, key=lambda pair: (-pair[1], pair[0]))[: 2 * MOST_SIMILAR]


def _shared_with(item: Item, *, among: Collection[int] | None) -> Shared:
    """Two queries: the item's attributes with their frequency, and which items have them.

    Only items `among` some where a list needs no others: thousands may have a common attribute.
    """
    having = (
        ItemAttribute.objects.filter(attribute=OuterRef("pk"))
        .order_by()
        .values("attribute")
        .annotate(count=Count("pk"))
        .values("count")
    )
    own = list(
        Attribute.objects.filter(item_attributes__item=item)
        .annotate(count=Subquery(having, output_field=IntegerField()))
        .order_by("count", "pk")
        .values_list("pk", "kind", "name", "count")
    )
    kept: list[int] = []
    links = 0
    for pk, _kind, _name, count in own:
        links += count
        if links <= MOST_LINKS:
            kept.append(pk)
    found: dict[int, list[int]] = defaultdict(list)
    pairs = ItemAttribute.objects.filter(attribute__in=kept, item__is_listed=True)
    if among is not None:
        pairs = pairs.filter(item__in=list(among))
    for item_id, attribute in (
        pairs.exclude(item=item).order_by().values_list("item_id", "attribute_id")
    ):
        found[item_id].append(attribute)
    place = {pk: at for at, (pk, *_rest) in enumerate(own)}
    return Shared(
        names={pk: (kind, name) for pk, kind, name, _count in own},
        weights={pk: 1 / log(1 + count) for pk, _kind, _name, count in own},
        of_item={pk: sorted(attributes, key=place.__getitem__) for pk, attributes in found.items()},
    )
