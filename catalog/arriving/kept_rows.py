"""What is kept of a person's imports: for the page *My privacy*, and to take along."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog import kept
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.library import export

kept.keep(
    kept.Kind(
        "imports",
        _("Imports"),
        _("What you brought from elsewhere, so that it can be undone and matched later."),
        Arrival,
        kept.delete_rows(Arrival),
    )
)

export.also(
    export.Kind(
        "imports",
        (
            *("import_id", "file", "brought_at", "title", "year", "creators", "stars"),
            *("rated_at", "shelf", "shelved_at", "review", "outcome"),
        ),
        lambda person: ArrivalRow.objects.filter(arrival__person=person).select_related("arrival"),
        lambda row: (
            row.arrival_id,
            row.arrival.file_name,
            export.time_text(row.arrival.made_at),
            row.title,
            row.year,
            row.creators,
            None if row.half_stars is None else row.half_stars / 2,
            export.time_text(row.rated_at),
            row.shelf,
            export.time_text(row.shelved_at),
            row.review,
            row.outcome,
        ),
        has_item=False,
    )
)
