"""What is kept of a person's imports, for the page *My privacy*."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog import kept
from catalog.arriving.models import Arrival

kept.keep(
    kept.Kind(
        "imports",
        _("Imports"),
        _("What you brought from elsewhere, so that it can be undone and matched later."),
        Arrival,
        kept.delete_rows(Arrival),
    )
)
