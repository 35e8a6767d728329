"""The admin's page of new items: what each was promised, what it was given, and what came of it.

Whoever may see runs may see it. Read from the ledger alone; nothing here writes, and nobody's name
is in it. Five queries at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recommendations import charts
from recommendations.admin_runs import CHANGE, VIEW
from recommendations.chances import keeping, stopping
from recommendations.models import ItemChance
from recommendations.pictures import Picture
from recommendations.placements import reading

State = ItemChance.State
MOST_TRIED, MOST_DECIDED, MOST_DRAWN = 100, 50, 40
DECIDED = (State.FOUND, State.ENDED)


@dataclass(frozen=True)
class Line:
    """One item's row of the ledger."""

    chance: ItemChance

    @property
    def filled(self) -> int:
        """Per cent of its quota; at most 100."""
        return min(round(100 * self.chance.seen / self.chance.quota), 100)

    @property
    def likely(self) -> int | None:
        """Per cent: that it has an audience; None before its quota is reached."""
        chance = self.chance
        if chance.seen < chance.quota:
            return None
        found = stopping.Counted(chance.seen, chance.opened, chance.usual)
        return round(100 * stopping.likely(found))


def page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(VIEW) and not request.user.has_perm(CHANGE):
        raise PermissionDenied
    rows = ItemChance.objects.select_related("item")
    tried = rows.filter(state=State.TRIED).order_by("-seen", "item_id")[:MOST_TRIED]
    decided = rows.filter(state__in=DECIDED).order_by("-decided_at", "-pk")[:MOST_DECIDED]
    counts = dict(ItemChance.objects.order_by().values_list("state").annotate(count=Count("pk")))
    lines = _lines(tried)
    context = {
        **admin.site.each_context(request),
        "title": _("New items"),
        "share": 100 * reading.in_force()["for-you"].settings.exploration,
        "tiles": [(state.label, counts.get(state.value, 0)) for state in State],
        "tables": [(_("Being tried"), lines), (_("Decided last"), _lines(decided))],
        "given": _given(lines[:MOST_DRAWN]) if lines else None,
        "quota": keeping.QUOTA,
        "longest": stopping.LONGEST * keeping.QUOTA,
        "new_days": keeping.NEW_DAYS,
        "most_tried": keeping.MOST_TRIED,
        "few_events": keeping.TOO_LITTLE,
        "sure": round(100 * stopping.SURE),
    }
    return TemplateResponse(request, "admin/recommendations/new_items.html", context)


def _lines(chances: Iterable[ItemChance]) -> list[Line]:
    return [Line(chance) for chance in chances]


def _given(lines: Sequence[Line]) -> Picture:
    """How much of its quota each item that is being tried was given, the most first."""
    rows = [
        (line.chance.item.title, number_format(line.chance.seen), number_format(line.chance.opened))
        for line in lines
    ]
    seen = [line.chance.seen - line.chance.opened for line in lines]
    opened = [line.chance.opened for line in lines]
    return Picture(
        name="given",
        title=_("Seen and opened, of the items that are being tried"),
        chart=charts.bars(
            [charts.Series(_("Opened"), opened), charts.Series(_("Only seen"), seen)],
            titles=[
                _("%(title)s: seen %(seen)s, opened %(opened)s")
                % {"title": title, "seen": seen, "opened": opened}
                for title, seen, opened in rows
            ],
        ),
        first=_("most seen"),
        last="",
        columns=(_("Item"), _("Seen"), _("Opened")),
        rows=rows,
    )
