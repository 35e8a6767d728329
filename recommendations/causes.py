"""Which of a person's events speak for the items of a list: what reasons are made of."""

from __future__ import annotations

from hashlib import blake2s

from catalog.local import local
from ml.snapshot import History, Rows
from recommendations.engine import LiveModel

NAMED_EVENTS = 8
"""How many events are asked for as reasons: some may not be named."""
CAUSES_SECONDS = 600


def causes_of(model: LiveModel, history: History, rows: Rows) -> list[list[int]]:
    """For each row, the events that speak for it, the strongest first.

    Finding them is most of the work of a page, so they are kept for a while under all that they
    follow from: whoever has this very past gets this very answer, and nobody else does.
    """
    digest = blake2s(str(model.run_id).encode())
    for array in (history.item, history.kind, history.stars, history.time, rows):
        digest.update(array.tobytes() + b"/")
    key = f"recommendations:causes:{digest.hexdigest()}"
    causes: list[list[int]] | None = local().get(key)
    if causes is None:
        found = model.recommender.explain(history, rows, n=NAMED_EVENTS)
        causes = [[at for at, _effect in cause] for cause in found]
        local().set(key, causes, CAUSES_SECONDS)
    return causes
