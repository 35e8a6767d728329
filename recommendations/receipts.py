"""What models still know of something that was deleted.

A run that began after the deletion read nothing of it. But a warm run begins from the network that
was live, so only one that learned everything anew owes nothing to it. Said on a receipt, from the
rows of the runs alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from recommendations.gate import HYBRID
from recommendations.models import ModelRun


@dataclass(frozen=True)
class Traces:
    """Where a deletion stands, by the runs there are."""

    live: ModelRun | None
    """The live run, if it read what is deleted now."""
    without: ModelRun | None
    """The first run that did not read it."""
    anew: ModelRun | None
    """The first one that, beside, did not begin from a model that had."""
    kept: int
    """Models that read it and are kept, to fall back to."""

    @property
    def is_over(self) -> bool:
        return self.anew is not None and self.live is None and not self.kept


def traces_of(deleted_at: datetime) -> Traces:
    """Four queries. A run that was under way meanwhile may have read it."""
    runs = ModelRun.objects.filter(status=ModelRun.Status.SUCCEEDED).order_by("pk")
    after = runs.filter(started_at__gt=deleted_at)
    before = Q(started_at__lte=deleted_at) | Q(started_at=None)
    warm = Q(mode=ModelRun.Mode.WARM, chosen=HYBRID)
    return Traces(
        live=runs.filter(before, is_live=True).first(),
        without=after.first(),
        anew=after.exclude(warm).first(),
        kept=ModelRun.objects.servable().filter(before, is_live=False).count(),
    )
