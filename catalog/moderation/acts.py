"""Every write about reports, blocks and hiding.

What people do is limited in the database, so that many browsers are no way round it; what
moderators do is written to the admin's log, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.blocks import Block, Hiding
from catalog.models import Person, User
from catalog.moderation import things
from catalog.moderation.things import Thing
from catalog.reports import MAX_WORDS, Report

MOST_REPORTS, REPORT_SPAN = 10, timedelta(hours=1)
MOST_BLOCKS = 1000
KEEP_REPORTS = timedelta(days=365)
Status = Report.Status


class Refused(ValueError):
    """Something that cannot be done: the message says why, and what to do."""


class TooOften(Refused):
    """Something that can be done again after `wait`."""

    def __init__(self, words: str, *, wait: timedelta) -> None:
        super().__init__(words)
        self.wait = wait


def report(person: Person, thing: Thing, *, reason: str, words: str = "") -> Report:
    """Tell the moderators about something of somebody else; once while nobody has read it."""
    if thing.about.pk == person.pk:
        raise Refused(_("This is your own. You can change or remove it yourself."))
    if reason not in Report.Reason.values:
        raise Refused(_("Choose a reason."))
    _check_limit(person)
    try:
        with transaction.atomic():
            return Report.objects.create(
                reporter=person,
                about=thing.about,
                kind=thing.kind,
                thing=thing.pk,
                text=thing.text,
                reason=reason,
                words=words.strip()[:MAX_WORDS],
            )
    except IntegrityError:
        raise Refused(_("You have reported this already. A moderator will read it.")) from None


def unread_report(person: Person, kind: str, pk: int) -> Report | None:
    """What this person reported already, as long as no moderator has dealt with it."""
    return Report.objects.filter(reporter=person, kind=kind, thing=pk, status=Status.OPEN).first()


def hide_for(person: Person, thing: Thing) -> Hiding:
    """This person does not see this any more."""
    if thing.about.pk == person.pk:
        raise Refused(_("This is your own. You can change or remove it yourself."))
    if not thing.can_be_hidden:
        raise Refused(_("A name cannot be hidden. Block whose it is instead."))
    return Hiding.objects.get_or_create(person=person, kind=thing.kind, thing=thing.pk)[0]


def show_again(person: Person, kind: str, pk: int) -> None:
    Hiding.objects.filter(person=person, kind=kind, thing=pk).delete()


def block(person: Person, other: Person) -> Block:
    """Neither sees what the other writes any more."""
    if person.pk == other.pk:
        raise Refused(_("You cannot block yourself."))
    if person.blocks.count() >= MOST_BLOCKS:
        raise Refused(_("You have blocked as many people as you can. Unblock somebody first."))
    return Block.objects.get_or_create(person=person, blocked=other)[0]


def unblock(person: Person, other: Person) -> None:
    Block.objects.filter(person=person, blocked=other).delete()


@transaction.atomic
def uphold(made: Report, *, by: User) -> None:
    """Hide what was reported from everybody but its maker. All open reports of it are settled."""
    things.set_hidden(made.kind, made.thing, hidden=True)
    _settle(_same(made), Status.UPHELD, by=by)
    _log(made, by, "Hidden: {kind} {thing}")


@transaction.atomic
def dismiss(made: Report, *, by: User) -> None:
    """Nothing is wrong with it: it is shown, and all open reports of it are settled."""
    things.set_hidden(made.kind, made.thing, hidden=False)
    _settle(_same(made), Status.DISMISSED, by=by)
    _log(made, by, "Dismissed, shown: {kind} {thing}")


@transaction.atomic
def reopen(made: Report, *, by: User) -> None:
    """Take a decision back: what was hidden by it is shown again, and the report waits."""
    if made.status == Status.UPHELD:
        things.set_hidden(made.kind, made.thing, hidden=False)
    try:
        with transaction.atomic():
            Report.objects.filter(pk=made.pk).update(
                status=Status.OPEN, handled_by=None, handled_at=None
            )
    except IntegrityError:
        raise Refused(_("The same person has reported it again since.")) from None
    _log(made, by, "Reopened, shown: {kind} {thing}")


@transaction.atomic
def suspend(person: Person, *, by: User, made: Report | None = None) -> None:
    """Shut an account: its owner is signed out everywhere, and nothing of theirs is public."""
    user = person.user
    if user is None:
        raise Refused(_("This person has no account."))
    if user.is_staff or user.is_superuser:
        raise Refused(_("This account belongs to the staff. Take its rights away first."))
    User.objects.filter(pk=user.pk).update(is_active=False)
    for session in UserSession.objects.filter(user=user):
        session.end()
    _log(user, by, "Suspended")
    if made is not None:
        _log(made, by, "Its maker was suspended")


@transaction.atomic
def readmit(person: Person, *, by: User) -> None:
    """Open a suspended account again."""
    if person.user is not None:
        User.objects.filter(pk=person.user.pk).update(is_active=True)
        _log(person.user, by, "Let in again")


def _suspend_maker(made: Report, *, by: User) -> None:
    suspend(made.about, by=by, made=made)


def _readmit_maker(made: Report, *, by: User) -> None:
    readmit(made.about, by=by)


DECISIONS: dict[str, Callable[..., None]] = {
    "hide": uphold,
    "dismiss": dismiss,
    "reopen": reopen,
    "suspend": _suspend_maker,
    "readmit": _readmit_maker,
}
"""What a moderator can do about a report, by the names of the buttons."""


def forget_old_reports() -> int:
    """Delete reports that were settled a year ago."""
    before = timezone.now() - KEEP_REPORTS
    deleted, _models = Report.objects.filter(handled_at__lt=before).delete()
    return deleted


def _check_limit(person: Person) -> None:
    since = timezone.now() - REPORT_SPAN
    times = Report.objects.filter(reporter=person, made_at__gt=since).order_by("-made_at")
    latest = list(times.values_list("made_at", flat=True)[:MOST_REPORTS])
    if len(latest) == MOST_REPORTS:
        words = _("You have reported a lot in the last hour. Try again later.")
        raise TooOften(words, wait=latest[-1] - since)


def _same(made: Report) -> QuerySet[Report]:
    """All open reports of the same thing, and this one."""
    same = Report.objects.filter(kind=made.kind, thing=made.thing, status=Status.OPEN)
    return Report.objects.filter(pk__in=[made.pk, *same.values_list("pk", flat=True)])


def _settle(reports: QuerySet[Report], status: str, *, by: User) -> None:
    reports.update(status=status, handled_by=by, handled_at=timezone.now())


def _log(about: Report | User, by: User, words: str) -> None:
    said = words
    if isinstance(about, Report):
        said = words.format(kind=about.kind, thing=about.thing)
    LogEntry.objects.log_actions(
        by.pk, type(about)._default_manager.filter(pk=about.pk), CHANGE, said, single_object=True
    )
