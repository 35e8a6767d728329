"""The live model: a person's recent events in, ranked items out. NumPy and SciPy only.

A Recommender is made from any artifact: it adds up the scorers that the manifest names. The site
(`recommendations.engine`), the command line and `ml.evaluate` all rank through it, so what is
judged is what is shipped. It knows no person, no database, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.acquaintance import Acquaintance, Matrix
from ml.ann import Index, load_index
from ml.artifact import CURE, Artifact, ArtifactError
from ml.causes import Cause, named
from ml.ranking import MASKED, Picks, best, mask
from ml.ratings import RatingModel
from ml.rerank import POOL, diversify
from ml.scorers import Choosy, ItemItemScorer, PriorScorer, Scorer, Selective
from ml.snapshot import Floats, History, Rows, Vocabulary
from ml.sparse import from_arrays

__all__ = ["Map", "Picks", "Recommender", "batch_size"]

CONTENT_SHARE = 0.5
"""What likeness of content adds to likeness of behaviour among similar items."""
SPARE = 4
"""So many times the items asked for are taken from an index, since the rules change the order."""
RIVALS = 100
"""Among so many items that compete with it, an explained item has to lose a place."""


@dataclass(frozen=True)
class Map:
    """Where items lie, (I, 2) from 0 to 1, alike ones near each other, and in which region (I,)."""

    places: Floats
    regions: NDArray[np.int16]


def batch_size(items: int) -> int:
    """How many people's scores of all items may be held at once: about 80 MB of them."""
    return max(1, min(256, 20_000_000 // max(items, 1)))


class Recommender:
    """A loaded artifact that ranks. `items` are the rows that all arrays and masks refer to."""

    def __init__(self, artifact: Artifact) -> None:
        self.manifest = artifact.manifest
        self.items: Vocabulary = artifact.item_ids
        try:
            low, high = artifact.manifest["scale"]
            self.scale = (float(low), float(high))
            self._parts = [_part(artifact, entry) for entry in artifact.manifest["components"]]
            self._ratings = RatingModel(artifact.component("ratings"), self.scale)
            self._content = _content(artifact)
            self.acquaintance = Acquaintance.of(artifact.component("acquaintance"))
            self._index = load_index(artifact)
            self._lengths: Floats | None = None  # (I,) of the item vectors, once they are asked for
            self.map = _map(artifact)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            reason = f"the model lacks or contradicts a part ({error!r})"
            raise ArtifactError(f"{reason}; {CURE}") from error

    @property
    def kind(self) -> str:
        return str(self.manifest.get("kind", ""))

    @property
    def label(self) -> str:
        return str(self.manifest.get("label", self.kind))

    def scores(self, history: History) -> Floats:
        """(I,): the higher, the better; comparable within one history only."""
        row: Floats = self.scores_many([history])[0]
        return row

    def scores_many(self, histories: Sequence[History]) -> Floats:
        """(B, I)."""
        total = np.zeros((len(histories), len(self.items)), dtype=np.float32)
        for scorer, weight in self._parts:
            total += np.float32(weight) * scorer.scores_many(histories)
        return total

    def for_events(
        self,
        history: History,
        *,
        n: int,
        exclude: NDArray[np.integer] | None = None,
        among: NDArray[np.bool_] | None = None,
    ) -> Picks:
        """The best n items for someone with this history.

        `exclude` are rows and `among` is a mask (I,): what they rule out never appears, however
        short the list gets. Items of the history are not ruled out by themselves.
        """
        if self._index is not None and among is None:
            return self._indexed(self._index, history, n=n, exclude=exclude)
        return best(mask(self.scores(history), exclude=exclude, among=among), n=n)

    def _indexed(
        self, index: Index, history: History, *, n: int, exclude: NDArray[np.integer] | None
    ) -> Picks:
        """`for_events` among what the index finds and what the rules link to the last events."""
        found = []
        wanted = SPARE * n + (0 if exclude is None else len(exclude))
        for scorer, _ in self._parts:
            if isinstance(scorer, Choosy):
                found.append(index.search(scorer.person_vectors([history]), wanted)[0])
            elif isinstance(scorer, ItemItemScorer):
                found.append(scorer.linked(history))
        rows = np.unique(np.concatenate(found))
        rows = rows[rows >= 0] if exclude is None else np.setdiff1d(rows[rows >= 0], exclude)
        picks = best(self.scores_of(history, rows), n=n)
        return Picks(rows[picks.rows], picks.scores)

    def scores_of(self, history: History, rows: Rows) -> Floats:
        """(P,): the `scores` of some rows, without those of all others where a scorer can."""
        total = np.zeros(len(rows), dtype=np.float32)
        for scorer, weight in self._parts:
            if isinstance(scorer, Selective):
                part = scorer.scores_of(history, rows)
            else:
                part = scorer.scores_many([history])[0, rows]
            total += np.float32(weight) * part
        return total

    def diverse(self, scores: Floats, *, n: int, diversity: float) -> Picks:
        """The best n by masked scores (I,), fewer of them alike: `diversity` from 0 to 1."""
        if diversity <= 0:
            return best(scores, n=n)
        pool = best(scores, n=POOL * n)
        near = self.likeness(pool.rows, pool.rows)
        return diversify(pool, near, n=n, diversity=diversity)

    def similar_to(self, row: int, *, n: int, among: NDArray[np.bool_] | None = None) -> Picks:
        """Items like one, by what people did and by content; fewer than n where little is known."""
        return self.similar_to_each(np.array([row], dtype=np.int32), n=n, among=among)[0]

    def similar_to_each(
        self, rows: Rows, *, n: int, among: NDArray[np.bool_] | None = None
    ) -> list[Picks]:
        """`similar_to` for many items at once."""
        lists = []
        for row, near in zip(rows, self.likeness(rows), strict=True):
            near[near <= 0] = MASKED
            lists.append(best(mask(near, exclude=np.array([row]), among=among), n=n))
        return lists

    def met_together(self, row: int, *, n: int) -> Picks:
        """Items that the same people met, by a rule beside the network.

        None without a network: then `similar_to` says just that.
        """
        rules = [part for part, _ in self._parts if isinstance(part, ItemItemScorer)]
        if not rules or not any(hasattr(part, "similar_vectors") for part, _ in self._parts):
            return best(np.full(len(self.items), MASKED), n=0)
        near = rules[-1].similar(np.array([row], dtype=np.int32))[0]
        near[near <= 0] = MASKED
        return best(mask(near, exclude=np.array([row])), n=n)

    def likeness(self, rows: Rows, others: Rows | None = None) -> Floats:
        """(P, Q): how alike each of some items and each of others are, by default all (P, I).

        0 where nothing is known.
        """
        to = slice(None) if others is None else others
        columns = len(self.items) if others is None else len(others)
        near = np.zeros((len(rows), columns), dtype=np.float32)
        for scorer, _ in self._parts:
            if hasattr(scorer, "similar_vectors"):
                near += self._cosines(scorer.similar_vectors, rows, to)
                break
            if isinstance(scorer, ItemItemScorer):
                near += scorer.similar(rows, others)
                break
        if self._content is not None:
            shared = self._content[to] @ self._content[rows].T  # (Q, F) @ (F, P) -> (Q, P)
            near += CONTENT_SHARE * shared.toarray().T
        return near

    def predict_rating(self, history: History, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """(stars, low, high), each (P,), in the data's scale; the interval holds 80 %.

        A row of -1 stands for an item that the model does not know.
        """
        return self._ratings.predict(history, np.asarray(rows, dtype=np.int32))

    def rating_doubt(self, history: History, rows: Rows) -> tuple[Matrix, float]:
        """What is not known of somebody's ratings: a covariance (P, P), and the noise of one."""
        return self._ratings.doubt(history, rows)

    def explain(self, history: History, rows: Rows, *, n: int = 1) -> list[list[Cause]]:
        """For each row, the at most n events that it owes its place to, see `ml.causes`.

        Each is (index into the history, how much the score would fall). Only events are named
        whose removal was tried, with the effect on every scorer and on the competing items.
        """
        rows = np.asarray(rows, dtype=np.int32)
        if not len(history) or not len(rows):
            return [[] for _ in rows]
        own = np.concatenate([history.item, rows])
        items = np.concatenate([rows, self.for_events(history, n=RIVALS, exclude=own).rows])
        scores = self.scores_of(history, items)
        events = self._tried(history, rows)
        effects = np.zeros((len(events), len(items)), dtype=np.float32)
        for scorer, weight in self._parts:
            effects += np.float32(weight) * _effects_of(scorer, history, items, events)
        known = np.all(np.isfinite(effects), axis=1)
        return named(events[known], effects[known], scores, rows=len(rows), n=n)

    def _tried(self, history: History, rows: Rows) -> NDArray[np.int64]:
        """The events that may be named: those that the encoder picks, else all."""
        for scorer, _ in self._parts:
            if isinstance(scorer, Choosy):
                return scorer.candidates(history, rows)
        return np.arange(len(history))

    def _cosines(self, vectors: Floats, rows: Rows, to: slice | Rows) -> Floats:
        """(P, D) @ (D, Q) -> (P, Q)"""
        if self._lengths is None:
            lengths = np.sqrt(np.einsum("id,id->i", vectors, vectors))
            self._lengths = np.maximum(lengths, 1e-12).astype(np.float32)
        lengths = self._lengths[rows, None] * self._lengths[to]
        return np.asarray(vectors[rows] @ vectors[to].T / lengths, dtype=np.float32)


def _effects_of(scorer: Scorer, history: History, rows: Rows, events: NDArray[np.int64]) -> Floats:
    """(C, P): how much lower each row's score would be without each of some events."""
    if isinstance(scorer, Choosy):
        return scorer.effects_of(history, rows, events)
    effects: Floats = scorer.effects(history, rows)[events]
    return effects


def _part(artifact: Artifact, entry: dict[str, Any]) -> tuple[Scorer, float]:
    arrays = artifact.component(entry["name"])
    entry = {**entry, "scale": artifact.manifest["scale"]}
    weight = float(entry["weight"])
    match entry["scorer"]:
        case "prior":
            return PriorScorer(arrays, entry), weight
        case "item-item":
            return ItemItemScorer(arrays, entry), weight
        case "encoder":
            from ml.encoding import EncoderScorer

            return EncoderScorer(arrays, entry), weight
        case unknown:
            raise ValueError(f"scorer {unknown!r} is unknown")


def _map(artifact: Artifact) -> Map | None:
    """The map of the catalogue (`ml.layout`); None where the artifact has none."""
    if "layout" not in artifact.arrays:
        return None
    size = len(artifact.item_ids)
    places, regions = artifact.arrays["layout"], artifact.arrays["regions"]
    if places.shape != (size, 2) or regions.shape != (size,):
        raise ValueError(f"the map is of {len(places)} items, the model of {size}")
    if size and (places.min() < 0 or places.max() > 1):
        raise ValueError("the map has places outside of it")
    return Map(places, regions)


def _content(artifact: Artifact) -> sparse.csr_array | None:
    arrays = artifact.component("content")
    if not arrays or not len(arrays["values"]):
        return None
    return from_arrays(arrays, columns=int(arrays["columns"].max()) + 1)
