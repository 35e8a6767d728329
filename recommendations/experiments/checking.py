"""What is wrong with an experiment or an arm, by field, each with its cure. Pure, but for reading
the arms of an experiment that is to start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from recommendations.placements import settings as placements

if TYPE_CHECKING:
    from recommendations.experiments.model import Arm, Experiment

CHANGEABLE = (
    *("diversity", "exploration", "fallback", "only_attributes", "rotation", "size", "sources"),
)
"""The settings that lists follow, but for titles and switches: whoever sees no list does not count
in its arm, so that an arm that is switched off could not be compared."""
ASK_NO_MODEL = ("popular", "new", "carry-on", "like-taste")
"""Surfaces whose lists are the same whatever the model."""


def problems_of_experiment(experiment: Experiment) -> dict[str, str]:
    """Empty where it makes sense."""
    if experiment.design == "interleaved" and experiment.surface != "for-you":
        return {"design": _("Only For you can be interleaved; choose A/B for this surface.")}
    if experiment.design == "interleaved" and experiment.per == "seen":
        return {
            "per": _("An interleaved list is judged person by person: choose “for each person”.")
        }
    return {}


def problems_of_arm(arm: Arm) -> dict[str, str]:
    surface = arm.experiment.surface
    said = _changes(arm.changes, surface)
    if arm.place == 0 and (arm.changes or arm.run_id):
        said = _("The first arm is how lists are made already: leave its changes empty.")
    if said:
        return {"changes": said}
    if arm.run_id and surface in ASK_NO_MODEL:
        return {"run": _("These lists ask no model; leave this empty.")}
    if arm.run_id and arm.run is not None and not arm.run.artifact:
        return {"run": _("The model of this run is not kept any more; choose a newer one.")}
    return {}


def problems_of_arms(arms: Sequence[Arm], *, is_interleaved: bool) -> str:
    """What is wrong with all of them together; "" where nothing is."""
    if is_interleaved and len(arms) != 2:
        return _("Interleaving compares two arms: this experiment has %(count)d.") % {
            "count": len(arms)
        }
    if not 2 <= len(arms) <= 4:
        return _("An experiment has two to four arms: this one has %(count)d.") % {
            "count": len(arms)
        }
    said = [(repr(arm.changes), arm.run_id) for arm in arms]
    if any(one in said[:at] for at, one in enumerate(said)):
        return _("Two arms are the same: give each of them, but the first, a change of its own.")
    return ""


def _changes(changes: Any, surface: str) -> str:
    if not isinstance(changes, dict):
        return _('Write settings with their values, such as {"diversity": 0.4}.')
    for name in changes:
        if name not in CHANGEABLE:
            words = _("There is no setting %(name)s to be tried; there are: %(known)s.")
            return words % {"name": repr(name), "known": ", ".join(CHANGEABLE)}
    for name, sort in (("sources", dict), ("only_attributes", list)):
        if not isinstance(changes.get(name, sort()), sort):
            return _("%(name)s has another form: write it as on the surface's own page.") % {
                "name": name
            }
    return " ".join(placements.problems(name=surface, **changes).values())
