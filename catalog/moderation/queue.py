"""What a moderator needs to know of a report, and what can be done about it as it is."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from catalog.moderation import things
from catalog.moderation.things import Thing
from catalog.reports import Report

MOST_SHOWN = 20
_LEADS_TO = {
    Report.Status.OPEN: "reopen",
    Report.Status.UPHELD: "hide",
    Report.Status.DISMISSED: "dismiss",
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A report in its context."""

    thing: Thing | None
    """What it is about, as it is now; None where its maker removed it."""
    has_changed: bool
    is_hidden: bool
    is_suspended: bool
    possible: list[str]
    others: list[Report]
    log: list[LogEntry]


def facts_of(made: Report) -> Facts:
    thing = things.find_any(made.kind, made.thing)
    others = Report.objects.filter(about=made.about).exclude(pk=made.pk)
    log = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Report), object_id=str(made.pk)
    )
    return Facts(
        thing=thing,
        has_changed=thing is not None and thing.text != made.text,
        is_hidden=things.is_hidden(made.kind, made.thing),
        is_suspended=is_suspended(made),
        possible=possible(made),
        others=list(others.order_by("-pk")[:MOST_SHOWN]),
        log=list(log.select_related("user").order_by("-action_time", "-pk")[:MOST_SHOWN]),
    )


def possible(made: Report) -> list[str]:
    """Names of the acts that make sense now, see `acts.DECISIONS`."""
    names = ["hide", "dismiss"] if made.is_open else ["reopen"]
    if made.about.user is None:
        return names
    return [*names, "readmit" if is_suspended(made) else "suspend"]


def is_done(made: Report, act: str) -> bool:
    """Whether it is already as it would be after this act."""
    of_account = "suspend" if is_suspended(made) else "readmit"
    return act == _LEADS_TO[Report.Status(made.status)] or (
        act == of_account and made.about.user is not None
    )


def is_suspended(made: Report) -> bool:
    user = made.about.user
    return user is not None and not user.is_active
