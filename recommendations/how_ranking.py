"""How ranking works, in plain words, made from what is in force now and from what its reader set.

The live model with its label and its age, what this reader's list is made from and what is left
out, every list of the pages with its sources, their weights and how it is arranged, the order of
fallbacks, their own dials, diversity and exploration. At most eight queries.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from recommendations import panels, reasons, selectors
from recommendations.arranging import HEAD, RECENT_DISMISSALS
from recommendations.experiments.assignment import arm_of
from recommendations.ladder import Rung
from recommendations.selectors import RECENT_EVENTS
from recommendations.surfaces.words import described
from recommendations.visit import Visit

LADDER = (Rung.PERSONAL, Rung.PREVIOUS, Rung.CO_OCCURRENCE, Rung.POPULAR, Rung.NEWEST)


@require_safe
@never_cache
@vary_on_cookie
def page(request: HttpRequest) -> HttpResponse:
    known = panels.unless_away(request, "how ranking works", lambda: _known(request))
    context = known or {"is_personal": True}
    return render(request, "recommendations/steering/how_ranking.html", context)


def _known(request: HttpRequest) -> dict[str, object]:
    visit = panels.visit_of(request)
    steering = visit.steering
    return {
        "model": visit.model,
        "model_words": reasons.explain_model(visit.model) if visit.model else "",
        "is_personal": visit.is_personal,
        "made_from": reasons.counted(visit.used[-RECENT_EVENTS:]),
        "most_events": RECENT_EVENTS,
        "seen": len(visit.seen),
        "dismissed": len(visit.dismissed),
        "left_out": len(visit.left_out),
        "near_dismissed": min(len(visit.dismissed), RECENT_DISMISSALS),
        "rungs": [rung.label for rung in LADDER],
        "own_rung": _rung_of(visit),
        "wishes": steering.wishes,
        "diversity": visit.taste.diversity,
        "surfaces": described(visit.placements.values()),
        "compared": [name for name in visit.placements if arm_of(visit, name)],
        "diverse_places": HEAD,
        "exploration": 100 * visit.exploration,
        "rotation": visit.rotation,
    }


def _rung_of(visit: Visit) -> str:
    """What this reader's list stands on now."""
    return str(selectors.for_you(visit.person, limit=1, visit=visit).rung.label)
