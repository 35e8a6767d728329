"""Bodies of the API mean what their types say: "3" is no number, and 1 is not yes.

Django REST framework reads forms and JSON alike, so it takes words for numbers. What comes as JSON
has types, and a wrong one is a mistake of whoever sent it. Questions in addresses stay words; there
a name that nobody knows is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

EVERYWHERE = ("fields", "format")
KINDS: tuple[tuple[type[Any], tuple[type, ...], Any], ...] = (
    (serializers.BooleanField, (bool,), gettext_lazy("true or false")),
    (serializers.IntegerField, (int,), gettext_lazy("a whole number")),
    (serializers.FloatField, (int, float), gettext_lazy("a number")),
    (serializers.DecimalField, (int, float), gettext_lazy("a number")),
    (serializers.CharField, (str,), gettext_lazy("text")),
    (serializers.PrimaryKeyRelatedField, (int,), gettext_lazy("a whole number")),
)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses values of another type than its fields have."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, QueryDict):
            check_names(data, self.fields)
        elif isinstance(data, dict):
            wrong = {
                name: problem
                for name, field in self.fields.items()
                if name in data and not field.read_only
                if (problem := _problem(field, data[name]))
            }
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


def check_names(asked: Iterable[str], known: Iterable[str]) -> None:
    """Refuses a question with names that its address does not know: misspelled, or gone."""
    there = [*known, *(name for name in EVERYWHERE if name not in known)]
    words = _("This address does not know “%(name)s”; it knows %(known)s.")
    wrong = {
        name[:40]: [words % {"name": name[:40], "known": ", ".join(there)}]
        for name in asked
        if name not in there
    }
    if wrong:
        raise serializers.ValidationError(wrong)


def _problem(field: Any, value: Any) -> Any:
    """What is wrong with a value; in a list or an object, by its places. None: nothing."""
    if value is None:
        return None
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return _inside(field.child, enumerate(value))
    if isinstance(field, serializers.DictField) and isinstance(value, dict):
        return _inside(field.child, value.items())
    for kind, types, name in KINDS:
        if isinstance(field, kind):
            fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
            return None if fits else [_("This has to be %(what)s.") % {"what": name}]
    return None


def _inside(child: Any, values: Any) -> Any:
    wrong = {place: problem for place, one in values if (problem := _problem(child, one))}
    return wrong or None
