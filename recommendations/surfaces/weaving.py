"""Lists from several sources, woven into one by their shares. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recommendations.ladder import Pick
from recommendations.placements.settings import Source


def order(lengths: Mapping[Source, int], shares: Mapping[Source, float]) -> list[Source]:
    """Which source has which place: smooth weighted round-robin, until all are used up.

    While all have something left, a source has its share of the first n places, less than one
    place more or less for each other source; then the others share its places.
    """
    left = {source: lengths.get(source, 0) for source in shares}
    credit = dict.fromkeys(shares, 0.0)
    places: list[Source] = []
    while any(left.values()):
        alive = [source for source in shares if left[source]]
        for source in alive:
            credit[source] += shares[source]
        chosen = max(alive, key=lambda source: round(credit[source], 9))
        credit[chosen] -= sum(shares[source] for source in alive)
        left[chosen] -= 1
        places.append(chosen)
    return places


def woven(
    lists: Mapping[Source, Sequence[Pick]], shares: Mapping[Source, float], *, limit: int
) -> list[tuple[Source, Pick]]:
    """At most `limit` picks, none twice: an item is taken from the first source that brings it."""
    taken: set[int] = set()
    queues: dict[Source, list[Pick]] = {source: [] for source in shares}
    for source in shares:  # the largest share first: what two bring is its
        for pick in lists.get(source, ()):
            if pick.item.pk not in taken:
                taken.add(pick.item.pk)
                queues[source].append(pick)
    places = order({source: len(queue) for source, queue in queues.items()}, shares)
    iterators = {source: iter(queue) for source, queue in queues.items()}
    return [(source, next(iterators[source])) for source in places[:limit]]
