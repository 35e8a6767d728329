"""Whether a count is unusual, judged by the counts of comparable moments before it.

By the median and how far counts mostly stray from it, so that one strange week changes nothing.
Both bounds must be passed: many times the usual, and beyond what is usual for a restless site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

SPREADS = 6.0
"""So many usual deviations away is no chance."""
FLOOD, LEAST_FLOOD = 3.0, 50
"""A flood has so many times the usual number, and so many more."""
DROP, LEAST_USUAL = 0.25, 20
"""A drop leaves less than this share of what is usual, where at least so many are."""


@dataclass(frozen=True)
class Usual:
    """What a count mostly is: the median, and how far it mostly strays from it."""

    middle: float
    spread: float

    @classmethod
    def of(cls, counts: Sequence[int]) -> Usual:
        """From the median absolute deviation, as large as a standard deviation would be."""
        middle = median(counts)
        return cls(middle, 1.4826 * median(abs(count - middle) for count in counts))

    def is_flood(self, count: int) -> bool:
        beyond = count - self.middle
        return beyond >= max(LEAST_FLOOD, SPREADS * self.spread) and count > FLOOD * self.middle

    def is_drop(self, count: int) -> bool:
        """Counts end at nought: fewer deviations away is as much as can be asked."""
        if self.middle < LEAST_USUAL or count >= DROP * self.middle:
            return False
        return self.middle - count >= SPREADS / 2 * self.spread
