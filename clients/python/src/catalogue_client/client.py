"""The client: one method for each thing that the API does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from catalogue_client.calls import PAGE, Row
from catalogue_client.library import Library
from catalogue_client.own import Group, MyTaste, Questions, SharedList, Year
from catalogue_client.values import (
    BatchResult,
    Deleted,
    Item,
    Picks,
    Prediction,
    Surface,
)

MOST_EVENT_BYTES, MOST_ITEM_BYTES = 4_000_000, 16_000_000
MOST_REPORTS, MOST_REPORT_BYTES = 1_000, 1_000_000


class Client(Library):
    """The API of one site, for whoever the token is of; without one, for anybody.

    `act_for` is the key of one of a service's own people: then all is asked and done as them.
    Use it as a context manager, or `close` it. Clients of `acting_for` share its connections.
    """

    # --- the catalogue ---------------------------------------------------------------------------
    def items(self, **filters: Any) -> Iterator[Item]:
        """All items that the filters let through (`q`, `genre`, ...), page by page."""
        return map(Item.of, self._pages("items/", {"page_size": PAGE, **filters}))

    def item(self, id: int) -> Item:
        return Item.of(self._get(f"items/{id}/"))

    def upsert_items(self, rows: Iterable[Row]) -> BatchResult:
        """Adds and changes items by their `key`, 10,000 at a time; for staff."""
        return self._send("items/bulk/", rows, most_bytes=MOST_ITEM_BYTES)

    # --- what people did -------------------------------------------------------------------------
    def send_events(self, rows: Iterable[Row]) -> BatchResult:
        """Ratings, views, shelves and dismissals of one person, 10,000 at a time."""
        return self._send("me/events/", rows, most_bytes=MOST_EVENT_BYTES)

    def send_people_events(self, rows: Iterable[Row]) -> BatchResult:
        """The same of many of a service's people, each row with its `person`."""
        return self._send("people/events/", rows, most_bytes=MOST_EVENT_BYTES)

    def delete_person(self, key: str) -> Deleted:
        """One of a service's people is gone, with all that is kept of them."""
        return Deleted.of(self._ask("DELETE", f"people/{quote(key, safe='')}/") or {})

    def people(self) -> Iterator[str]:
        """The keys of a service's people."""
        return (str(one["person"]) for one in self._pages("people/", {"page_size": PAGE}))

    # --- what is recommended ---------------------------------------------------------------------
    def for_you(self, *, limit: int = 20, exclude: Sequence[int] = ()) -> Picks:
        asked = {"limit": limit, **_excluded(exclude)}
        return Picks.of(self._get("recommendations/for-you/", asked))

    def for_items(
        self, items: Iterable[int | str | Row], *, limit: int = 20, exclude: Sequence[int] = ()
    ) -> Picks:
        """For somebody who had these items: each an id, a key, or a row with `stars`."""
        rows = [_item(one) for one in items]
        asked = {"items": rows, "limit": limit, "exclude": list(exclude)}
        return Picks.of(self._post("recommendations/for-items/", asked))

    def similar(self, item: int, *, limit: int = 20) -> Picks:
        return Picks.of(self._get(f"items/{item}/similar/", {"limit": limit}))

    def surfaces(self) -> list[Surface]:
        """Which lists there are."""
        return [Surface.of(one) for one in self._get("surfaces/")]

    def surface(
        self,
        name: str,
        *,
        limit: int | None = None,
        item: int | None = None,
        exclude: Sequence[int] = (),
    ) -> Picks:
        named = {"limit": limit, "item": item}
        asked = {name: said for name, said in named.items() if said is not None}
        return Picks.of(self._get(f"surfaces/{name}/", asked | _excluded(exclude)))

    def predictions(self, items: Sequence[int], *, reasons: bool = False) -> list[Prediction]:
        """What each of up to 200 items would be rated."""
        told = self._post("predictions/", {"items": list(items), "reasons": reasons})
        return [Prediction.of(one) for one in told["results"]]

    # --- oneself ---------------------------------------------------------------------------------
    def questions(self, *, unknown: Sequence[int] = (), shown: Sequence[int] = ()) -> Questions:
        """What to ask somebody new; those `shown` before keep their places where they may."""
        asked = {"unknown": ",".join(map(str, unknown)), "shown": ",".join(map(str, shown))}
        return Questions.of(self._get("me/welcome/", asked))

    def answer(
        self,
        stars: Mapping[int, float | None],
        *,
        unknown: Sequence[int] = (),
        shown: Sequence[int] = (),
    ) -> Questions:
        """Stars by item, None where it is not known; gives the next questions."""
        answers = [{"item": item, "stars": given} for item, given in stars.items()]
        told = {"answers": answers, "unknown": list(unknown), "shown": list(shown)}
        return Questions.of(self._post("me/welcome/", told))

    def my_taste(self) -> MyTaste:
        return MyTaste.of(self._get("me/taste/"))

    def my_year(self, year: int) -> Year:
        return Year.of(self._get(f"me/taste/{year}/"))

    def groups(self) -> list[Group]:
        """Those that one is in."""
        return [Group.of(one) for one in self._get("groups/")]

    def group_list(self, group: int, *, limit: int = 20, seen: bool = False) -> SharedList:
        """One list for all members; with what some have `seen`, if so asked."""
        asked = {"limit": limit, "seen": str(seen).lower()}
        return SharedList.of(self._get(f"groups/{group}/list/", asked))

    # --- what came of it -------------------------------------------------------------------------
    def report_seen(self, tokens: Iterable[str]) -> BatchResult:
        """That picks or predictions were seen, by the tokens that they came with."""
        return self._report(tokens, "seen")

    def report_clicked(self, tokens: Iterable[str]) -> BatchResult:
        """That picks were opened; they were seen, too."""
        return self._report(tokens, "clicked")

    def _report(self, tokens: Iterable[str], event: str) -> BatchResult:
        rows = ({"token": token, "event": event} for token in tokens)
        return self._send(
            "impressions/", rows, most_rows=MOST_REPORTS, most_bytes=MOST_REPORT_BYTES
        )


def _excluded(ids: Sequence[int]) -> dict[str, str]:
    return {"exclude": ",".join(map(str, ids))} if ids else {}


def _item(one: int | str | Row) -> Row:
    if isinstance(one, int):
        return {"item": one}
    return {"key": one} if isinstance(one, str) else one
