"""What people make: lists and reviews, one's own and others', and what one does not want to see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalogue_client.calls import PAGE, Calls
from catalogue_client.values import Block, Entry, Hidden, ItemList, Report, Review


class Library(Calls):
    """The part of the client that deals with lists and reviews.

    What somebody made is named by its kind and id: a "review", a "list", or a "name", whose id is
    the `profile` of its owner.
    """

    # --- lists -----------------------------------------------------------------------------------
    def my_lists(self) -> Iterator[ItemList]:
        """What was changed last comes first."""
        return map(ItemList.of, self._pages("me/lists/", {"page_size": PAGE}))

    def my_list(self, id: int) -> ItemList:
        return ItemList.of(self._get(f"me/lists/{id}/"))

    def make_list(
        self, title: str, *, description: str = "", is_ranked: bool = False, is_public: bool = False
    ) -> ItemList:
        """An empty one. It is made once: where the connection breaks, see whether it is there."""
        told: dict[str, Any] = {"title": title, "description": description}
        told |= {"is_ranked": is_ranked, "is_public": is_public}
        return ItemList.of(self._tell("POST", "me/lists/", told, once=True))

    def change_list(
        self,
        id: int,
        *,
        title: str | None = None,
        description: str | None = None,
        is_ranked: bool | None = None,
        is_public: bool | None = None,
    ) -> ItemList:
        """What is not named stays."""
        told = _named(
            title=title, description=description, is_ranked=is_ranked, is_public=is_public
        )
        return ItemList.of(self._tell("PATCH", f"me/lists/{id}/", told))

    def remove_list(self, id: int) -> None:
        """It can be brought back for an hour."""
        self._ask("DELETE", f"me/lists/{id}/")

    def restore_list(self, id: int) -> ItemList:
        return ItemList.of(self._ask("POST", f"me/lists/{id}/restore/", once=True))

    def my_list_items(self, id: int) -> Iterator[Entry]:
        """In their order."""
        return map(Entry.of, self._pages(f"me/lists/{id}/items/", {"page_size": PAGE}))

    def add_to_list(
        self, id: int, item: int, *, note: str | None = None, position: int | None = None
    ) -> Entry:
        """At a position, or at the end; what is on the list already stays as it is."""
        told = {"item": item, **_named(note=note, position=position)}
        return Entry.of(self._post(f"me/lists/{id}/items/", told))

    def change_on_list(
        self, id: int, item: int, *, note: str | None = None, position: int | None = None
    ) -> Entry:
        """Moves an item on a list, or says something about it there."""
        told = _named(note=note, position=position)
        return Entry.of(self._tell("PATCH", f"me/lists/{id}/items/{item}/", told))

    def take_off_list(self, id: int, item: int) -> None:
        self._ask("DELETE", f"me/lists/{id}/items/{item}/")

    def public_list(self, id: int) -> ItemList:
        """One that somebody shows, or one's own."""
        return ItemList.of(self._get(f"lists/{id}/"))

    def public_list_items(self, id: int) -> Iterator[Entry]:
        return map(Entry.of, self._pages(f"lists/{id}/items/", {"page_size": PAGE}))

    # --- reviews ---------------------------------------------------------------------------------
    def reviews(self, item: int) -> Iterator[Review]:
        """What others wrote about an item, newest first."""
        return map(Review.of, self._pages(f"items/{item}/reviews/", {"page_size": PAGE}))

    def my_reviews(self) -> Iterator[Review]:
        return map(Review.of, self._pages("me/reviews/", {"page_size": PAGE}))

    def my_review(self, item: int) -> Review:
        return Review.of(self._get(f"items/{item}/review/"))

    def write_review(
        self, item: int, text: str, *, has_spoilers: bool = False, is_public: bool = False
    ) -> Review:
        """Writes about an item, or writes it anew."""
        told = {"text": text, "has_spoilers": has_spoilers, "is_public": is_public}
        return Review.of(self._tell("PUT", f"items/{item}/review/", told))

    def remove_review(self, item: int) -> None:
        self._ask("DELETE", f"items/{item}/review/")

    # --- reporting, blocking, hiding -------------------------------------------------------------
    def report(
        self, kind: str, id: int, reason: str, *, words: str = "", hide: bool = False
    ) -> Report:
        """Tells the moderators; once while nobody has read it."""
        told = {"kind": kind, "id": id, "reason": reason, "words": words, "hide": hide}
        return Report.of(self._post("reports/", told))

    def blocks(self) -> Iterator[Block]:
        return map(Block.of, self._pages("me/blocks/", {"page_size": PAGE}))

    def block(self, kind: str, id: int) -> Block:
        """Whoever made this; neither sees what the other writes any more."""
        return Block.of(self._post("me/blocks/", {"kind": kind, "id": id}))

    def unblock(self, block: int) -> None:
        self._ask("DELETE", f"me/blocks/{block}/")

    def hidden(self) -> Iterator[Hidden]:
        return map(Hidden.of, self._pages("me/hidden/", {"page_size": PAGE}))

    def hide(self, kind: str, id: int) -> Hidden:
        """A review or a list, from oneself alone."""
        return Hidden.of(self._post("me/hidden/", {"kind": kind, "id": id}))

    def show_again(self, kind: str, id: int) -> None:
        self._ask("DELETE", f"me/hidden/{kind}/{id}/")


def _named(**said: Any) -> dict[str, Any]:
    """What was said at all."""
    return {name: value for name, value in said.items() if value is not None}
