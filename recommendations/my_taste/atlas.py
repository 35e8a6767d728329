"""The map of the catalogue for pages: what everybody gets of it, and the names of its regions.

Places come with the live model (`ml.layout`). Their public part, the same for all, is one compact
file whose address names its content, so that browsers keep it; which of its items are somebody's is
asked for apart. It is made anew when another model is live or an item is withdrawn. What came since
the model was trained is not on it yet.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s

import numpy as np
from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from catalog.cover_colours import hue_of
from catalog.models import Item
from catalog.remember import remembered
from recommendations import engine
from recommendations.engine import LiveModel
from recommendations.my_taste.community import Community, Numbers, community

SECONDS = 600
STEPS = 10_000
"""Places are whole numbers below this."""
SIZES = (3, 10, 50)
"""An item with so many ratings is drawn larger than one with fewer."""
WELL_KNOWN = 6
COMMON = 12
"""So many genres have a colour of their own; the others share one."""


@dataclass(frozen=True)
class Region:
    """An area of the map: what it is called, in parts, where its middle is, and who lives there."""

    number: int
    genre: str  # the one that sets it apart, or ""
    second: str  # another one, where a neighbour has the same
    x: int
    y: int
    size: int
    best_known: tuple[tuple[int, str], ...]  # (item id, title)

    @property
    def name(self) -> str:
        if self.genre and self.second:
            return _("%(genre)s and %(second)s") % {"genre": self.genre, "second": self.second}
        return self.genre or _("Around “%(title)s”") % {"title": self.best_known[0][1]}


@dataclass(frozen=True)
class Atlas:
    """A map of listed items."""

    version: str
    body: bytes  # JSON, compressed
    item_ids: Numbers
    region_of: NDArray[np.int16]
    regions: tuple[Region, ...]
    legend: tuple[tuple[str, int], ...]
    """Genres that have a colour, with its hue; the commonest first."""


def atlas() -> Atlas | None:
    """The map by the live model; None where there is no model, or it came without one."""
    model = engine.current()
    if model is None or model.recommender.map is None:
        return None
    listed = Item.objects.listed().aggregate(Count("pk"), Sum("pk"))
    name = f"taste-map-{model.run_id}-{listed['pk__count']}-{listed['pk__sum']}"
    return remembered(name, lambda: draw_atlas(model, community()), seconds=SECONDS)


def draw_atlas(model: LiveModel, everybody: Community) -> Atlas | None:
    """None where none of the model's items is listed."""
    found = model.recommender.map
    assert found is not None
    titles = dict(Item.objects.listed().values_list("pk", "title"))
    row_of = {int(id_): row for row, id_ in enumerate(model.recommender.items.ids)}
    item_ids = np.array(sorted(titles.keys() & row_of.keys()), dtype=np.int64)
    if not len(item_ids):
        return None
    rows = np.array([row_of[pk] for pk in item_ids.tolist()])
    places = np.minimum((found.places[rows] * STEPS).astype(np.int64), STEPS - 1)
    region_of = np.asarray(found.regions[rows])
    in_table = everybody.rows(item_ids)
    counts = np.where(in_table >= 0, everybody.counts[in_table], 0)
    shown = [titles[pk] for pk in item_ids.tolist()]
    coloured, genre_of = _colours(everybody, in_table)
    public = {
        "ids": item_ids.tolist(),
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "genre": genre_of.tolist(),
        "size": np.digitize(counts, SIZES).tolist(),
        "titles": shown,
    }
    body = json.dumps(public, ensure_ascii=False, separators=(",", ":")).encode()
    return Atlas(
        version=blake2s(body, digest_size=8).hexdigest(),
        body=gzip.compress(body, 6, mtime=0),
        item_ids=item_ids,
        region_of=region_of,
        regions=_regions(everybody, item_ids, places, region_of, counts, shown),
        legend=tuple(zip(coloured, hues_of(coloured), strict=True)),
    )


def hues_of(genres: Sequence[str]) -> list[int]:
    """Hues that are well apart, each as near to the genre's own as those before it left room."""
    free = [at * 360 // COMMON for at in range(COMMON)]
    hues = []
    for genre in genres:
        own = hue_of(genre)
        best = min(free, key=lambda hue: abs((hue - own + 180) % 360 - 180))
        free.remove(best)
        hues.append(best)
    return hues


def _colours(everybody: Community, rows: Numbers) -> tuple[list[str], Numbers]:
    """The commonest genres, and which of them each row's first genre is; -1 for none of them."""
    size = everybody.starts[rows + 1] - everybody.starts[rows]
    first = np.full(len(rows), -1)
    has = (rows >= 0) & (size > 0)
    first[has] = everybody.genre_of[everybody.starts[rows[has]]]
    common = [genre for genre, _count in Counter(first[has].tolist()).most_common(COMMON)]
    number = {genre: at for at, genre in enumerate(common)}
    places = np.array([number.get(genre, -1) for genre in first.tolist()], dtype=np.int64)
    return [everybody.genres[genre] for genre in common], places


def _regions(
    everybody: Community,
    item_ids: Numbers,
    places: Numbers,
    region_of: NDArray[np.int16],
    counts: Numbers,
    titles: Sequence[str],
) -> tuple[Region, ...]:
    """Largest first, each called by what is more frequent there than anywhere."""
    numbers = [int(number) for number in np.unique(region_of)]
    names = _names(everybody, item_ids, region_of, numbers)
    regions = []
    for number in numbers:
        here = np.flatnonzero(region_of == number)
        known = here[np.argsort(-counts[here], kind="stable")[:WELL_KNOWN]]
        x, y = np.median(places[here], axis=0)
        best = tuple((int(item_ids[at]), titles[at]) for at in known)
        regions.append(Region(number, *names[number], int(x), int(y), len(here), best))
    return tuple(sorted(regions, key=lambda region: (-region.size, region.number)))


def _names(
    everybody: Community, item_ids: Numbers, region_of: NDArray[np.int16], numbers: Sequence[int]
) -> dict[int, tuple[str, str]]:
    """Two genres a region, those that are most beyond their share of the whole map.

    The second is left out where no other region has the same first one.
    """
    rows = everybody.rows(item_ids)
    known = np.flatnonzero(rows >= 0)
    place, genre = everybody.genre_links(rows[known])
    region = region_of[known][place]
    table = np.zeros((max(numbers) + 1, len(everybody.genres)))
    np.add.at(table, (region, genre), 1)
    sizes = np.maximum(np.bincount(region_of, minlength=len(table)), 1)
    beyond = table / sizes[:, None] - table.sum(axis=0) / len(item_ids)
    leading = {number: _leading(everybody.genres, beyond[number]) for number in numbers}
    firsts = Counter(first for first, _second in leading.values())
    return {
        number: (first, second if firsts[first] > 1 else "")
        for number, (first, second) in leading.items()
    }


def _leading(genres: tuple[str, ...], beyond: NDArray[np.float64]) -> tuple[str, str]:
    """The two names that stand out most, fewer where fewer do."""
    order = [at for at in np.argsort(-beyond, kind="stable")[:2] if beyond[at] > 0]
    first, second = [*(genres[at] for at in order), "", ""][:2]
    return first, second
