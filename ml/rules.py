"""The simple rules that may stand beside the network.

Where what comes next is to be learned, a rule's sums become of a kind with logits as
log(floor + sum); where it is somebody's whole taste, they stay as they are. NumPy and SciPy only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from scipy import sparse

from ml.baselines import fit_rule
from ml.lending import lent
from ml.scorers import ItemItemScorer
from ml.snapshot import Snapshot

RULES = {True: ("markov", "ease"), False: ("companions", "markov")}
"""Beside a network that learns what comes next, or whole taste."""
RULE_FLOOR = 1e-4  # in log(floor + sum): what a rule says where it knows nothing
MOST_TO_LEND = 100_000  # items; past these only the network knows new ones
SLOPES = (1.5, 0.75, 0.0)
"""How much less what somebody rated low weighs in the rules: the first where few can tell, else the
best."""


@dataclass(frozen=True)
class Rule:
    """A baseline that stands beside the network."""

    name: str
    arrays: dict[str, NDArray[Any]]
    settings: dict[str, Any]

    def scorer(self, snapshot: Snapshot, *, slope: float) -> ItemItemScorer:
        settings = {**self.settings, "scale": snapshot.scale, "rating_slope": slope}
        return ItemItemScorer(self.arrays, settings)


def fitted_rules(
    snapshot: Snapshot,
    names: Iterable[str],
    lending: sparse.csr_array | None,
    *,
    ordered: bool,
    slope: float = SLOPES[0],
) -> list[Rule]:
    """Simple rules as parts of the hybrid; new items borrow what they say of known ones.

    `lending` (I, I) says from which, see `ml.lending.lenders`; None: nothing is new.
    """
    if len(snapshot.items) > MOST_TO_LEND:
        lending = None
    rules = []
    for name in names:
        settings, arrays = fit_rule(snapshot, name, ordered=ordered)
        settings |= {"rating_slope": slope, "log_floor": RULE_FLOOR if ordered else None}
        rules.append(Rule(name, arrays if lending is None else lent(arrays, lending), settings))
    return rules
