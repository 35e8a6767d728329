"""How a hybrid model is trained: one frozen value, written into the artifact's manifest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self


@dataclass(frozen=True)
class TrainConfig:
    """Every choice of a training. The defaults are meant to need no tuning."""

    seed: int = 1  # of initial values, order of batches and dropout
    width: int = 128  # D, of item and person vectors
    heads: int = 16  # averages with a decay of their own, in each block
    blocks: int = 2  # residual blocks of the encoder
    expansion: int = 2  # width of the feed-forward layer, in multiples of `width`
    history: int = 200  # L, most events of one person that are read at once
    content_width: int = 256  # factors of attributes and text that the content tower reads
    event_dropout: float = 0.15  # share of each event's vector that training hides
    dropout: float = 0.15  # the same inside the blocks
    id_dropout: float = 0.1  # share of items that a step knows by content alone
    learning_rate: float = 2e-3  # at its highest; it rises over the first steps, then falls to 0
    weight_decay: float = 0.01
    ordered: bool | None = None  # learn what comes next; False: what else; None: next, with times
    batch_positions: int = 2048  # events predicted in one step, at most ...
    least_batches: int = 20  # ... so that a pass over little data still has so many steps
    epochs: float = 12.0  # passes over the events, but fewer where they are so many that ...
    work: float = 25.0  # ... they would take more than so many 10^12 operations
    least_steps: int = 400  # on small data, more passes ...
    most_epochs: float = 20.0  # ... but no more than these
    full_softmax: int = 20_000  # items; past these, a step is judged against a sample of ...
    negatives: int = 8192  # ... so many
    time_limit: float = math.inf  # seconds; training ends in good order when they are over
    threads: int = 0  # 0: all cores
    validation_people: int = 2000  # whose last events choose the blend; of whole taste, a third

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of heads {self.heads}")
        for name in ("event_dropout", "dropout", "id_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie in [0, 1)")
        for name in ("width", "heads", "blocks", "history", "batch_positions", "epochs", "work"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")

    @classmethod
    def for_budget(cls, budget: str, **changes: Any) -> Self:
        """The configuration of a named budget: "fast", "default" or "best"."""
        if budget not in BUDGETS:
            raise ValueError(f"budget {budget!r} is none of {', '.join(BUDGETS)}")
        return replace(cls(), **(BUDGETS[budget] | changes))

    def cost(self, items: int) -> float:
        """Operations that one predicted event takes in training, about: forward and back."""
        block = self.width**2 * (4 + 3 * self.expansion) + self.width * self.history
        softmax = self.width * (items if items <= self.full_softmax else self.negatives)
        return 6.0 * (self.blocks * block + softmax)

    def to_json(self) -> dict[str, Any]:
        """JSON has no infinity, so a missing time limit is null."""
        limit = self.time_limit
        return asdict(self) | {"time_limit": None if math.isinf(limit) else limit}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        known = {field.name for field in fields(cls)}
        if unknown := set(saved) - known:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        limit = saved.get("time_limit")
        return cls(**{**saved, "time_limit": math.inf if limit is None else limit})


BUDGETS: dict[str, dict[str, float]] = {
    "fast": {"work": 9.5},
    "default": {},
    "best": {"work": 66.0, "epochs": 20.0},
}
