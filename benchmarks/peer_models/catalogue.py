"""Which peers a protocol has, and the split that all of them get."""

from __future__ import annotations

from argparse import Namespace

from ml.datafolder import load_folder
from ml.split import (
    Split,
    cold_items,
    hide_items,
    leave_last_out,
    rating_tenth,
    whole_taste,
)
from peer_models import content, items, people, stars
from peer_models.base import Peer
from peer_models.outside import outside_peers

COLD_TOO = ("popularity", "Markov", "EASE, recent events")
"""They rank no cold item, and show what warm ones could have."""


def peers_for(protocol: str, arguments: Namespace) -> dict[str, Peer]:
    """The peers by name, those that were asked for, ours last."""
    outside = outside_peers(
        python=arguments.python,
        sasrec_python=arguments.sasrec_python,
        sasrec_minutes=arguments.sasrec_minutes,
        budget=arguments.budget,
        time_limit=arguments.time_limit,
    )
    ours = outside.pop("hybrid")
    simple = [*items.PEERS, *people.PEERS]
    match protocol:
        case "rating":
            peers = stars.PEERS
        case "cold":
            known = [peer for peer in simple if peer.name in COLD_TOO]
            peers = [*known, *content.PEERS, *content.COLD_PEERS]
        case "whole-taste":
            peers = [*simple, *content.PEERS, outside["two-tower"]]
        case _:
            peers = [*simple, *content.PEERS, *outside.values()]
    wanted = {
        peer.name: peer for peer in peers if not arguments.peer or peer.name in arguments.peer
    }
    if arguments.model == "hybrid":
        wanted[ours.name] = ours
    return wanted


def split_of(protocol: str, arguments: Namespace) -> Split:
    snapshot = load_folder(arguments.folder)
    match protocol:
        case "next-event":
            return leave_last_out(snapshot)
        case "whole-taste":
            return whole_taste(snapshot, seed=arguments.seed)
        case "cold":
            return hide_items(snapshot, cold_items(snapshot, seed=arguments.seed))
        case _:
            return rating_tenth(snapshot, seed=arguments.seed)
