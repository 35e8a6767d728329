"""What one of the pages of own ratings, views and shelves shows, as its address says it.

All three list items, with the person's own rating, shelf and last look beside each; they differ in
which items, and in what their date is. The filters combine, and all of them are in the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, F, FilteredRelation, FloatField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Cast, NullIf
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.models import Item, ItemAttribute, ItemQuerySet, ItemView, Person, ShelfEntry
from catalog.search import fold

MAX_TEXT, MAX_WORDS = 200, 8
DATES = {"ratings": "own_rated_at", "views": "seen_at", "shelves": "own_shelved_at"}
"""The tabs, and which time of an item counts on each."""
SORTS: dict[str, Any] = {
    "newest": _("Newest first"),
    "oldest": _("Oldest first"),
    "title": _("By title"),
    "highest": _("My best rated"),
    "lowest": _("My worst rated"),
    "mean": _("Everybody's best rated"),
}
BANDS: dict[str, tuple[Any, Q]] = {
    "high": (_("4 stars and more"), Q(own_half_stars__gte=8)),
    "middle": (_("2½ to 3½ stars"), Q(own_half_stars__range=(5, 7))),
    "low": (_("2 stars and less"), Q(own_half_stars__lte=4)),
    "none": (_("Not rated"), Q(own_half_stars=None)),
}
NO_SHELF = "none"


@dataclass(frozen=True)
class Option:
    """One option of a filter."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Shown:
    """One page of one's own things; what makes no sense in an address is left out."""

    tab: str
    text: str = ""
    genre: str = ""
    shelf: str = ""
    stars: str = ""
    sort: str = "newest"

    @classmethod
    def read(cls, address: QueryDict, *, tab: str) -> Shown:
        shelf, stars, sort = (address.get(name, "") for name in ("shelf", "stars", "sort"))
        return cls(
            tab=tab,
            text=address.get("q", "").replace("\0", "").strip()[:MAX_TEXT],
            genre=address.get("genre", "").replace("\0", "")[:MAX_TEXT],
            shelf=shelf if shelf in (*ShelfEntry.Shelf.values, NO_SHELF) else "",
            stars=stars if stars in BANDS else "",
            sort=sort if sort in SORTS else "newest",
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.genre or self.shelf or self.stars)

    @property
    def address(self) -> str:
        """The query string without a page number, ready for `&page=`."""
        pairs = {
            "q": self.text,
            "genre": self.genre,
            "shelf": self.shelf,
            "stars": self.stars,
            "sort": "" if self.sort == "newest" else self.sort,
        }
        return "?" + urlencode({name: value for name, value in pairs.items() if value})

    def items(self, person: Person | None) -> ItemQuerySet:
        """The matching items in order, with all that a row shows."""
        if person is None:
            return Item.objects.none()
        items: Any = own_items(person, tab=self.tab)  # its annotations are not known to types
        for word in words_of(self.text):
            items = items.filter(search_text__contains=word)
        if self.genre:
            links = ItemAttribute.objects.filter(
                attribute__kind__in=settings.GENRE_KINDS, attribute__name=self.genre
            )
            items = items.filter(pk__in=links.values("item"))
        if self.shelf:
            items = items.filter(own_shelf=None if self.shelf == NO_SHELF else self.shelf)
        if self.stars:
            items = items.filter(BANDS[self.stars][1])
        ordered: ItemQuerySet = items.order_by(*self._order(), "pk")
        return ordered

    def _order(self) -> tuple[Any, ...]:
        date = F(DATES[self.tab])
        if self.sort == "mean":
            mean = Cast("half_star_sum", FloatField()) / NullIf(F("rating_count"), 0)
            return mean.desc(nulls_last=True), F("rating_count").desc()
        if self.sort == "highest":
            return F("own_half_stars").desc(nulls_last=True), date.desc()
        if self.sort == "lowest":
            return F("own_half_stars").asc(nulls_last=True), date.desc()
        if self.sort == "title":
            return (F("title"),)
        return (date.asc() if self.sort == "oldest" else date.desc(),)

    def sorts(self) -> list[Option]:
        return [Option(name, str(label), name == self.sort) for name, label in SORTS.items()]

    def shelves(self) -> list[Option]:
        choices = [*ShelfEntry.Shelf.choices]
        if self.tab != "shelves":
            choices.append((NO_SHELF, _("On no shelf")))
        return [Option(name, str(label), name == self.shelf) for name, label in choices]

    def bands(self) -> list[Option]:
        return [
            Option(name, str(label), name == self.stars)
            for name, (label, _matching) in BANDS.items()
            if not (name == "none" and self.tab == "ratings")
        ]

    def genres(self, person: Person | None) -> list[Option]:
        """The genres of all of a tab's items, with their counts: one query."""
        if person is None:
            return []
        links = ItemAttribute.objects.filter(attribute__kind__in=settings.GENRE_KINDS)
        own = links.filter(item__in=own_items(person, tab=self.tab).values("pk")).order_by()
        counts = own.values_list("attribute__name").annotate(count=Count("item"))
        named = sorted(counts, key=lambda pair: str(pair[0]).casefold())
        return [Option(name, f"{name} ({count})", name == self.genre) for name, count in named]


def words_of(text: str) -> list[str]:
    """The words that a filter looks for, as items keep theirs."""
    return list(dict.fromkeys(fold(text).split()))[:MAX_WORDS]


def own_items(person: Person, *, tab: str) -> ItemQuerySet:
    """The listed items of a tab, with the person's own rating, shelf and last look."""
    items: Any = Item.objects.listed().cards()
    views = ItemView.objects.filter(person=person)
    if tab == "views":
        last = views.filter(item=OuterRef("pk")).order_by().values("item")
        items = items.filter(pk__in=views.values("item"))
        items = items.annotate(
            seen_at=Subquery(last.annotate(last=Max("viewed_at")).values("last"))
        )
    items = items.annotate(
        own_rating=FilteredRelation("ratings", condition=Q(ratings__person=person)),
        own_entry=FilteredRelation("shelf_entries", condition=Q(shelf_entries__person=person)),
        own_half_stars=F("own_rating__half_stars"),
        own_rated_at=F("own_rating__rated_at"),
        own_shelf=F("own_entry__shelf"),
        own_shelved_at=F("own_entry__shelved_at"),
        own_rating_private=F("own_rating__is_private"),
        own_entry_private=F("own_entry__is_private"),
    )
    needed = {"ratings": "own_half_stars__isnull", "shelves": "own_shelf__isnull"}
    shown: ItemQuerySet = items.filter(**{needed[tab]: False}) if tab in needed else items
    return shown
