"""Data set folders on disk, for tests of reading and of the command line."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

INTERACTIONS = """user_id,item_id,rating,timestamp
ann,emma,5,100
bob,dune,2.5,300
ann,dune,1,200
bob,emma,,
"""
ITEMS = """item_id,title,year,genres,description
emma,Emma,1815,Romance|Comedy,"Matchmaking, in a village"
dune,Dune,1965,Science fiction,
cold,Nobody met me,,Romance,
"""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """A file, gzipped where its name ends in .gz."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def dataset(folder: Path, *, interactions: str | bytes = INTERACTIONS, items=ITEMS) -> Path:
    write(folder, "interactions.csv", interactions)
    write(folder, "items.csv", items)
    return folder


def sided(folder: Path, *, people: int = 40, items: int = 20, seed: int = 5) -> Path:
    """Even people meet even items, odd people odd ones; the last item is cold."""
    rng = np.random.default_rng(seed)
    lines = ["user_id,item_id,rating,timestamp"]
    for person in range(people):
        own = rng.permutation(np.arange(person % 2, items - 1, 2))[: items // 4]
        for at, item in enumerate(own):
            lines.append(f"p{person},i{item},{rng.integers(2, 6)},{1_000_000 + at}")
    table = ["item_id,title,genres"]
    table += [f"i{item},Item {item},{('even', 'odd')[item % 2]}" for item in range(items)]
    return dataset(folder, interactions="\n".join(lines) + "\n", items="\n".join(table) + "\n")
