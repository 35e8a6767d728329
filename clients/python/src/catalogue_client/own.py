"""What the API answers about oneself: questions of the welcome, my taste, groups. Frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from catalogue_client.values import PickedItem, Value


@dataclass(frozen=True)
class Questions(Value):
    """What to ask somebody next."""

    questions: list[PickedItem]
    unknown: list[int]
    """What is not known so far: `Client.questions` and `answer` take it again."""
    ratings: int
    missing: int
    is_learned: bool
    is_over: bool

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return super().of({**told, "questions": _all(PickedItem, told["questions"])})


@dataclass(frozen=True)
class Streak(Value):
    days: int
    until: str


@dataclass(frozen=True)
class Span(Value):
    """A month, or a year."""

    start: str
    months: int
    ratings: int
    mean_stars: float | None = None


@dataclass(frozen=True)
class Spread(Value):
    stars: float
    percent: float
    others_percent: float | None = None


@dataclass(frozen=True)
class Grouped(Value):
    """A genre, a decade or a creator; None where too few others stand behind a figure."""

    name: str
    ratings: int
    mean_stars: float
    others_mean_stars: float | None = None


@dataclass(frozen=True)
class Odd(Value):
    """An item rated unlike the others."""

    item: PickedItem
    stars: float
    others_mean_stars: float
    people: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return super().of({**told, "item": PickedItem.of(told["item"])})


@dataclass(frozen=True)
class MyTaste(Value):
    """What somebody's ratings say."""

    ratings: int
    mean_stars: float | None
    kinder_by: float | None
    days: int
    since: str | None
    streak: Streak | None
    over_time: list[Span] = field(default_factory=list)
    spread: list[Spread] = field(default_factory=list)
    genres: list[Grouped] = field(default_factory=list)
    decades: list[Grouped] = field(default_factory=list)
    likes: list[Odd] = field(default_factory=list)
    dislikes: list[Odd] = field(default_factory=list)
    creators: list[Grouped] = field(default_factory=list)
    years: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        streak = told["streak"] and Streak.of(told["streak"])
        forms: Mapping[str, type[Value]] = {
            "over_time": Span,
            "spread": Spread,
            "likes": Odd,
            "dislikes": Odd,
            **dict.fromkeys(("genres", "decades", "creators"), Grouped),
        }
        lists = {name: _all(form, told[name]) for name, form in forms.items()}
        return super().of({**told, **lists, "streak": streak})


@dataclass(frozen=True)
class Favourite(Value):
    item: PickedItem
    stars: float

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return super().of({**told, "item": PickedItem.of(told["item"])})


@dataclass(frozen=True)
class Year(Value):
    """A year in review."""

    year: int
    ratings: int
    mean_stars: float | None
    sentences: list[str]
    favourites: list[Favourite]
    months: list[Span]
    genres: list[Grouped]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        forms = {"favourites": Favourite, "months": Span, "genres": Grouped}
        lists = {name: _all(form, told[name]) for name, form in forms.items()}
        return super().of({**told, **lists})


@dataclass(frozen=True)
class Member(Value):
    id: int
    name: str
    joined_at: str = ""


@dataclass(frozen=True)
class Group(Value):
    id: int
    name: str
    members: list[Member]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return super().of({**told, "members": _all(Member, told["members"])})


@dataclass(frozen=True)
class Predicted(Value):
    """What one member would give."""

    member: int
    name: str
    value: float


@dataclass(frozen=True)
class SharedPick(Value):
    item: PickedItem
    reason: str
    predicted: list[Predicted]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        predicted = _all(Predicted, told["predicted"])
        return super().of({**told, "item": PickedItem.of(told["item"]), "predicted": predicted})


@dataclass(frozen=True)
class SharedList(Value):
    """A group's one list; `problem` says why it is empty."""

    model: str | None
    in_stars: bool
    problem: str
    not_asked: list[int]
    results: list[SharedPick]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return super().of({**told, "results": _all(SharedPick, told["results"])})


def _all(form: type[Any], told: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [form.of(one) for one in told]
