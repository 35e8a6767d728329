"""A data set of MovieLens 1M's size with known tastes, for benchmarks without data of their own."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

ITEMS, PEOPLE, EVENTS = 3_900, 6_000, 1_000_000
TASTES = 7


def made_up_data_set(folder: Path, *, scale: float = 1.0) -> Path:
    """Writes items.csv and interactions.csv: a few popular items, and people of seven tastes."""
    rng = np.random.default_rng(1)
    items, people = int(ITEMS * scale), int(PEOPLE * scale)
    folder.mkdir(parents=True)
    with (folder / "items.csv").open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(["item_id", "title", "year", "genres", "authors", "description"])
        for item in range(items):
            text = " ".join(f"word{word}" for word in rng.zipf(1.4, 60) if word < 5000)
            genre = f"Genre {item % 18}|Genre {item % TASTES}"
            write([item, f"Item {item}", 1900 + item % 120, genre, f"Author {item % 900}", text])
    with (folder / "interactions.csv").open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(["user_id", "item_id", "rating", "timestamp"])
        weights = 1 / (1 + np.arange(items)) ** 0.7
        for person in range(people):
            liked = weights * np.where(np.arange(items) % TASTES == person % TASTES, 6.0, 1.0)
            size = min(EVENTS // PEOPLE, items)
            chosen = rng.choice(items, size, replace=False, p=liked / liked.sum())
            for at, item in enumerate(chosen):
                write([person, item, int(rng.integers(1, 6)), 1_000_000_000 + person + 60 * at])
    return folder
