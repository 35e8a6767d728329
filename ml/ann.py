"""Nearest items without looking at all of them, for catalogues past some 200,000 items.

`python -m ml train` calls `with_index` where faiss is installed (requirements-ann.txt); the index
travels in the artifact, and `ml.serving` takes candidates from it. What it finds is compared with
the exact answer when it is made: an index below the floor is not kept, and without one, or without
faiss, everything is exact.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.artifact import Artifact
from ml.encoding import EncoderScorer
from ml.snapshot import Floats, History, Rows

MIN_ITEMS = 200_000
"""Below this, looking at all items takes less than 10 ms."""
FLOOR = 0.95  # of recall@100 against the exact answer; below, an index is not kept
AIM = 0.99  # no more lists are probed than it takes to find this share
PROBES = (16, 32, 64, 128, 256)  # lists that are looked through
AT = 100
JUDGED = 200  # made-up people whose answers are compared
EVENTS_OF_THE_JUDGED = 8
TRAINED_ON = 40  # vectors a list, to find the lists' middles
COMPONENT = "ann"


def with_index(artifact: Artifact, *, min_items: int = MIN_ITEMS, floor: float = FLOOR) -> Artifact:
    """The artifact with an index, if it is large enough for one and one is good enough.

    The manifest's "ann" says its recall@100 either way.
    """
    entry = _encoder(artifact)
    if entry is None or len(artifact.item_ids) < min_items or not is_installed():
        return artifact
    scorer = EncoderScorer(
        artifact.component(entry["name"]), {**entry, "scale": artifact.manifest["scale"]}
    )
    people = _made_up_people(scorer)
    index, recall = _built(_items_with_bias(scorer), people)
    found: dict[str, Any] = {"recall@100": round(recall, 4), "probes": index.probes}
    manifest = {**artifact.manifest, COMPONENT: found | {"kept": recall >= floor}}
    arrays = {f"{COMPONENT}.index": index.data} if recall >= floor else {}
    return replace(artifact, manifest=manifest, arrays=artifact.arrays | arrays)


def is_installed() -> bool:
    return find_spec("faiss") is not None


def load_index(artifact: Artifact) -> Index | None:
    """The artifact's index; None where it has none, or where faiss is not installed."""
    arrays = artifact.component(COMPONENT)
    if not arrays or not is_installed():
        return None
    return Index(arrays["index"], probes=int(artifact.manifest[COMPONENT]["probes"]))


class Index:
    """Items in lists of near ones (an inverted file), of which only the nearest are searched."""

    def __init__(self, data: NDArray[np.uint8], *, probes: int) -> None:
        import faiss

        self.data = data
        self.probes = probes
        self._index: Any = faiss.deserialize_index(np.asarray(data))
        self._index.nprobe = probes

    def search(self, vectors: Floats, n: int) -> Rows:
        """(B, n): rows with about the highest scores for some people (B, D), -1 for none."""
        ones = np.ones((len(vectors), 1), dtype=np.float32)  # for the bias
        _, rows = self._index.search(np.concatenate([vectors, ones], axis=1), n)
        return np.asarray(rows, dtype=np.int32)


def _built(items: Floats, people: Floats) -> tuple[Index, float]:
    """An index that looks through as few lists as find enough, and its recall@100."""
    import faiss

    lists = max(1, round(4 * len(items) ** 0.5))
    flat = faiss.IndexFlatIP(items.shape[1])
    made = faiss.IndexIVFFlat(flat, items.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
    rng = np.random.default_rng(1)
    sample = rng.choice(len(items), min(len(items), TRAINED_ON * lists), replace=False)
    made.train(items[np.sort(sample)])
    made.add(items)
    data = faiss.serialize_index(made)
    wanted = _exact(items, people)
    recall = 0.0
    for probes in PROBES:
        index = Index(data, probes=probes)
        recall = _recall(index.search(people, wanted.shape[1]), wanted)
        if recall >= AIM:
            break
    return index, recall


def _exact(items: Floats, people: Floats) -> Rows:
    """(B, 100): the best rows of all, found a few people at a time."""
    best = []
    at = min(AT, len(items))
    for person in people:
        scores = items[:, :-1] @ person + items[:, -1]
        best.append(np.argpartition(-scores, at - 1)[:at])
    return np.stack(best).astype(np.int32)


def _recall(found: Rows, wanted: Rows) -> float:
    shares = [len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, wanted, strict=True)]
    return float(np.mean(shares))


def _items_with_bias(scorer: EncoderScorer) -> Floats:
    """(I, D + 1)"""
    return np.concatenate([scorer.item_vectors, scorer.item_bias[:, None]], axis=1)


def _made_up_people(scorer: EncoderScorer) -> Floats:
    """(B, D): people with random events, half of them close to one item."""
    rng = np.random.default_rng(2)
    items = len(scorer.item_vectors)
    histories = []
    for number in range(JUDGED):
        size = 2000 if number % 2 else EVENTS_OF_THE_JUDGED
        pool = rng.integers(0, items, size, dtype=np.int32)
        near = scorer.item_vectors[pool] @ scorer.item_vectors[pool[0]]
        histories.append(History.of_items(pool[np.argsort(-near)[:EVENTS_OF_THE_JUDGED]]))
    return scorer.person_vectors(histories)


def _encoder(artifact: Artifact) -> dict[str, Any] | None:
    entries = artifact.manifest.get("components", [])
    return next((entry for entry in entries if entry["scorer"] == "encoder"), None)
