"""What somebody made, brought, blocked and hid, and a report about them; for tests of the API."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.arriving import taking
from catalog.arriving.models import Arrival
from catalog.arriving.receiving import receive
from catalog.blocks import Hiding
from catalog.models import Item, Person
from catalog.moderation import acts, things
from catalog.own import writing
from catalog.own.writing import ListWords

TABLE = b"title,year,stars\nPersuasion,1817,4\n"


def brought(person: Person, text: bytes = TABLE) -> Arrival:
    return receive(person, io.BytesIO(text), name="ratings.csv", size=len(text))


def taken(person: Person, text: bytes = TABLE) -> Arrival:
    arrival = brought(person, text)
    taking.begin(arrival, policy="newer")
    taking.take_in(arrival)
    return arrival


class Made:
    """All of it, and where each address of the API finds it."""

    def __init__(self, person: Person, item: Item) -> None:
        writing.introduce(person, name="Ann", is_public=True)
        self.person, self.item = person, item
        self.list = writing.make_list(person, ListWords(title="Best", is_public=True))
        writing.add_to_list(person, self.list.pk, item, note="the first")
        gone = writing.make_list(person, ListWords(title="Gone"))
        self.removed = writing.remove_list(person, gone.pk)
        self.review = writing.write_review(person, item, text="Sharp, and kind.", is_public=True)
        visitor = Person.objects.create()
        shown = things.find("review", self.review.pk, viewer=visitor)
        self.report = acts.report(visitor, shown, reason="other", words="Too kind.")
        self.block = acts.block(person, visitor)
        self.hidden = Hiding.objects.create(person=person, kind="list", thing=self.removed.pk + 1)
        self.taken = taken(person)
        self.brought = brought(person)

    def knows(self, name: str) -> bool:
        return bool(self.keys(name))

    def keys(self, name: str) -> dict[str, Any]:
        """What fills the address of that name."""
        row = {"number": SimpleNamespace(pk=0)}
        return {
            "api-own-list": {"pk": self.list},
            "api-own-list-restore": {"pk": self.removed},
            "api-own-list-items": {"pk": self.list},
            "api-own-list-item": {"pk": self.list, "item_id": self.item},
            "api-list": {"pk": self.list},
            "api-list-items": {"pk": self.list},
            "api-reviews": {"id": self.item},
            "api-own-review": {"id": self.item},
            "api-profile": {"pk": self.person},
            "api-profile-lists": {"pk": self.person},
            "api-profile-reviews": {"pk": self.person},
            "api-report": {"pk": self.report},
            "api-report-act": {"pk": self.report, "act": SimpleNamespace(pk="suspend")},
            "api-block": {"pk": self.block},
            "api-hidden-thing": {
                "kind": SimpleNamespace(pk="list"),
                "id": SimpleNamespace(pk=self.hidden.thing),
            },
            "api-import": {"pk": self.brought},
            "api-import-take": {"pk": self.brought},
            "api-import-undo": {"pk": self.taken},
            "api-import-rows": {"pk": self.brought},
            "api-import-row": {"pk": self.brought, **row},
        }.get(name, {})

    def bodies(self, other: Item) -> dict[str, Any]:
        """What each address takes; `other` is an item that is nowhere yet."""
        shown = {"kind": "review", "id": self.review.pk}
        return {
            "api-reports": {**shown, "reason": "spam"},
            "api-blocks": shown,
            "api-hidden": shown,
            "api-own-lists": {"title": "Worst"},
            "api-own-list": {"title": "Better"},
            "api-own-list-items": {"item": other.pk},
            "api-own-list-item": {"note": "the last"},
            "api-own-review": {"text": "Good."},
            "api-own-profile": {"name": "Another"},
            "api-imports": {"file": SimpleUploadedFile("ratings.csv", TABLE)},
            "api-import-take": {"policy": "theirs"},
            "api-import-row": {"is_skipped": True},
        }
