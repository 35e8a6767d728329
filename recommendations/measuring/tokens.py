"""What a page says about its lists to itself: signed, short, and good for one person and one day.

A list carries a token; `seen.js` sends it back with the positions that were really seen. In the API
each pick has one of its own, which a program sends back. It names
surface, run, rungs and items, and of a list in an experiment its arms (`experiments.tried`). Whose
it is stands in the signature only: another person's token is as good as a forged one. Somebody who
has done nothing yet, or whose activity does not count, gets none, so that nothing of theirs is ever
sent.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.core import signing
from django.utils.encoding import force_bytes

from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS, Person
from recommendations.experiments.tried import Tried
from recommendations.ladder import Picks, Rung
from recommendations.verdicts import Prediction
from recommendations.visit import Visit

MAX_AGE = timedelta(days=1)
LETTERS = {
    Rung.OWN: "o",
    Rung.PERSONAL: "p",
    Rung.PREVIOUS: "v",
    Rung.MODEL: "m",
    Rung.CO_OCCURRENCE: "c",
    Rung.STEERED: "d",
    Rung.GROUP: "g",
    Rung.CIRCLE: "l",
    Rung.SHARED: "s",
    Rung.POPULAR: "t",
    Rung.NEWEST: "n",
    Rung.TRIED: "e",
    Rung.PINNED: "i",
}
RUNGS = {letter: rung for rung, letter in LETTERS.items()}
OF_A_MODEL = (
    *(Rung.PERSONAL, Rung.PREVIOUS, Rung.MODEL, Rung.CO_OCCURRENCE, Rung.STEERED, Rung.GROUP),
)
LIST, SAID, PICK = "list", "said", "pick"
BadToken = signing.BadSignature
"""Forged, somebody else's, or older than a day."""


@dataclass(frozen=True)
class ShownList:
    """A list as it stood on a page."""

    surface: str
    run: int
    rungs: tuple[Rung, ...]
    item_ids: tuple[int, ...]
    rendered_at: datetime
    tried: Tried | None = None
    first: int = 0
    """Where its first item stood, in the list that it is a part of."""

    def run_at(self, position: int) -> int:
        asked = self.tried.run_at(position) if self.tried else self.run
        return asked if self.rungs[position] in OF_A_MODEL else 0

    def arm_at(self, position: int) -> int:
        return self.tried.arm_at(position) if self.tried else 0

    def chance_at(self, position: int) -> float | None:
        return self.tried.chance_at(position) if self.tried else None


@dataclass(frozen=True)
class Said:
    """A predicted rating as it stood on a page; half stars."""

    item_id: int
    run: int
    half_stars: int
    low: int
    high: int


def token_of_list(visit: Visit, surface: str, picks: Picks) -> str:
    """For a list that this visit's person is shown; "" where nothing is measured."""
    if visit.person is None or not visit.person.is_counted or not picks.items:
        return ""
    letters = "".join(LETTERS[pick.rung] for pick in picks.items)
    ids = ".".join(f"{pick.item.pk:x}" for pick in picks.items)
    run = _run_of(visit) if picks.run_id is None else picks.run_id
    said = [surface, f"{run:x}", letters, ids]
    said += [picks.tried.as_text()] if picks.tried else []
    return _signer(LIST, visit.person).sign("~".join(said))


def tokens_of_picks(visit: Visit, surface: str, picks: Picks) -> dict[int, str]:
    """A token for each pick of a list, by its item's id; {} where nothing is measured."""
    said = said_of_picks(visit, surface, picks)
    if visit.person is None or not said:
        return {}
    return dict(zip(said, signed_picks(visit.person, said.values()), strict=True))


def said_of_picks(visit: Visit, surface: str, picks: Picks) -> dict[int, str]:
    """What the tokens of a list's picks say, not signed yet."""
    if visit.person is None or not visit.person.is_counted:
        return {}
    run, found = f"{_run_of(visit):x}", {}
    for at, pick in enumerate(picks.items):
        said = [surface, run, LETTERS[pick.rung], f"{pick.item.pk:x}", f"{at:x}"]
        said += [picks.tried.alone(at).as_text()] if picks.tried else []
        found[pick.item.pk] = "~".join(said)
    return found


def signed_picks(person: Person, said: Iterable[str]) -> list[str]:
    """Signed for this person, now."""
    signer = _signer(PICK, person)
    return [signer.sign(one) for one in said]


def token_of_prediction(visit: Visit, item_id: int, said: Prediction | None) -> str:
    if visit.person is None or not visit.person.is_counted or said is None:
        return ""
    numbers = (item_id, _run_of(visit), said.half_stars, said.low, said.high)
    return _signer(SAID, visit.person).sign("~".join(f"{number:x}" for number in numbers))


def read_list(token: str, person: Person) -> ShownList:
    """What `token_of_list` said to this person within a day; else BadToken."""
    value = _signer(LIST, person).unsign(token, max_age=MAX_AGE)
    surface, run, letters, ids, *tried = value.split("~")
    return ShownList(
        surface,
        int(run, 16),
        tuple(RUNGS[letter] for letter in letters),
        tuple(int(pk, 16) for pk in ids.split(".")),
        _signed_at(token),
        Tried.from_text(tried) if tried else None,
    )


def read_pick(token: str, person: Person) -> ShownList:
    """What `tokens_of_picks` said to this person within a day, as a list of one; else BadToken."""
    value = _signer(PICK, person).unsign(token, max_age=MAX_AGE)
    surface, run, letter, item, at, *tried = value.split("~")
    return ShownList(
        surface,
        int(run, 16),
        (RUNGS[letter],),
        (int(item, 16),),
        _signed_at(token),
        Tried.from_text(tried) if tried else None,
        first=int(at, 16),
    )


def read_prediction(token: str, person: Person) -> Said:
    value = _signer(SAID, person).unsign(token, max_age=MAX_AGE)
    said = Said(*(int(number, 16) for number in value.split("~")))
    if not MIN_HALF_STARS <= said.low <= said.half_stars <= said.high <= MAX_HALF_STARS:
        raise BadToken("no rating there is")
    return said


def _run_of(visit: Visit) -> int:
    """Of the model that this page asked; asking for it now would cost a query."""
    model = visit.__dict__.get("model")
    return model.run_id if model is not None else 0


def _signed_at(token: str) -> datetime:
    return datetime.fromtimestamp(signing.b62_decode(token.rsplit(":", 2)[1]), UTC)


def _signer(kind: str, person: Person) -> signing.TimestampSigner:
    return _QuickSigner(salt=f"recommendations.measuring:{kind}:{person.pk}")


class _QuickSigner(signing.TimestampSigner):
    """The same, but what all of a list have in common is worked out once.

    So is the second in which it is shown: that of the first signature.
    """

    @cached_property
    def _derived(self) -> bytes:
        """The key as `salted_hmac` derives it."""
        said = force_bytes(f"{self.salt!s}signer") + force_bytes(self.key)
        return hashlib.new(self.algorithm, said).digest()

    @cached_property
    def _now(self) -> str:
        return self.timestamp()

    def sign(self, value: str) -> str:
        said = f"{value}{self.sep}{self._now}"
        signature = signing.b64_encode(hmac.digest(self._derived, said.encode(), self.algorithm))
        return f"{said}{self.sep}{signature.decode()}"
