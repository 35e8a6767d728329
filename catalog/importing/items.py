"""Staged items into the catalogue, a batch at a time: compared first, so that counts are true.

`write_items` is the import's; `settle` writes one batch, whoever it came from.

A column that the file lacks is left alone in the catalogue; one that it has is taken over, for
attributes as a whole kind. What is derived (creators, search text) is refreshed for what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import reset_queries, transaction
from django.db.models.fields.files import FieldFile

from catalog import changes
from catalog.importing.bulk import update, upsert
from catalog.importing.report import Report
from catalog.importing.rows import to_datetime
from catalog.importing.staging import StagedItem, Staging
from catalog.many import batches
from catalog.models import Attribute, Item, ItemAttribute, OutsideId
from catalog.search import ItemText, item_text, keep_words

BATCH = LOOK_UP = 500
"""Items in one transaction of an import; ids in one question, below every database's limit."""


@dataclass
class Plan:
    """One item as the file wants it, beside what the catalogue has."""

    staged: StagedItem
    item: Item
    attributes: dict[str, list[str]]
    outside: dict[str, str]
    is_new: bool
    fields_differ: bool
    had_attributes: dict[str, list[str]] = field(default_factory=dict)
    had_links: dict[str, list[int]] = field(default_factory=dict)
    """By kind, the rows that say so."""
    had_outside: dict[str, str] = field(default_factory=dict)

    @property
    def attributes_differ(self) -> bool:
        return any(self.had_attributes.get(k, []) != v for k, v in self.attributes.items())

    @property
    def outside_differs(self) -> bool:
        return any(self.had_outside.get(k, "") != v for k, v in self.outside.items())

    @property
    def differs(self) -> bool:
        return self.is_new or self.fields_differ or self.attributes_differ or self.outside_differs


def write_items(
    staging: Staging, report: Report, *, now: datetime, progress: Callable[[int], object]
) -> None:
    for batch in batches(staging.items(), BATCH):
        for plan in settle(batch, now=now):
            _count(plan, report)
        reset_queries()
        progress(len(batch))


@transaction.atomic
def settle(batch: Sequence[StagedItem], *, now: datetime) -> list[Plan]:
    """Writes what differs from the catalogue, all of it or nothing; what was wanted, in order.

    An outside id that is empty is taken away.
    """
    plans = _plans(batch, now=now)
    _write_fields(plans)
    _write_attributes(plans)
    _write_outside_ids(plans)
    return plans


def _plans(batch: Sequence[StagedItem], *, now: datetime) -> list[Plan]:
    """The items that there are stay locked, in the order of their ids, as events lock them."""
    there = Item.objects.order_by("pk").select_for_update(no_key=True).defer("search_text")
    existing = there.in_bulk([staged.row.key for staged in batch], field_name="key")
    plans = []
    for staged in batch:
        item = existing.get(staged.row.key)
        is_new = item is None
        item = item or Item(key=staged.row.key, added_at=now)
        differ = _take_over(item, staged.row.fields)
        plans.append(
            Plan(staged, item, _attributes(staged), _outside(staged), is_new, bool(differ))
        )
    _fill_in_what_there_is([plan for plan in plans if not plan.is_new])
    return plans


def _take_over(item: Item, fields: dict[str, Any]) -> list[str]:
    """Sets the fields of the file on the item; the names of those that were different."""
    differ = []
    for name, value in fields.items():
        if name == "added_at":
            if value is None:
                continue
            value = to_datetime(value)
        if getattr(item, name) != value:
            setattr(item, name, value)
            differ.append(name)
    return differ


def _attributes(staged: StagedItem) -> dict[str, list[str]]:
    """The distinct values by kind, in their order; tags come from a file of their own."""
    wanted = {kind: list(dict.fromkeys(names)) for kind, names in staged.row.attributes.items()}
    for tag in staged.tags:
        names = wanted.setdefault(tag.kind, [])
        if tag.name not in names:
            names.append(tag.name)
    return wanted


def _outside(staged: StagedItem) -> dict[str, str]:
    wanted = dict(staged.row.outside)
    for link in staged.links:
        wanted |= link
    return wanted


def _fill_in_what_there_is(plans: list[Plan]) -> None:
    by_pk = {plan.item.pk: plan for plan in plans}
    names = ("item_id", "attribute__kind", "attribute__name", "pk")
    for some in _parts(list(by_pk)):
        had = ItemAttribute.objects.filter(item__in=some).order_by("position", "pk")
        for item, kind, name, pk in had.values_list(*names):
            by_pk[item].had_attributes.setdefault(kind, []).append(name)
            by_pk[item].had_links.setdefault(kind, []).append(pk)
        outside = OutsideId.objects.filter(item__in=some).values_list("item", "source", "value")
        for item, source, value in outside:
            by_pk[item].had_outside[source] = value


def _write_fields(plans: list[Plan]) -> None:
    for plan in plans:
        if plan.differs:
            _write_texts(plan)
    _make([plan.item for plan in plans if plan.is_new])
    changed = [plan for plan in plans if plan.differs and not plan.is_new]
    said = {name for plan in changed for name in plan.staged.row.fields}
    fields = sorted({*said, *ItemText._fields})
    rows = [(*(getattr(one.item, name) for name in fields), one.item.pk) for one in changed]
    update(Item, fields=fields, rows=rows)
    if rows:
        changes.say()
    keep_words(plan.item.search_text for plan in plans if plan.differs)


def _make(items: Sequence[Item]) -> None:
    """New rows; their ids are read back, and set."""
    fields = Item._meta.concrete_fields
    names = [one.name for one in fields if not (one.primary_key or one.generated)]
    rows = [tuple(_cell(item, name) for name in names) for item in items]
    upsert(Item, fields=names, rows=rows)
    by_key = {item.key: item for item in items}
    for some in _parts(list(by_key)):
        for key, pk in Item.objects.filter(key__in=some).values_list("key", "pk"):
            by_key[key].pk = pk


def _cell(item: Item, name: str) -> Any:
    value = getattr(item, name)
    return value.name or "" if isinstance(value, FieldFile) else value


def _write_texts(plan: Plan) -> None:
    item = plan.item
    attributes = plan.had_attributes | plan.attributes
    text = item_text(
        title=item.title,
        year=item.year,
        description=item.description,
        attributes=[(kind, name) for kind, names in attributes.items() for name in names],
    )
    for name, value in text._asdict().items():
        setattr(item, name, value)


def _write_attributes(plans: list[Plan]) -> None:
    changed = [plan for plan in plans if plan.attributes_differ]
    ids = _attribute_ids(
        (kind, name)
        for plan in changed
        for kind, names in plan.attributes.items()
        for name in names
    )
    gone = [
        pk for plan in changed for kind in plan.attributes for pk in plan.had_links.get(kind, ())
    ]
    for some in _parts(gone):
        ItemAttribute.objects.filter(pk__in=some).delete()
    links = []
    for plan in changed:
        pairs = [(kind, name) for kind, names in plan.attributes.items() for name in names]
        links += [(plan.item.pk, ids[pair], at) for at, pair in enumerate(pairs)]
    upsert(ItemAttribute, fields=["item", "attribute", "position"], rows=links)


def _attribute_ids(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Ids of attributes by kind and name; those that are not there yet are made."""
    wanted = dict.fromkeys(pairs)
    names_of: dict[str, list[str]] = {}
    for kind, name in wanted:
        names_of.setdefault(kind, []).append(name)
    ids: dict[tuple[str, str], int] = {}

    def look_up() -> None:
        for kind, names in names_of.items():
            for some in _parts(names):
                found = Attribute.objects.filter(kind=kind, name__in=some)
                ids.update({(kind, name): pk for pk, name in found.values_list("pk", "name")})

    look_up()
    missing = [Attribute(kind=kind, name=name) for kind, name in wanted if (kind, name) not in ids]
    if missing:
        Attribute.objects.bulk_create(missing, ignore_conflicts=True)
        look_up()
    return ids


def _write_outside_ids(plans: list[Plan]) -> None:
    differing = [
        (plan.item.pk, source, value)
        for plan in plans
        for source, value in plan.outside.items()
        if plan.had_outside.get(source, "") != value
    ]
    upsert(
        OutsideId,
        fields=["item", "source", "value"],
        unique=["item", "source"],
        rows=[row for row in differing if row[2]],
    )
    for item, source, value in differing:
        if not value:
            OutsideId.objects.filter(item=item, source=source).delete()


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[at : at + LOOK_UP] for at in range(0, len(values), LOOK_UP))


def _count(plan: Plan, report: Report) -> None:
    outcome = "new" if plan.is_new else "changed" if plan.differs else "same"
    report.count(plan.staged.file, "items", outcome)
    for kind, names in plan.staged.row.attributes.items():
        had = set(plan.had_attributes.get(kind, []))
        distinct = set(names)
        report.values["new"] += len(distinct - had)
        report.values["same"] += len(distinct & had)
        report.values["superseded"] += len(names) - len(distinct)
    for kind, wanted in plan.attributes.items():
        report.removed_values += len(set(plan.had_attributes.get(kind, [])) - set(wanted))
    _count_tags(plan, report)
    _count_links(plan, report)


def _count_tags(plan: Plan, report: Report) -> None:
    seen: set[str] = set()
    for tag in plan.staged.tags:
        had = plan.had_attributes.get(tag.kind, [])
        outcome = "superseded" if tag.name in seen else "same" if tag.name in had else "new"
        seen.add(tag.name)
        report.count(plan.staged.tag_file, "attributes", outcome)


def _count_links(plan: Plan, report: Report) -> None:
    links, file = plan.staged.links, plan.staged.link_file
    if not links:
        return
    if len(links) > 1:
        report.count(file, "outside ids", "superseded", len(links) - 1)
    sources = {source: value for link in links for source, value in link.items()}
    if any(source not in plan.had_outside for source in sources):
        report.count(file, "outside ids", "new")
    elif plan.outside_differs:
        report.count(file, "outside ids", "changed")
    else:
        report.count(file, "outside ids", "same")
