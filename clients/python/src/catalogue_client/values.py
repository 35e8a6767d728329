"""What the API answers, as frozen values. What a newer API says beside that is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True)
class Value:
    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        known = {one.name for one in fields(cls)}
        return cls(**{name: said for name, said in told.items() if name in known})


@dataclass(frozen=True)
class Item(Value):
    id: int
    key: str
    title: str
    year: int | None = None
    creators: str = ""
    genres: str = ""
    mean_stars: float | None = None
    rating_count: int = 0
    view_count: int = 0
    added_at: str = ""
    url: str = ""
    cover: str = ""
    description: str = ""
    attributes: Mapping[str, list[str]] = field(default_factory=dict)
    outside_ids: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = True


@dataclass(frozen=True)
class PickedItem(Value):
    """As much of an item as a card needs."""

    id: int
    title: str
    year: int | None = None
    creators: str = ""
    url: str = ""
    cover: str = ""
    key: str | None = None


@dataclass(frozen=True)
class Reason(Value):
    text: str
    items: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Pick(Value):
    item: PickedItem
    score: float
    rung: str
    reason: Reason
    token: str | None = None
    """For `Client.report_seen` and `report_clicked`; None where nothing is measured."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        inner = {"item": PickedItem.of(told["item"]), "reason": Reason.of(told["reason"])}
        return super().of({**told, **inner})


@dataclass(frozen=True)
class Picks(Value):
    """A list, best first."""

    rung: str
    model: str | None
    explanation: str
    results: list[Pick]

    @property
    def tokens(self) -> list[str]:
        """Of all its picks that have one, for `Client.report_seen`."""
        return [pick.token for pick in self.results if pick.token]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return super().of({**told, "results": [Pick.of(one) for one in told["results"]]})


@dataclass(frozen=True)
class Prediction(Value):
    """What somebody would rate an item; None where the model cannot say."""

    item: int
    stars: float | None
    low: float | None
    high: float | None
    reasons: list[Reason] | None = None
    token: str | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        said = told.get("reasons")
        reasons = None if said is None else [Reason.of(one) for one in said]
        return super().of({**told, "reasons": reasons})


@dataclass(frozen=True)
class Maker(Value):
    """Who made something: their name, and the id of their public page, if they have one."""

    name: str
    profile: int | None = None


@dataclass(frozen=True)
class ItemList(Value):
    """A list that somebody put together; of others' it says its maker, of one's own who sees it."""

    id: int
    title: str
    description: str = ""
    is_ranked: bool = False
    size: int = 0
    made_at: str = ""
    changed_at: str = ""
    url: str = ""
    maker: Maker | None = None
    is_public: bool | None = None
    is_hidden: bool | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        maker = told.get("maker")
        return super().of({**told, "maker": maker and Maker.of(maker)})


@dataclass(frozen=True)
class Entry(Value):
    """An item on a list."""

    item: Item
    position: int
    note: str = ""
    added_at: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return super().of({**told, "item": Item.of(told["item"])})


@dataclass(frozen=True)
class Review(Value):
    """What somebody wrote; of others' it says its author, of one's own the item and who sees it."""

    id: int
    text: str
    safe_text: str = ""
    """Without what gives the plot away."""
    has_spoilers: bool = False
    stars: float | None = None
    written_at: str = ""
    edited_at: str | None = None
    url: str = ""
    author: Maker | None = None
    item: Item | None = None
    is_public: bool | None = None
    is_hidden: bool | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        author, item = told.get("author"), told.get("item")
        inner = {"author": author and Maker.of(author), "item": item and Item.of(item)}
        return super().of({**told, **inner})


@dataclass(frozen=True)
class Report(Value):
    """What moderators were told about something that somebody made."""

    kind: str
    id: int
    reason: str
    words: str = ""
    made_at: str = ""


@dataclass(frozen=True)
class Block(Value):
    """Somebody whom one does not want to meet; the id is the block's."""

    id: int
    name: str
    blocked_at: str = ""


@dataclass(frozen=True)
class Hidden(Value):
    """A review or a list that one does not want to see."""

    kind: str
    id: int
    title: str = ""
    hidden_at: str = ""


@dataclass(frozen=True)
class RowResult(Value):
    """What became of one row of a batch: created, changed, unchanged or refused."""

    result: str
    id: Any = None
    key: str | None = None
    field: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class BatchResult:
    """What became of all rows, in their order."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    results: list[RowResult] = field(default_factory=list)

    @classmethod
    def of(cls, batches: Iterable[Mapping[str, Any]]) -> BatchResult:
        told = list(batches)
        counts = {
            name: sum(int(one.get(name, 0)) for one in told)
            for name in ("created", "changed", "unchanged", "refused")
        }
        return cls(**counts, results=[RowResult.of(row) for one in told for row in one["results"]])


@dataclass(frozen=True)
class Surface(Value):
    name: str
    title: str
    places: list[str]
    size: int
    needs_item: bool
    sources: Mapping[str, float]


@dataclass(frozen=True)
class Deleted(Value):
    """What is gone with a person, by kind, and a page that says so."""

    receipt: str = ""
    deleted: Mapping[str, int] = field(default_factory=dict)
