"""What kept lists follow from of all that a person did and said: in short, and for a while.

Found out from the person's rows, and kept by each process while neither the person's mark nor the
catalogue's is another (`catalog.owners`); where they are not known the rows are read each time.
"""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from hashlib import blake2s

from catalog import owners
from catalog.local import local
from recommendations.visit import Visit

SECONDS = 300


@dataclass(frozen=True)
class Gist:
    digest: bytes = b""
    """Another one where any row is."""
    is_middle: bool = True
    """No dial is set."""
    dismissed: tuple[int, ...] = ()
    """Ids of items, rising."""


def gist_of(visit: Visit) -> Gist:
    """No query, or one; one more where dials are set."""
    if visit.person is None:
        return Gist()
    key, under = f"recommendations:gist:{visit.person.pk}", owners.known_of(visit.person.pk)
    kept_under, kept = local().get(key) or (None, None)
    if kept is not None and kept_under == under:
        known: Gist = kept
        return known
    found = Gist(
        blake2s(marshal.dumps(sorted(visit.past.rows))).digest(),
        visit.steering.is_middle,
        tuple(sorted(visit.dismissed)),
    )
    if under is not None:
        local().set(key, (under, found), SECONDS)
    return found
