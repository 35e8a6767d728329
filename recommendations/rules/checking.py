"""What is wrong with a rule, by field, each with its cure. Pure: asks nothing, changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from recommendations.rules.model import Rule

SHIFTS = ("boost", "bury")


def problems(rule: Rule) -> dict[str, str]:
    """By field; empty where the rule makes sense."""
    return {**_which(rule), **_how(rule), **_where_and_when(rule)}


def _which(rule: Rule) -> dict[str, str]:
    wide = {
        "attribute": rule.attribute_id,
        "words": rule.words,
        "added_within_days": rule.added_within_days,
        "older_than_days": rule.older_than_days,
    }
    if rule.action == "pin":
        if rule.item_id is None:
            return {"item": _("Choose the item that is pinned.")}
        return {
            name: _("A pin is of one item: leave this empty.")
            for name, value in wide.items()
            if value
        }
    if rule.item_id is None and not any(wide.values()):
        if rule.action == "at_most" and rule.group_by:
            return {}
        return {"item": _("Say which items are meant: one item, an attribute, words or an age.")}
    within, older = rule.added_within_days, rule.older_than_days
    if within and older and within <= older:
        return {
            "older_than_days": _(
                "No item was added in the last %(within)d days and more than %(older)d days ago; "
                "make this less than %(within)d."
            )
            % {"within": within, "older": older}
        }
    return {}


def _how(rule: Rule) -> dict[str, str]:
    found = {}
    if rule.action in SHIFTS and rule.strength is None:
        found["strength"] = _("Say how strongly, from 0.1 to 3; 1 is clearly felt.")
    if rule.action not in SHIFTS and rule.strength is not None:
        found["strength"] = _("Only boost and bury have a strength: leave this empty.")
    if rule.action == "pin" and rule.place is None:
        found["place"] = _("Say at which place of the list; 1 is the first.")
    if rule.action != "pin" and rule.place is not None:
        found["place"] = _("Only a pin has a place: leave this empty.")
    if rule.action == "at_most" and rule.most is None:
        found["most"] = _("Say how many of them there may be in one list.")
    if rule.action != "at_most" and rule.most is not None:
        found["most"] = _("Only “at most so many” counts: leave this empty.")
    if rule.action != "at_most" and rule.group_by:
        found["group_by"] = _("Only “at most so many” counts: choose “all of them together”.")
    return found


def _where_and_when(rule: Rule) -> dict[str, str]:
    found = {}
    if not rule.surfaces:
        found["on_for_you"] = _("Choose at least one sort of list.")
    if rule.starts_at and rule.ends_at and rule.ends_at <= rule.starts_at:
        found["ends_at"] = _("This is not after its beginning: choose a later day, or none.")
    return found
