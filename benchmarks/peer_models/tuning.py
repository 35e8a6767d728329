"""Fits a peer: tries its grid on a split of the training data, then fits the best on all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ml.evaluate import Answers
from ml.protocols import PROTOCOLS
from ml.snapshot import Snapshot
from ml.split import (
    Split,
    cold_items,
    hide_items,
    leave_last_out,
    rating_tenth,
    whole_taste,
)
from peer_models.base import Params, Peer

SEED = 7
"""Not that of the protocols: what is held out of training is chosen anew."""
PEOPLE = 2000
TIE_BREAKERS = {"cold": "warm_ndcg@10"}
LOWER_IS_BETTER = ("rmse",)


@dataclass(frozen=True)
class Fitted:
    answers: Answers
    chosen: Params
    tuning_seconds: float
    seconds: float  # of the last fit, alone


def tuned(peer: Peer, protocol: str, split: Split) -> Fitted:
    """The peer with what did best on validation; no target of `split` is looked at."""
    started = time.monotonic()
    grid, reads = peer.grid_for(protocol), peer.reads_for(protocol)
    inner = INNER[protocol](split.train)
    chosen: tuple[Params, Params] = (grid[0], reads[0] if reads else {})
    if len(grid) > 1 or len(reads) > 1:
        chosen = max(_tried(peer, protocol, inner), key=lambda tried: tried[0])[1]
    tuning_seconds = time.monotonic() - started
    params, how = chosen
    errors = _errors(peer, params, inner) if protocol == "rating" else None
    started = time.monotonic()
    model = peer.fit(split, **params)
    seconds = time.monotonic() - started
    if reads:
        model = model.read(**how)
    if errors is not None:
        model = model.with_errors(errors)
    return Fitted(model, params | how, tuning_seconds, seconds)


def _tried(
    peer: Peer, protocol: str, inner: Split
) -> Iterator[tuple[tuple[float, float], tuple[Params, Params]]]:
    """((validation figure, tie breaker), (choices of fit, choices of read))."""
    judged = PROTOCOLS[protocol]
    sign = -1 if judged.main in LOWER_IS_BETTER else 1
    for params in peer.grid_for(protocol):
        model = peer.fit(inner, **params)
        for how in peer.reads_for(protocol) or ({},):
            answers = model.read(**how) if peer.reads_for(protocol) else model
            figures = judged.judge(answers, inner)
            tie = figures.get(TIE_BREAKERS.get(protocol, ""), 0.0)
            yield (sign * figures[judged.main], tie), (params, how)


def _errors(peer: Peer, params: Params, inner: Split) -> tuple[float, float]:
    """Between which errors on validation 80 % lie: the interval of a model without its own."""
    low, high = peer.fit(inner, **params).errors_on(inner.targets)
    return low, high


def _some_people(split: Split) -> Split:
    """The same with the targets of at most PEOPLE people."""
    people = np.unique(split.targets.user)
    if len(people) <= PEOPLE:
        return split
    chosen = np.random.default_rng(SEED).choice(people, PEOPLE, replace=False)
    targets = split.targets.where(np.isin(split.targets.user, chosen))
    return Split(split.train, split.given, targets, split.cold)


def _next_event(train: Snapshot) -> Split:
    return _some_people(leave_last_out(train))


def _whole_taste(train: Snapshot) -> Split:
    return whole_taste(train, seed=SEED)


def _cold(train: Snapshot) -> Split:
    """Other items are new, of those that training has events of."""
    counts = np.bincount(train.events.item, minlength=len(train.items))
    return hide_items(train, cold_items(train, seed=SEED) & (counts > 0))


def _rating(train: Snapshot) -> Split:
    return rating_tenth(train, seed=SEED)


INNER: dict[str, Callable[[Snapshot], Split]] = {
    "next-event": _next_event,
    "whole-taste": _whole_taste,
    "cold": _cold,
    "rating": _rating,
}
