"""Every change of a rule by somebody: kept with what it said before and after, and reverted.

A revert is a change like any other: it is checked, kept, and may be reverted itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from catalog.models import Attribute, Item, User
from recommendations.rules.model import PARTS, Rule, RuleChange

MOMENTS = ("starts_at", "ends_at")
FIELD_OF = {"item_id": "item", "attribute_id": "attribute"}


def state_of(rule: Rule) -> dict[str, Any]:
    """All that a rule says, as plain values."""
    said = {name: getattr(rule, name) for name in PARTS}
    plain: dict[str, Any] = json.loads(json.dumps(said, cls=DjangoJSONEncoder))
    return plain


def save(rule: Rule, *, by: User | None, back_to: RuleChange | None = None) -> RuleChange | None:
    """Save a rule that was checked; None where it says what it said before."""
    with transaction.atomic():
        known = Rule.objects.select_for_update().filter(pk=rule.pk).first() if rule.pk else None
        rule.save()
        before, after = state_of(known) if known else None, state_of(Rule.objects.get(pk=rule.pk))
        if before == after:
            return None
        return RuleChange.objects.create(
            rule=rule, by=by, before=before, after=after, back_to=back_to
        )


def revert(change: RuleChange, *, by: User) -> RuleChange | None:
    """The rule says again what it said after this change; ValidationError where it cannot."""
    rule = change.rule
    for name in PARTS:
        if name in change.after:
            value = change.after[name]
            setattr(rule, name, parse_datetime(value) if name in MOMENTS and value else value)
    rule.full_clean()
    return save(rule, by=by, back_to=change)


@dataclass(frozen=True)
class Difference:
    """One part of a rule, in words."""

    label: str
    before: str
    after: str


def differences(change: RuleChange) -> list[Difference]:
    before: Mapping[str, Any] = change.before or {}
    return [
        Difference(_label(name), _words(name, before.get(name)), _words(name, change.after[name]))
        for name in PARTS
        if name in change.after
        and before.get(name) != change.after[name]
        and (change.before is not None or change.after[name] not in (None, "", False))
    ]


def _label(name: str) -> str:
    field = Rule._meta.get_field(FIELD_OF.get(name, name))
    return str(getattr(field, "verbose_name", name))


def _words(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in FIELD_OF:
        model: Any = Item if name == "item_id" else Attribute
        return str(model.objects.filter(pk=value).first() or value)
    if name == "action":
        return str(Rule.Action(value).label)
    if name == "group_by":
        return str(Rule.Group(value).label)
    if name in MOMENTS:
        moment = parse_datetime(value)
        return date_format(moment, "SHORT_DATETIME_FORMAT") if moment else str(value)
    return number_format(value) if isinstance(value, float) else str(value)
