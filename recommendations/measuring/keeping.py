"""Whose the measured rows are: shown on *My privacy*, taken along, adopted, and gone with a switch.

Loaded when the site starts. Whoever pauses or becomes private has nothing measured any more, from
the same transaction on: their rows are deleted, and the daily counts of the last 30 days forget
them at the next counting.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy

from catalog import kept
from catalog.library import export
from catalog.models import Person
from catalog.signals import choices_made, visitor_adopted
from recommendations.measuring.track_record import forget_remembered
from recommendations.models import Impression, ShownPrediction


@receiver(choices_made, dispatch_uid="recommendations.stop_measuring")
def stop_measuring(sender: Any, *, person: Person, **_kwargs: Any) -> None:
    """Nothing stays of a person whose activity does not count."""
    if not person.is_counted:
        forget_impressions(person)
        forget_predictions(person)


@receiver(visitor_adopted, dispatch_uid="recommendations.adopt_measured")
def adopt_measured(sender: Any, *, visitor: Person, member: Person, **_kwargs: Any) -> None:
    """What the visitor saw, the member saw; nothing where the member is not measured."""
    if not member.is_counted:
        return
    mine = {
        (row.item_id, row.surface, row.hour)
        for row in Impression.objects.filter(person=member).only("item_id", "surface", "hour")
    }
    theirs = Impression.objects.filter(person=visitor).only("item_id", "surface", "hour")
    new = [row.pk for row in theirs if (row.item_id, row.surface, row.hour) not in mine]
    Impression.objects.filter(pk__in=new).update(person=member)
    known = ShownPrediction.objects.filter(person=member).values("item")
    visitor.shown_predictions.exclude(item__in=known).update(person=member)


def forget_impressions(person: Person) -> int:
    return kept.delete_rows(Impression)(person)


def forget_predictions(person: Person) -> int:
    forget_remembered(person)
    return kept.delete_rows(ShownPrediction)(person)


kept.keep(
    kept.Kind(
        "impressions",
        gettext_lazy("What you were shown"),
        gettext_lazy(
            "Which recommendations you saw and opened, to find out which ones are any good. After "
            "30 days they become a number for each day, which knows nobody."
        ),
        Impression,
        forget_impressions,
    )
)
kept.keep(
    kept.Kind(
        "predictions",
        gettext_lazy("Guesses about your ratings"),
        gettext_lazy(
            "What we said you would rate, to say how often that held. Kept for 30 days, and beside "
            "a rating as long as that."
        ),
        ShownPrediction,
        forget_predictions,
    )
)
export.also(
    export.Kind(
        "impressions",
        ("surface", "position", "times", "seen_at", "opened_at"),
        lambda person: person.impressions.all(),
        lambda row: (
            row.surface,
            row.position + 1,
            row.times,
            export.time_text(row.seen_at),
            export.time_text(row.opened_at),
        ),
    )
)
export.also(
    export.Kind(
        "predictions",
        ("predicted_stars", "low", "high", "shown_at"),
        lambda person: person.shown_predictions.all(),
        lambda row: (
            row.half_stars / 2,
            row.low / 2,
            row.high / 2,
            export.time_text(row.shown_at),
        ),
    )
)
