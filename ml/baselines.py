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
from scipy import sparse

from ml.acquaintance import acquaintance_of
from ml.artifact import Artifact
from ml.closed_forms import companion_weights, ease_weights
from ml.features import content_matrix
from ml.pairs import DISTANCE_DECAY, followers
from ml.ratings import fit_ratings
from ml.snapshot import Floats, Snapshot
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
    """What every artifact holds, the hybrid's too: predicted ratings, content, and who knows what.

    `factors` False: ratings from offsets alone, in no time. `start_from` a model: brought up to
    date from what it believes of items.
    """
    start = None
    if start_from is not None:
        rows = start_from.item_ids.rows(snapshot.items.ids.ids)
        start = start_from.component("ratings"), rows
    return {
        **named("ratings", fit_ratings(snapshot, factors=factors, start=start)),
        **named("content", to_arrays(content_matrix(snapshot.items))),
        **named("acquaintance", acquaintance_of(snapshot)),
    }


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


BASELINES: dict[str, tuple[str, Fit]] = {
    "popularity": ("Popular with everyone", _popularity),
    "recent-popularity": ("Popular these days", _recent),
    "markov": ("What follows what", _markov),
    "ease": ("What goes with what (EASE)", _ease),
}
