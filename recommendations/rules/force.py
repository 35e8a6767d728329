"""Which rules are in force, and which items each one means.

Two queries where that is not known or FRESH_SECONDS old, one for the rules and one for the items of
all of them; none in between, and none at all on a site without rules that has a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from re import escape
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.utils import timezone

from catalog.models import Item
from recommendations.remembered import RULES
from recommendations.rules.applying import Compiled
from recommendations.rules.model import Rule, Surface

Group = Rule.Group


def in_force() -> Sequence[Compiled]:
    """All rules that are switched on and not over; those that begin later among them."""
    known = RULES.recall()
    if known is None:
        now = timezone.now()
        on = Rule.objects.not_over(now).order_by("pk")
        known = compiled(on, now=now)
        RULES.keep(known)
    return known


def on(rules: Iterable[Compiled], surface: Surface, *, now: datetime) -> list[Compiled]:
    """Those that hold on this sort of list at this moment."""
    return [
        rule
        for rule in rules
        if surface.value in rule.surfaces
        and (rule.starts_at is None or rule.starts_at <= now)
        and (rule.ends_at is None or now < rule.ends_at)
    ]


def compiled(rules: Iterable[Rule], *, now: datetime) -> list[Compiled]:
    """Rules with the items that they mean now. One query for all of them, rows that are saved or
    not; a rule that is not gets the id 0."""
    rules = list(rules)
    if not rules:
        return []
    first, *others = (_meant(rule, now=now) for rule in rules)
    rows = sorted(first.union(*others, all=True) if others else first)
    by_rule = {pk: list(own) for pk, own in groupby(rows, key=lambda row: row[0])}
    return [_compiled(rule, by_rule.get(rule.pk or 0, [])) for rule in rules]


def _compiled(rule: Rule, rows: Sequence[tuple[int, int, int]]) -> Compiled:
    return Compiled(
        rule_id=rule.pk or 0,
        action=rule.action,
        ids=np.array([item for _rule, item, _group in rows], dtype=np.int64),
        groups=np.array([group for _rule, _item, group in rows], dtype=np.int64),
        surfaces=frozenset(surface.value for surface in rule.surfaces),
        amount=float(rule.strength or rule.place or rule.most or 0),
        starts_at=rule.starts_at,
        ends_at=rule.ends_at,
    )


def _meant(rule: Rule, *, now: datetime) -> QuerySet[Any, tuple[int, int, int]]:
    """(rule, item, group) of every listed item that fits all that the rule says."""
    items = Item.objects.listed().filter(_fits(rule, now=now)).order_by()
    group: Any = Value(0)
    if rule.group_by:
        kinds = settings.CREATOR_KINDS if rule.group_by == Group.CREATOR else settings.GENRE_KINDS
        items = Item.objects.filter(pk__in=items.values("pk")).order_by()
        items = items.filter(item_attributes__attribute__kind__in=kinds)
        group = F("item_attributes__attribute_id")
    return items.values_list(Value(rule.pk or 0), "pk", group)


def _fits(rule: Rule, *, now: datetime) -> Q:
    fits = Q()
    if rule.item_id is not None:
        fits &= Q(pk=rule.item_id)
    if rule.attribute_id is not None:
        fits &= Q(item_attributes__attribute_id=rule.attribute_id)
    for word in rule.words.split():
        whole = rf"(^|\W){escape(word)}($|\W)"
        fits &= Q(title__iregex=whole) | Q(description__iregex=whole)
    if rule.added_within_days:
        fits &= Q(added_at__gte=now - timedelta(days=rule.added_within_days))
    if rule.older_than_days:
        fits &= Q(added_at__lt=now - timedelta(days=rule.older_than_days))
    return fits
