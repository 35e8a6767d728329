"""A map of the catalogue: a place for every item, near the items that the same people like.

`python -m ml train` calls `with_layout` after the fit. The places (I, 2), from 0 to 1, and the
region of each item (I,) travel in the artifact as `layout` and `regions`; one without them is as
good for everything else. Only this file needs scikit-learn, and nothing that serves pages ever
calls it. A seed gives the same map again; past MOST_LAID items the best known are laid out, and
the others put among their nearest ones, so that the time stays bounded.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.artifact import Artifact
from ml.features import content_matrix
from ml.lending import lending
from ml.snapshot import Floats, Snapshot

PLACES, REGIONS = "layout", "regions"
MOST_LAID = 3000
FEWEST = 5
"""Fewer items than this need no map."""
WIDTH = 30  # of the vectors that are laid out
MOST_EVENTS = 2_000_000
"""The newest events that vectors are derived from, where the model has none of its own."""
NEIGHBOURS = 30  # that each item heeds: t-SNE's perplexity
STEPS = 400
COARSE = 0.7  # how far from exact the forces are, for speed: its angle
AMONG = 5
"""An item that is not laid out lies in the middle of so many of its nearest."""
SPREAD = 0.006  # how far around that place, so that none lies on another
BLOCK = 2000
LEAST_REGIONS, MOST_REGIONS, ITEMS_A_REGION = 2, 14, 60
RIM = 0.02  # left free around the map


def with_layout(artifact: Artifact, snapshot: Snapshot, *, seed: int) -> Artifact:
    """The artifact with a map, where there is enough to draw one and scikit-learn is installed."""
    if len(artifact.item_ids) < FEWEST or not is_installed():
        return artifact
    places = lay_out(item_vectors(artifact, snapshot, seed=seed), known=_met(snapshot), seed=seed)
    arrays: dict[str, NDArray[Any]] = {PLACES: places, REGIONS: regions_of(places, seed=seed)}
    return replace(artifact, arrays=artifact.arrays | arrays)


def is_installed() -> bool:
    return find_spec("sklearn") is not None


def item_vectors(artifact: Artifact, snapshot: Snapshot, *, seed: int) -> Floats:
    """(I, D): the model's own where it has some, else factors of who met what.

    New items lie where their lenders do; a row is 0 where nothing is known.
    """
    for entry in artifact.manifest["components"]:
        arrays = artifact.component(entry["name"])
        if "item_vectors" in arrays:
            return np.asarray(arrays["item_vectors"], dtype=np.float32)
    factors = _factors(snapshot, seed=seed)
    lenders = lending(snapshot, content_matrix(snapshot.items))
    return factors if lenders is None else np.asarray(lenders @ factors, dtype=np.float32)


def lay_out(vectors: Floats, *, known: NDArray[np.integer], seed: int) -> Floats:
    """(I, D) -> (I, 2), from 0 to 1: what is alike lies together; `known` (I,) counts events."""
    from threadpoolctl import threadpool_limits

    places = np.full((len(vectors), 2), np.nan, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    sure = np.flatnonzero(lengths > 0)
    unit = vectors / np.maximum(lengths, 1e-12)[:, None]
    laid = np.sort(sure[np.argsort(-known[sure], kind="stable")[:MOST_LAID]])
    with threadpool_limits(limits=1):  # sums of several threads differ from run to run
        if len(laid) >= FEWEST:
            places[laid] = _t_sne(unit[laid], seed=seed)
        rest = np.setdiff1d(sure, laid)
        if len(laid) >= FEWEST and len(rest):
            places[rest] = _among(unit[rest], unit[laid], places[laid], seed=seed)
    return _scaled(places, seed=seed)


def regions_of(places: Floats, *, seed: int) -> NDArray[np.int16]:
    """(I,): areas of the map, by k-means; a small map has few of them."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    count = int(np.clip(len(places) // ITEMS_A_REGION, LEAST_REGIONS, MOST_REGIONS))
    with threadpool_limits(limits=1):
        found = KMeans(n_clusters=count, n_init=3, random_state=seed).fit_predict(places)
    return np.asarray(found, dtype=np.int16)


def _met(snapshot: Snapshot) -> NDArray[np.integer]:
    return np.bincount(snapshot.events.item, minlength=len(snapshot.items))


def _factors(snapshot: Snapshot, *, seed: int) -> Floats:
    """(I, D): of who met what, with people and items of many events counting less for each."""
    from sklearn.utils.extmath import randomized_svd

    events = snapshot.events
    if len(events) > MOST_EVENTS:
        newest = np.argsort(-np.nan_to_num(events.time), kind="stable")[:MOST_EVENTS]
        events = events.take(np.sort(newest))
    shape = (len(snapshot.users), len(snapshot.items))
    met = sparse.csr_array((np.ones(len(events), np.float32), (events.user, events.item)), shape)
    met.sum_duplicates()
    met.data[:] = 1
    people, items = np.maximum(met.sum(axis=1), 1), np.maximum(met.sum(axis=0), 1)
    even = sparse.diags_array(people**-0.5) @ met @ sparse.diags_array(items**-0.5)
    width = min(WIDTH + 1, *shape)
    _, sizes, factors = randomized_svd(even.tocsr(), width, n_iter=4, random_state=seed)
    # The first factor says how popular an item is, which is no direction on a map.
    kept = slice(1, None) if width > 2 else slice(None)
    return np.asarray((factors[kept].T * sizes[kept]), dtype=np.float32)


def _t_sne(vectors: Floats, *, seed: int) -> Floats:
    """(n, D) -> (n, 2). Barnes-Hut t-SNE, begun from the two directions that differ most."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    width = min(WIDTH, *vectors.shape)
    narrow = PCA(width, svd_solver="full").fit_transform(vectors.astype(np.float64))
    if width < 2:
        narrow = np.hstack([narrow, np.zeros_like(narrow)])
    narrow += 1e-6 * np.random.default_rng(seed).standard_normal(narrow.shape)  # no two alike
    t_sne = TSNE(
        perplexity=min(NEIGHBOURS, (len(vectors) - 1) / 3),
        init="pca",
        max_iter=STEPS,
        angle=COARSE,
        random_state=seed,
    )
    return np.asarray(t_sne.fit_transform(narrow), dtype=np.float32)


def _among(vectors: Floats, laid: Floats, places: Floats, *, seed: int) -> Floats:
    """(n, D), and the L items that are laid out -> (n, 2): the middle of the nearest of these."""
    noise = np.random.default_rng(seed).standard_normal((len(vectors), 2)).astype(np.float32)
    found: Floats = noise * np.float32(SPREAD * np.ptp(places, axis=0).max())
    for at in range(0, len(vectors), BLOCK):
        near = vectors[at : at + BLOCK] @ laid.T  # (b, D) @ (D, L) -> (b, L)
        count = min(AMONG, len(laid))
        best = np.argpartition(-near, count - 1, axis=1)[:, :count]
        found[at : at + BLOCK] += np.median(places[best], axis=1)
    return found


def _scaled(places: Floats, *, seed: int) -> Floats:
    """Each direction over its whole width; what has no place lies around the edge."""
    fixed = np.all(np.isfinite(places), axis=1)
    scaled = np.empty_like(places)
    if fixed.any():
        low, high = places[fixed].min(axis=0), places[fixed].max(axis=0)
        span = np.maximum(high - low, 1e-6)
        scaled[fixed] = 0.5 + (places[fixed] - (low + high) / 2) / span * (1 - 2 * RIM)
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, np.count_nonzero(~fixed))
    edge = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    scaled[~fixed] = 0.5 + edge / np.abs(edge).max(axis=1, keepdims=True) * (0.5 - RIM / 2)
    return np.clip(scaled, 0, 1).astype(np.float32)
