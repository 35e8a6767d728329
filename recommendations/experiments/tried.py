"""How a list was made that is part of an experiment, for its token: arms, runs and chances.

As text: "arm.run,arm.run~0101~kc9h": each arm with the run whose model it asked, in hexadecimal;
which of them placed each item, where it is more than one; and how likely each item was to stand
where it does, two letters a place, for as many first places as that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FINE = 1280  # below 36 squared; halves of halves are exact
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Tried:
    """Of one list; `sides` says for each place which of the arms it comes from."""

    arms: tuple[int, ...]
    runs: tuple[int, ...]
    sides: tuple[int, ...] = ()
    chances: tuple[float, ...] = ()

    def arm_at(self, position: int) -> int:
        return self.arms[self._side(position)]

    def run_at(self, position: int) -> int:
        return self.runs[self._side(position)]

    def chance_at(self, position: int) -> float | None:
        return self.chances[position] if position < len(self.chances) else None

    def alone(self, position: int) -> Tried:
        """The same of one place, as if it were all of the list."""
        chance = self.chance_at(position)
        arms, runs = (self.arm_at(position),), (self.run_at(position),)
        return Tried(arms, runs, (0,), () if chance is None else (chance,))

    def as_text(self) -> str:
        arms = ",".join(f"{arm:x}.{run:x}" for arm, run in zip(self.arms, self.runs, strict=True))
        if not self.sides:
            return arms
        return f"{arms}~{''.join(map(str, self.sides))}~{''.join(map(_written, self.chances))}"

    @classmethod
    def from_text(cls, parts: Sequence[str]) -> Tried:
        arms, sides, chances = (*parts, "", "")[:3]
        pairs = [pair.split(".") for pair in arms.split(",")]
        return cls(
            tuple(int(arm, 16) for arm, _run in pairs),
            tuple(int(run, 16) for _arm, run in pairs),
            tuple(map(int, sides)),
            tuple(int(chances[at : at + 2], 36) / FINE for at in range(0, len(chances), 2)),
        )

    def _side(self, position: int) -> int:
        return self.sides[position] if self.sides else 0


def _written(chance: float) -> str:
    high, low = divmod(max(1, round(chance * FINE)), 36)
    return DIGITS[high] + DIGITS[low]
