"""A data set folder small enough to train on in seconds: two tastes that never meet.

Forty books, half about the sea and half about the desert; forty readers, half of each taste, who
read ten books of their own half.
"""

import csv
import random
from pathlib import Path

THEMES = ("sea", "desert")
BOOKS, READERS, READ = 40, 40, 10
FIRST_DAY = 1_700_000_000


def write_tiny_data_set(folder: Path) -> Path:
    """Writes items.csv and interactions.csv; gives the folder back."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    with (folder / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["item_id", "title", "year", "genres"])
        for number in range(BOOKS):
            theme = THEMES[number % 2]
            rows.writerow([f"b{number}", f"Book {number} of the {theme}", 1900 + number, theme])
    with (folder / "interactions.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "item_id", "rating", "timestamp"])
        for reader in range(READERS):
            own = [book for book in range(BOOKS) if book % 2 == reader % 2]
            for day, book in enumerate(chance.sample(own, READ)):
                time = FIRST_DAY + 86_400 * (reader + day)
                rows.writerow([f"r{reader}", f"b{book}", chance.choice([3.5, 4, 4.5, 5]), time])
    return folder
