"""Why an item is shown, in words that are true.

`selectors` hands over what was computed: the event that moved an item's score, the attributes
that two items share, the rung that a top-up comes from. Here it becomes a sentence. Nothing here
decides what is shown, and nothing asks the database.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from recommendations.ladder import Reason, Rung


def for_rung(rung: Rung) -> Reason:
    """Why a top-up is shown: the rung's name is the whole truth."""
    return Reason(str(rung.label).lower())


def explain_rung(rung: Rung) -> str:
    """The small print of a list that owes nothing to the person."""
    match rung:
        case Rung.POPULAR:
            return _("Popular here. Rate a few and this becomes yours.")
        case Rung.NEWEST:
            return _("New here. Rate a few and this becomes yours.")
        case _other:
            return ""
