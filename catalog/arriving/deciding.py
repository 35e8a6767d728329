"""What a person decides about an import of theirs, on its pages and in the API alike.

What makes no sense just now raises NotNow, with a sentence for whoever asked.
"""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.arriving import taking, waiting
from catalog.arriving.models import Arrival, ArrivalQuerySet, ArrivalRow
from catalog.models import Item, Person
from catalog.services import STOPPED

How, Outcome, Status = ArrivalRow.How, ArrivalRow.Outcome, Arrival.Status
READ = ~Q(outcome=Outcome.REFUSED)
KINDS = {
    "all": (gettext_lazy("All"), Q()),
    "found": (gettext_lazy("Found"), READ & Q(item__isnull=False)),
    "check": (gettext_lazy("To check"), Q(how__in=[How.ALIKE, How.TITLE, How.NEAR_YEAR])),
    "unfound": (gettext_lazy("Not found"), READ & Q(item=None)),
    "refused": (gettext_lazy("Not readable"), Q(outcome=Outcome.REFUSED)),
}
"""Which rows somebody may want to look at."""


class NotNow(ValueError):
    """Something that makes no sense just now: the message says why, and what to do."""


def own_arrivals(person: Person | None) -> ArrivalQuerySet:
    """A person's imports, the newest first, with how many rows each has and how many are found."""
    counted = Arrival.objects.of(person).annotate(
        found=Count("rows", filter=Q(rows__item__isnull=False)), size=Count("rows")
    )
    return counted.order_by("-made_at", "-pk")


def rows_of(arrival: Arrival, kind: str = "all") -> QuerySet[ArrivalRow]:
    """Its rows in their order, with the items that they mean."""
    rows = arrival.rows.filter(KINDS[kind][1]).select_related("item")
    return rows.defer("item__description", "item__search_text").order_by("number")


def counts_of(arrival: Arrival) -> dict[str, int]:
    """How many rows there are of each of KINDS."""
    filters = {name: Count("pk", filter=which) for name, (_label, which) in KINDS.items()}
    return arrival.rows.aggregate(**filters)


def outcomes_of(arrival: Arrival) -> dict[str, int]:
    """What became of its rows, and of how many."""
    return dict(arrival.rows.order_by().values_list("outcome").annotate(n=Count("pk")))


def take(arrival: Arrival, *, policy: str) -> None:
    """Takes the import in: here, or by a worker, when it is large."""
    if arrival.person.is_stopped:
        raise NotNow(str(STOPPED))
    if arrival.status == Status.WAITING:
        taking.take_in(arrival)  # somebody asks again: what was to do it may have been cut off
    elif taking.begin(arrival, policy=policy):
        waiting.start(arrival)
    else:
        raise NotNow(
            _("Another import is being taken in, or this one was. Look again in a moment.")
        )


def undo(arrival: Arrival) -> int:
    """Puts all back; how many were changed since, and are left."""
    if arrival.status != Status.TAKEN:
        raise NotNow(_("This import is not taken in, so that there is nothing to undo."))
    taking.undo(arrival)
    return arrival.rows.filter(outcome=Outcome.LEFT).count()


def forget(arrival: Arrival) -> None:
    """Removes the list of what arrived; what was taken in stays."""
    if arrival.status == Status.WAITING:
        raise NotNow(_("This import is being taken in. Look again in a moment."))
    arrival.delete()


def check_may_choose(arrival: Arrival, row: ArrivalRow) -> None:
    if arrival.status not in (Status.PREVIEW, Status.TAKEN) or row.before is not None:
        raise NotNow(_("This row is taken in already; undo the import first."))


def choose(
    arrival: Arrival, row: ArrivalRow, *, item: Item | None = None, is_skipped: bool
) -> None:
    """Which item a row means, or that it is left out; of what was taken in, this is at once."""
    check_may_choose(arrival, row)
    row.is_skipped = is_skipped
    if item is not None:
        row.item, row.how, row.likeness = item, How.BY_HAND, None
    if arrival.status == Status.TAKEN:
        row.outcome = Outcome.SKIPPED if row.is_skipped else Outcome.OPEN
    row.save(update_fields=["is_skipped", "item", "how", "likeness", "outcome"])
    if arrival.status == Status.TAKEN and not row.is_skipped:
        taking.take_chunk(arrival)
