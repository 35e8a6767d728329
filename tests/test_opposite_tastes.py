"""Two people who rate the same books, the other way round, are shown other books.

On the demo catalogue, with the network trained: what most people do next hardly depends on what
they thought of the last book, so nothing but this holds a model to hearing it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.models import Item
from ml.artifact import load_artifact
from ml.datafolder import save_snapshot
from ml.serving import Recommender
from ml.snapshot import KINDS, History
from recommendations import trainer
from recommendations.dataset import build_snapshot

LIKED = ("Emma", "Persuasion")
OTHER = ("Dracula", "The Time Machine")
SHOWN, MOST_SHARED = 8, 3


@pytest.mark.slow
@pytest.mark.django_db
def test_opposite_ratings_give_other_lists(settings, tmp_path: Path) -> None:
    settings.TRAIN_BUDGET, settings.TRAIN_THREADS = "fast", 2
    call_command("load_demo", verbosity=0)
    folder = save_snapshot(build_snapshot(), tmp_path / "data")
    # enough for a hundred steps and more, also where other tests share the cores
    job = trainer.Job(folder, tmp_path / "model", "hybrid", time_limit=180)
    trainer.run(job, on_event=lambda _: None)
    model = Recommender(load_artifact(tmp_path / "model"))

    books = [model.items.row(str(Item.objects.get(title=title).pk)) for title in LIKED + OTHER]
    first = model.for_events(rated(books, [5, 5, 0.5, 0.5]), n=SHOWN, exclude=np.array(books)).rows
    second = model.for_events(rated(books, [0.5, 0.5, 5, 5]), n=SHOWN, exclude=np.array(books)).rows
    assert len(set(first.tolist()) & set(second.tolist())) <= MOST_SHARED

    near = model.likeness(np.array(books, dtype=np.int32))  # (4, I)
    towards_liked = near[:2].sum(axis=0) - near[2:].sum(axis=0)
    assert towards_liked[first].mean() > 0.2 + towards_liked[second].mean()


def rated(books: list[int], stars: list[float]) -> History:
    return History(
        item=np.array(books, dtype=np.int32),
        kind=np.full(len(books), KINDS.index("rating"), dtype=np.int8),
        stars=np.array(stars, dtype=np.float32),
        time=timezone.now().timestamp() + 60 * np.arange(len(books), dtype=np.float64),
    )
