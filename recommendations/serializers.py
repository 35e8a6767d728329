"""Recommendations as the API shows them, and what may be asked of it and set."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError as FieldError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.filters import pairs_of
from catalog.models import User
from catalog.serializers import ItemCardSerializer, cards
from catalog.strict import StrictSerializer
from recommendations.ladder import Pick, Picks, Rung
from recommendations.models import ModelRun
from recommendations.scrolling import MOST_CURSOR
from recommendations.steered import MOST_ATTRIBUTES
from recommendations.steering import unknown_attributes

MOST_RESULTS = 100
MOST_EXCLUDED = 500
PICKED = ["id", "title", "year", "creators", "url", "cover"]
EXCLUDED = r"^ *([0-9]{1,18} *)?(, *([0-9]{1,18} *)?)*$"


class LimitQuery(StrictSerializer):
    """How long a list may get."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_RESULTS, default=20, help_text="How many results at most."
    )


@extend_schema_field({"type": "string", "pattern": EXCLUDED})
class ExcludeField(serializers.CharField):
    """Ids with commas between them."""


class CursorField(serializers.CharField):
    def __init__(self, **more: Any) -> None:
        words = "`next` of the page before, to go on without repeats; leave it out for the first."
        super().__init__(
            help_text=words, max_length=MOST_CURSOR, default="", allow_blank=True, **more
        )


class ForYouQuery(LimitQuery):
    cursor = CursorField()
    exclude = ExcludeField(
        default="",
        allow_blank=True,
        help_text="Ids of items to leave out, such as those shown already: `exclude=4,8,15`.",
    )

    include_seen = serializers.BooleanField(
        default=False,
        help_text="Whether what you rated, are at or have done may be shown; what you dismissed "
        "is not.",
    )
    genre = serializers.CharField(
        default="", allow_blank=True, max_length=200, help_text="Only items of this genre."
    )
    attribute = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=1000,
        help_text="Only items with all of these: `kind:name`, several separated by `|`.",
    )
    year_min = serializers.IntegerField(required=False, min_value=-9999, max_value=9999)
    year_max = serializers.IntegerField(required=False, min_value=-9999, max_value=9999)

    def validate_attribute(self, text: str) -> str:
        try:
            if text:
                pairs_of(text)
        except FieldError as error:
            raise serializers.ValidationError(error.messages) from None
        return text

    def validate_exclude(self, text: str) -> list[int]:
        return item_ids(text, most=MOST_EXCLUDED)


def item_ids(text: str, *, most: int) -> list[int]:
    """The ids in a text with commas between them."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if len(words) > most:
        said = _("These are %(many)d ids; send at most %(most)d.")
        raise serializers.ValidationError(said % {"many": len(words), "most": most})
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) < 19):
            said = _("“%(word)s” is no item id; give whole numbers with commas between them.")
            raise serializers.ValidationError(said % {"word": word[:40]})
    return [int(word) for word in words]


class PickedItemSerializer(ItemCardSerializer):
    """As much of an item as a card needs."""

    class Meta(ItemCardSerializer.Meta):
        fields = PICKED
        read_only_fields = fields


class ReasonSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="Why the item is here, for people to read.")
    items = serializers.ListField(
        child=serializers.IntegerField(),
        source="item_ids",
        help_text="Ids of the items that the reason names.",
    )


class PickSerializer(serializers.Serializer[Pick]):
    item = PickedItemSerializer()
    score = serializers.FloatField(
        help_text="The higher, the better, within one rung; a steered list has another order."
    )
    rung = serializers.ChoiceField(choices=Rung.choices, help_text="What this result comes from.")
    reason = ReasonSerializer()
    token = serializers.SerializerMethodField(
        help_text="To report with impressions/ that it was seen or clicked; null where nothing is "
        "measured: of nobody, and of whoever is private or paused."
    )

    def get_token(self, pick: Pick) -> str | None:
        tokens: Mapping[int, str] = self.context.get("tokens", {})
        return tokens.get(pick.item.pk)


class PicksSerializer(serializers.Serializer[Picks]):
    """A list, best first, and what it is made from."""

    rung = serializers.ChoiceField(
        choices=Rung.choices, help_text="The best of its results' rungs; `empty` without any."
    )
    model = serializers.CharField(
        source="model_label",
        allow_null=True,
        help_text="The model that was asked; null where the list owes nothing to one.",
    )
    explanation = serializers.SerializerMethodField(
        help_text="What the list is made from, and how its person steers it, in words."
    )
    next = serializers.SerializerMethodField(
        help_text="Send it as `cursor` for the picks that follow; null where none do."
    )
    results = PickSerializer(source="items", many=True)

    def to_representation(self, picks: Picks) -> dict[str, Any]:
        """What the fields say, written out: asking each of them takes several times as long."""
        written, tokens = cards(self.context, PICKED), self.context.get("tokens", {})
        return {
            "rung": picks.rung.value,
            "model": picks.model_label,
            "explanation": self.get_explanation(picks),
            "next": self.get_next(picks),
            "results": [
                {
                    "item": written(pick.item),
                    "score": float(pick.score),
                    "rung": pick.rung.value,
                    "reason": {
                        "text": str(pick.reason.text),
                        "items": [*pick.reason.item_ids],
                    },
                    "token": tokens.get(pick.item.pk),
                }
                for pick in picks.items
            ],
        }

    def get_next(self, picks: Picks) -> str | None:
        cursor: str | None = self.context.get("next")
        return cursor

    def get_explanation(self, picks: Picks) -> str:
        return " · ".join(filter(None, (picks.explanation, picks.steered)))


class _Dial(serializers.FloatField):
    """A number that is one: comparing lets NaN through."""

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
        if not isfinite(value):
            self.fail("invalid")
        return value


class TasteSerializer(StrictSerializer):
    """How somebody steers their own *For you*; what is left out of a PUT is at the middle."""

    adventurous = _Dial(
        min_value=-1, max_value=1, default=0.0, help_text="-1 familiar, 1 adventurous."
    )
    niche = _Dial(min_value=-1, max_value=1, default=0.0, help_text="-1 popular, 1 niche.")
    old = _Dial(min_value=-1, max_value=1, default=0.0, help_text="-1 new, 1 old.")
    diversity = _Dial(min_value=0, max_value=1, default=0.0, help_text="0 focused, 1 varied.")
    attributes = serializers.DictField(
        child=_Dial(min_value=-1, max_value=1),
        default=dict,
        help_text='Less (-1) or more (1) of something, by "KIND:NAME": `{"genres:Comedy": 0.5}`.',
    )

    def validate_attributes(self, asked: dict[str, float]) -> dict[str, float]:
        if len(asked) > MOST_ATTRIBUTES:
            raise serializers.ValidationError(
                f"These are {len(asked)} attributes; at most {MOST_ATTRIBUTES} can be asked for."
            )
        if unknown := unknown_attributes(list(asked)):
            raise serializers.ValidationError(
                f"No item has {unknown[0][:80]!r}; name attributes as KIND:NAME."
            )
        return asked


class NewRunSerializer(StrictSerializer):
    """A wish for a training."""

    full = serializers.BooleanField(
        default=False, help_text="A full training, even where a warm start would do."
    )


class ModelRunSerializer(serializers.ModelSerializer[ModelRun]):
    """One training, from the wish for it to its verdict."""

    url = serializers.HyperlinkedIdentityField(view_name="api-model-run", lookup_field="pk")
    requested_by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(
        slug_field="username",
        read_only=True,
        allow_null=True,
        help_text="Who asked for it; null where it began by itself.",
    )
    model = serializers.CharField(
        source="label", read_only=True, help_text="What it published; empty where nothing."
    )

    class Meta:
        model = ModelRun
        fields: tuple[str, ...] = (
            *("id", "url", "status", "trigger", "mode", "attempt", "requested_by", "created_at"),
            *("started_at", "finished_at", "stage", "progress", "progress_note", "event_count"),
            *("item_count", "person_count", "cut_off", "model", "is_live", "live_from"),
            *("live_until", "verdict", "error"),
        )
        read_only_fields: tuple[str, ...] = fields


class ModelRunDetailSerializer(ModelRunSerializer):
    """A training with its figures and its log."""

    class Meta(ModelRunSerializer.Meta):
        fields = (*ModelRunSerializer.Meta.fields, "figures", "log")
        read_only_fields = fields


class AskedRunSerializer(ModelRunSerializer):
    """A training that was just asked for."""

    detail = serializers.SerializerMethodField(help_text="What happens next, in a sentence.")

    class Meta(ModelRunSerializer.Meta):
        fields = (*ModelRunSerializer.Meta.fields, "detail")
        read_only_fields = fields

    def get_detail(self, run: ModelRun) -> str:
        return str(self.context["detail"])
