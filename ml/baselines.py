"""Simple models that are always trained: the site's first model, and the network's opponents.

`fit_baseline` gives the same type as `ml.hybrid.fit`: an Artifact, served by the same Recommender.
Each holds the scores of its rule, popularity for those of whom nothing is known, predicted
ratings, and the items' content.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from ml.artifact import Artifact
from ml.features import content_matrix
from ml.pairs import DISTANCE_DECAY, followers
from ml.ratings import fit_ratings
from ml.snapshot import Floats, Rows, Snapshot, SnapshotError
from ml.sparse import to_arrays

Arrays = dict[str, NDArray[Any]]
Fitted = tuple[list[dict[str, Any]], Arrays]
Fit = Callable[[Snapshot, bool], Fitted]

DAY = 86_400.0
RECENT_DAYS = 30.0
"""Recent popularity: an event counts half as much 30 days before the newest one."""
REVERSE = 0.3  # what having come before counts in Markov
MARKOV_HALF_LIFE = 2.0
COLUMN_POWER = 0.2
EASE_HALF_LIFE = 3.0
EASE_ITEMS = 10_000
EASE_STRENGTH = 30.0
WINDOWS = {10: 1 / 3, 30: 2 / 3, 100: 2 / 3}
"""Of so many events in a row, and what having met in one counts beside having met at all."""
HEAVY_POWER = 0.3
"""How much less each event of somebody with many of them counts there."""
COMPANIONS_STRENGTH, COMPANIONS_DROPOUT = 0.6, 0.5
RATING_SLOPE = 0.75
"""How much less an event weighs whose rating is below what is usual for the person."""
TIE_BREAK = 1e-4
"""Weight of popularity beside a rule: it orders what the rule leaves equal."""


def fit_baseline(
    snapshot: Snapshot, name: str, *, ordered: bool | None = None, shared: Arrays | None = None
) -> Artifact:
    """The named baseline, fitted.

    `ordered` says whether recent events shall weigh more; by default, whether there are times.
    `shared` saves time where several are fitted on one snapshot: its `shared_arrays`.
    """
    if name not in BASELINES:
        raise ValueError(f"baseline {name!r} is none of {', '.join(BASELINES)}")
    ordered = snapshot.has_times if ordered is None else ordered
    label, fit = BASELINES[name]
    components, arrays = fit(snapshot, ordered)
    manifest = {
        "kind": name,
        "label": label,
        "components": components,
        "config": {"ordered": ordered},
        **describe(snapshot),
    }
    shared = shared_arrays(snapshot, factors=False) if shared is None else shared
    return Artifact(manifest, snapshot.items.ids, arrays | shared)


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """What any artifact's manifest says of the data it was fitted on."""
    times = snapshot.events.time[~np.isnan(snapshot.events.time)]
    return {
        "scale": list(snapshot.scale),
        "counts": {
            "events": len(snapshot.events),
            "ratings": int(np.count_nonzero(~np.isnan(snapshot.events.stars))),
            "items": len(snapshot.items),
            "people": int(np.count_nonzero(np.diff(snapshot.offsets))),
        },
        "cut_off": float(times.max()) if len(times) else None,
        "data": snapshot.fingerprint(),
    }


def fit_rule(snapshot: Snapshot, name: str, *, ordered: bool) -> tuple[dict[str, Any], Arrays]:
    """Settings and arrays of an item-item rule alone: "markov", "ease" or "companions"."""
    rules = {"markov": _markov, "ease": _ease, "companions": _companions}
    (rule, _), arrays = rules[name](snapshot, ordered)
    prefix = f"{rule['name']}."
    own = {key: array for key, array in arrays.items() if key.startswith(prefix)}
    return rule, {key.removeprefix(prefix): array for key, array in own.items()}


def shared_arrays(
    snapshot: Snapshot, *, factors: bool = True, start_from: Artifact | None = None
) -> Arrays:
    """What every artifact holds, the hybrid's too: predicted ratings, and content.

    `factors` False: ratings from offsets alone, in no time. `start_from` a model: brought up to
    date from what it believes of items.
    """
    start = None
    if start_from is not None:
        rows = start_from.item_ids.rows(snapshot.items.ids.ids)
        start = start_from.component("ratings"), rows
    return named("ratings", fit_ratings(snapshot, factors=factors, start=start)) | named(
        "content", to_arrays(content_matrix(snapshot.items))
    )


def named(component: str, arrays: Arrays) -> Arrays:
    return {f"{component}.{key}": array for key, array in arrays.items()}


def popularity(snapshot: Snapshot, *, half_life: float | None = None) -> Floats:
    """(I,): counts of events, halved with each `half_life` days before the newest; at most 1."""
    events = snapshot.events
    weights = np.ones(len(events))
    if half_life is not None and snapshot.has_times:
        age = (np.nanmax(events.time) - events.time) / DAY
        weights = np.nan_to_num(0.5 ** (age / half_life), nan=0.0)
    counts = np.bincount(events.item, weights, minlength=len(snapshot.items))
    shares: Floats = (counts / max(counts.max(initial=0), 1e-12)).astype(np.float32)
    return shares


def _prior(scores: Floats, *, weight: float = 1.0) -> tuple[dict[str, Any], Arrays]:
    entry = {"name": "prior", "scorer": "prior", "weight": weight}
    return entry, {"prior.scores": scores}


def _popularity(snapshot: Snapshot, ordered: bool) -> Fitted:
    entry, arrays = _prior(popularity(snapshot))
    return [entry], arrays


def _recent(snapshot: Snapshot, ordered: bool) -> Fitted:
    recent = popularity(snapshot, half_life=RECENT_DAYS)
    entry, arrays = _prior(recent + TIE_BREAK * popularity(snapshot))
    return [entry], arrays


def _markov(snapshot: Snapshot, ordered: bool) -> Fitted:
    settings = {
        "half_life": MARKOV_HALF_LIFE if ordered else None,
        "similar_power": 0.3,
    }
    arrays = to_arrays(transitions(snapshot, ordered=ordered))
    return _item_item("transitions", arrays, settings, snapshot)


def _ease(snapshot: Snapshot, ordered: bool) -> Fitted:
    settings = {"half_life": EASE_HALF_LIFE if ordered else None}
    rows, weights = ease_weights(snapshot)
    return _item_item("ease", {"rows": rows, "dense": weights}, settings, snapshot)


def _companions(snapshot: Snapshot, ordered: bool) -> Fitted:
    settings = {"half_life": EASE_HALF_LIFE if ordered else None}
    rows, weights = companion_weights(snapshot)
    return _item_item("companions", {"rows": rows, "dense": weights}, settings, snapshot)


def _item_item(name: str, arrays: Arrays, settings: dict[str, Any], snapshot: Snapshot) -> Fitted:
    counts = np.bincount(snapshot.events.item, minlength=len(snapshot.items))
    arrays = arrays | {"popularity": counts.astype(np.float32)}
    entry, prior = _prior(popularity(snapshot), weight=TIE_BREAK)
    rule = {
        "name": name,
        "scorer": "item-item",
        "weight": 1.0,
        "rating_slope": RATING_SLOPE,
        "rating_mean": mean_rating(snapshot),
        **settings,
    }
    return [rule, entry], named(name, arrays) | prior


def mean_rating(snapshot: Snapshot) -> float:
    """In the data's scale; 0 where there are no ratings."""
    stars = snapshot.events.stars[~np.isnan(snapshot.events.stars)]
    return float(stars.mean(dtype=np.float64)) if len(stars) else 0.0


def transitions(snapshot: Snapshot, *, ordered: bool = True) -> sparse.csr_array:
    """(I, I): how often, and how soon, one item follows another in people's histories.

    Pairs a few events apart (`ml.pairs`), nearer ones weigh more, the reverse direction REVERSE;
    rows are divided by the item's count, columns by its COLUMN_POWER. Without an order, both
    directions and all distances weigh the same.
    """
    counts = np.bincount(snapshot.events.item, minlength=len(snapshot.items))
    counts = np.maximum(counts, 1).astype(np.float32)
    total = followers(
        snapshot,
        decay=DISTANCE_DECAY if ordered else 1.0,
        reverse=REVERSE if ordered else 1.0,
        by_column=counts**-COLUMN_POWER,
    )
    return sparse.csr_array(sparse.diags_array(1 / counts) @ total)


def ease_weights(
    snapshot: Snapshot, *, strength: float | None = None
) -> tuple[Rows, NDArray[np.float32]]:
    """EASE (Steck 2019, arXiv 1905.03375): the rows (n,) it covers, and weights (n, n).

    It covers the EASE_ITEMS most popular items; a person counts once for each item.
    """
    kept = covered(snapshot)
    if not len(kept):
        return kept, np.zeros((0, 0), dtype=np.float32)
    events = snapshot.events
    seen = _met(events.user, events.item, len(snapshot.users), len(snapshot.items))[:, kept]
    gram = (seen.T @ seen).toarray()
    strength = ease_strength(seen) if strength is None else strength
    gram[np.diag_indices_from(gram)] += strength
    return kept, _least_squares(gram)


def companion_weights(snapshot: Snapshot) -> tuple[Rows, NDArray[np.float32]]:
    """What goes with what, for somebody's whole taste: the rows (n,) it covers, weights (n, n).

    EASE with the strength that stands for hiding half the events at random (EDLAE, Steck 2020),
    where items that were met close in time count as met more often, and somebody who met a great
    many counts less for each.
    """
    kept = covered(snapshot)
    if not len(kept):
        return kept, np.zeros((0, 0), dtype=np.float32)
    events, size = snapshot.events, len(snapshot.items)
    seen = _met(events.user, events.item, len(snapshot.users), size)[:, kept]
    strength = COMPANIONS_STRENGTH * ease_strength(seen)
    per_person = np.maximum(np.diff(seen.indptr), 1)
    gram = (seen.T @ sparse.diags_array(per_person**-HEAVY_POWER) @ seen).toarray()
    gram *= seen.nnz / np.trace(gram)
    gram = gram.astype(np.float32, copy=False)
    for length, share in WINDOWS.items() if snapshot.has_times else ():
        part = (np.arange(len(events)) - snapshot.offsets[events.user]) // length
        _, window = np.unique(np.stack([events.user, part]), axis=1, return_inverse=True)
        met = _met(window, events.item, int(window.max()) + 1, size)[:, kept]
        gram += np.float32(share) * (met.T @ met).toarray()
    hidden = COMPANIONS_DROPOUT / (1 - COMPANIONS_DROPOUT) * np.diag(gram)
    gram[np.diag_indices_from(gram)] += strength + hidden
    return kept, _least_squares(gram)


def covered(snapshot: Snapshot) -> Rows:
    """The EASE_ITEMS items that are met most."""
    counts = np.bincount(snapshot.events.item, minlength=len(snapshot.items))
    order = np.argsort(-counts, kind="stable")[:EASE_ITEMS]
    return np.sort(order[counts[order] > 0]).astype(np.int32)


def _met(row: NDArray[np.integer], item: Rows, rows: int, items: int) -> sparse.csr_array:
    """(rows, I): 1 where an item was met, however often."""
    cells = (np.ones(len(item), dtype=np.float32), (row, item))
    seen = sparse.csr_array(cells, shape=(rows, items))
    seen.sum_duplicates()
    seen.data[:] = 1
    return seen


def _least_squares(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights that foretell each item from all others, from their regularised Gram matrix."""
    weights = _inverse(gram)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return weights


def ease_strength(seen: sparse.csr_array) -> float:
    """The regularisation for this much data: more events an item, more of it."""
    people, items = seen.shape
    return float(np.clip(EASE_STRENGTH * np.sqrt(seen.nnz / max(items, 1)), 5, 1000))


def _inverse(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a symmetric, positive definite matrix, which is overwritten; by Cholesky."""
    factor, failed = linalg.lapack.spotrf(gram.T, lower=0, overwrite_a=1)
    if failed:
        raise SnapshotError(
            f"EASE's matrix of {len(gram)} items is singular ({failed}); use markov"
        )
    upper, _ = linalg.lapack.spotri(factor, lower=0, overwrite_c=1)
    inverse: NDArray[np.float32] = np.triu(upper)
    inverse += np.triu(upper, 1).T
    return inverse


BASELINES: dict[str, tuple[str, Fit]] = {
    "popularity": ("Popular with everyone", _popularity),
    "recent-popularity": ("Popular these days", _recent),
    "markov": ("What follows what", _markov),
    "ease": ("What goes with what (EASE)", _ease),
}
