"""Writes of items by staff, through the API and the admin; derived text is refreshed with them.

Withdrawing keeps an item and what people did to it, but shows it nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog import services
from catalog.importing.folder import INTERACTION_COLUMNS, ITEM_COLUMNS, OUTSIDE_SUFFIX
from catalog.models import Attribute, Item, ItemAttribute, OutsideId
from catalog.signals import items_changed

KIND = re.compile(r"[a-z][a-z0-9_]{0,49}")
BULK_UNTIL = 20_000
"""So many items at most have their text refreshed when an attribute of theirs changes."""
RESERVED = {*ITEM_COLUMNS, *INTERACTION_COLUMNS, "key", "id"}


def check_kind(kind: str) -> None:
    """Kinds of attributes are columns of data sets: nothing else may be called so."""
    if not KIND.fullmatch(kind):
        raise ValidationError(
            _("“%(kind)s” cannot be a kind: use small letters, digits and underscores.")
            % {"kind": kind[:60]}
        )
    if kind in RESERVED or kind.endswith(OUTSIDE_SUFFIX):
        raise ValidationError(
            _("“%(kind)s” is the name of another column; choose another kind.") % {"kind": kind}
        )


def check_name(name: str) -> None:
    """Names of attributes share a cell in data sets, joined by |."""
    if "|" in name:
        raise ValidationError(_("A name cannot hold “|”, which joins names in data sets."))


@transaction.atomic
def save_item(
    item: Item,
    *,
    fields: Mapping[str, Any],
    attributes: Mapping[str, Sequence[str]] | None = None,
    outside_ids: Mapping[str, str] | None = None,
) -> Item:
    """Makes or changes an item. Attributes are replaced kind by kind, outside ids source by
    source; an empty list or id removes; what is not named stays."""
    for name, value in fields.items():
        setattr(item, name, value)
    if item._state.adding:
        item.save()
    elif fields:  # the counts stay as events have them by now
        item.save(update_fields=list(fields))
    for kind, names in (attributes or {}).items():
        _replace_kind(item, kind, names)
    for source, value in (outside_ids or {}).items():
        if value:
            OutsideId.objects.update_or_create(item=item, source=source, defaults={"value": value})
        else:
            OutsideId.objects.filter(item=item, source=source).delete()
    services.refresh_item_text(item)
    tell()
    return item


def _replace_kind(item: Item, kind: str, names: Sequence[str]) -> None:
    ItemAttribute.objects.filter(item=item, attribute__kind=kind).delete()
    last = ItemAttribute.objects.filter(item=item).order_by("-position").first()
    start = 0 if last is None else last.position + 1
    for position, name in enumerate(dict.fromkeys(names), start=start):
        attribute, _created = Attribute.objects.get_or_create(kind=kind, name=name)
        ItemAttribute.objects.create(item=item, attribute=attribute, position=position)


def list_items(items: QuerySet[Item], *, are_listed: bool) -> int:
    """Shows items again, or withdraws them; how many changed."""
    changed = items.filter(is_listed=not are_listed).update(is_listed=are_listed)
    tell()
    return changed


def tell() -> None:
    """Once this transaction is over, lists of this process are made from what the items are now."""
    transaction.on_commit(lambda: items_changed.send(Item))


def refresh_items_with(attribute: Attribute) -> None:
    """The texts of its items follow an attribute that was renamed."""
    services.refresh_item_texts(_items_with([attribute]))


@transaction.atomic
def delete_attributes(attributes: QuerySet[Attribute]) -> None:
    """No item has them any more; their texts follow."""
    pks = list(attributes.order_by().values_list("pk", flat=True))
    items = list(_items_with(pks))
    Attribute.objects.filter(pk__in=pks).delete()
    services.refresh_item_texts(items)


def _items_with(attributes: Sequence[Attribute | int]) -> QuerySet[Item]:
    return Item.objects.filter(attributes__in=attributes).distinct()[:BULK_UNTIL]
