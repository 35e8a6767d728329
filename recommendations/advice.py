"""What is wrong, or will be, and what to do about it: numbers in, findings out.

Pure: `recommendations.health` counts, the admin and `manage.py advice` show. Each check looks at a
few numbers of one moment and says nothing where they are as they should be. A finding is one
sentence and its cure; it is *bad* where people are served worse for it, or soon will be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommendations.usual import Usual

WEEK = 7
LEAST_WEEKS = 4
"""So many weeks must be known before a day is called unusual."""
ONE_ACCOUNT, LEAST_OF_ONE = 0.3, 100
MANY_MISSING, LEAST_ITEMS = 0.2, 10
SAME_RATING, LEAST_RATINGS = 0.9, 100
OLD_AFTER = 3
"""A model is old after so many of its intervals."""
ATTEMPTS = 3
WAITS_AT_MOST = timedelta(minutes=5)


class Severity(StrEnum):
    BAD = "bad"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `name` is the same whatever the numbers are."""

    name: str
    severity: Severity
    sentence: str
    cure: str


@dataclass(frozen=True)
class Catalogue:
    """What is missing on listed items."""

    items: int = 0
    untitled: int = 0
    undescribed: int = 0
    without_genres: int = 0
    doubles: int = 0
    """How many items share title, creators and year with an earlier one."""


@dataclass(frozen=True)
class Traffic:
    """How many events there were, and by whom."""

    days: Sequence[int] = ()
    """Of whole days, oldest first, the last of them yesterday."""
    last_hour: int = 0
    same_hours: Sequence[int] = ()
    """Of the same hour on the same weekday, in the weeks before."""
    last_day: int = 0
    """In the last 24 hours, as far as they were looked at."""
    busiest: str = ""
    of_busiest: int = 0
    ratings: int = 0
    """How many of the newest were looked at, and how many of these are the commonest one."""
    same_ratings: int = 0
    in_future: int = 0


@dataclass(frozen=True)
class Training:
    """The live model and the runs."""

    trained_at: datetime | None = None
    """When the live model was; None without one."""
    problem: str = ""
    new_events: int = 0
    """That no run has read."""
    least_events: int = 0
    """That a first model needs."""
    interval: timedelta = timedelta(days=1)
    broken: int = 0
    """How many of the newest runs failed or were lost, one after the other."""
    error: str = ""
    waits_since: datetime | None = None
    unheard: Sequence[str] = ()
    """Queues that no worker consumes."""


@dataclass(frozen=True)
class Numbers:
    """All that the checks look at."""

    now: datetime
    catalogue: Catalogue = Catalogue()
    traffic: Traffic = Traffic()
    training: Training = Training()


def findings(numbers: Numbers) -> list[Finding]:
    """What is to be mended, the bad ones first."""
    found = [
        *_of_training(numbers.training, numbers.now),
        *_of_traffic(numbers.traffic),
        *_of_people(numbers.traffic),
        *_of_catalogue(numbers.catalogue),
    ]
    return sorted(found, key=lambda finding: finding.severity is not Severity.BAD)


def is_bad(found: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.BAD for finding in found)


# --- the model and its runs ----------------------------------------------------------------------
def _of_training(training: Training, now: datetime) -> Iterator[Finding]:
    if training.problem:
        yield Finding(
            "artifact",
            Severity.BAD,
            _("The live model cannot be served: %(reason)s") % {"reason": training.problem},
            _("The one before it stands in. Roll back or retrain; look at the disk, too."),
        )
    if training.broken >= ATTEMPTS:
        yield Finding(
            "runs-fail",
            Severity.BAD,
            _("The last %(count)d trainings broke; the newest says: %(error)s")
            % {"count": training.broken, "error": training.error or "–"},
            _("Read its log, mend what it names, then retrain."),
        )
    if training.waits_since and now - training.waits_since > WAITS_AT_MOST:
        yield Finding(
            "no-worker",
            Severity.BAD,
            _("A training waits for a worker since %(time)s.")
            % {"time": timesince(training.waits_since, now)},
            _("Start a worker that listens to the queue “train”, or run manage.py retrain."),
        )
    if training.unheard:
        yield Finding(
            "no-consumer",
            Severity.BAD,
            _("No worker works off the queue %(queues)s.")
            % {"queues": ", ".join(f"“{queue}”" for queue in training.unheard)},
            _("Start one for each queue, or see why those that run do not reach Redis."),
        )
    yield from _of_age(training, now)


def _of_age(training: Training, now: datetime) -> Iterator[Finding]:
    if training.trained_at is None:
        if training.least_events <= training.new_events:
            yield Finding(
                "no-model",
                Severity.WARNING,
                _("There is no model yet, though there is enough to learn from."),
                _("Retrain now, or see that beat and a worker run."),
            )
    elif training.new_events and now - training.trained_at > OLD_AFTER * training.interval:
        yield Finding(
            "old-model",
            Severity.BAD,
            _("The live model was trained %(time)s ago, and does not know what came since.")
            % {"time": timesince(training.trained_at, now)},
            _("See that beat and a worker run, and read why the last runs shipped nothing."),
        )


# --- events --------------------------------------------------------------------------------------
def _of_traffic(traffic: Traffic) -> Iterator[Finding]:
    yesterday, before = (traffic.days or (0,))[-1], list(traffic.days)[:-1][-WEEK::-WEEK]
    yield from _unusual("day", yesterday, before, _("Yesterday"))
    yield from _unusual("hour", traffic.last_hour, traffic.same_hours, _("In the last hour"))


def _unusual(name: str, count: int, before: Sequence[int], when: str) -> Iterator[Finding]:
    if len(before) < LEAST_WEEKS:
        return
    usual = Usual.of(before)
    words = {"when": when, "count": f"{count:,}", "usual": f"{usual.middle:,.0f}"}
    if usual.is_flood(count):
        yield Finding(
            f"flood-{name}",
            Severity.WARNING,
            _("%(when)s there were %(count)s events; %(usual)s are usual.") % words,
            _("If it was no import and no campaign, look for accounts that are no people."),
        )
    elif usual.is_drop(count):
        yield Finding(
            f"drop-{name}",
            Severity.BAD,
            _("%(when)s there were %(count)s events; %(usual)s are usual.") % words,
            _("Open the site as a visitor, rate something, and see whether it is kept."),
        )


def _of_people(traffic: Traffic) -> Iterator[Finding]:
    if traffic.of_busiest >= max(LEAST_OF_ONE, ONE_ACCOUNT * traffic.last_day):
        yield Finding(
            "one-account",
            Severity.WARNING,
            _("%(name)s made %(count)s of the last day's %(all)s events.")
            % {
                "name": traffic.busiest,
                "count": f"{traffic.of_busiest:,}",
                "all": f"{traffic.last_day:,}",
            },
            _("If that is no person, set the account to private: then nothing is learned from it."),
        )
    if traffic.ratings >= LEAST_RATINGS and traffic.same_ratings > SAME_RATING * traffic.ratings:
        yield Finding(
            "same-ratings",
            Severity.WARNING,
            _("%(share)d %% of the newest ratings are the same.")
            % {"share": 100 * traffic.same_ratings // traffic.ratings},
            _("If they come from an import, see that its ratings were read on the right scale."),
        )
    if traffic.in_future:
        yield Finding(
            "future",
            Severity.BAD,
            ngettext(
                "%(count)s event is dated in the future.",
                "%(count)s events are dated in the future.",
                traffic.in_future,
            )
            % {"count": f"{traffic.in_future:,}"},
            _("They count as the newest for everybody. Mend the import's times, or the clock."),
        )


# --- items ---------------------------------------------------------------------------------------
def _of_catalogue(catalogue: Catalogue) -> Iterator[Finding]:
    if catalogue.untitled:
        yield Finding(
            "titles",
            Severity.BAD,
            ngettext(
                "%(count)s item has no title.",
                "%(count)s items have no title.",
                catalogue.untitled,
            )
            % {"count": f"{catalogue.untitled:,}"},
            _("Give them one, or withdraw them: nobody can choose what has no name."),
        )
    if catalogue.items >= LEAST_ITEMS:
        yield from _missing(catalogue)
    if catalogue.doubles:
        yield Finding(
            "doubles",
            Severity.WARNING,
            ngettext(
                "%(count)s item has title, creators and year of another one.",
                "%(count)s items have title, creators and year of another one.",
                catalogue.doubles,
            )
            % {"count": f"{catalogue.doubles:,}"},
            _("Withdraw doubles: what people do is split between them, and lists show both."),
        )


def _missing(catalogue: Catalogue) -> Iterator[Finding]:
    parts = (
        ("descriptions", catalogue.undescribed, _("%(share)d %% of items have no description.")),
        ("genres", catalogue.without_genres, _("%(share)d %% of items have no genre.")),
    )
    for name, count, sentence in parts:
        if count > MANY_MISSING * catalogue.items:
            yield Finding(
                name,
                Severity.WARNING,
                sentence % {"share": 100 * count // catalogue.items},
                _("New items are placed by what they share with others; without it they wait."),
            )
