"""What the API shows and takes. Only what is named here can be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as FieldError
from django.db import IntegrityError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from catalog import curation
from catalog.choosing import CHOSEN, ChosenFields
from catalog.covers import drawn_address
from catalog.models import MAX_HALF_STARS, Item, ItemView, Rating, ShelfEntry
from catalog.strict import StrictSerializer
from catalog.templatetags.catalog_tags import picture_address

MOST_KINDS, MOST_NAMES = 20, 100
NAMES = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
HALVES = {"type": "number", "minimum": 0.5, "maximum": MAX_HALF_STARS / 2, "multipleOf": 0.5}
IDS = {"type": "object", "additionalProperties": {"type": "string"}}


class ItemCardSerializer(ChosenFields, serializers.ModelSerializer[Item]):
    """An item as a list shows it."""

    creators = serializers.CharField(source="creator_line", read_only=True)
    genres = serializers.CharField(source="genre_line", read_only=True)
    mean_stars = serializers.FloatField(read_only=True, allow_null=True)
    url = serializers.SerializerMethodField()
    cover = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = [
            "id",
            "key",
            "title",
            "year",
            "creators",
            "genres",
            "mean_stars",
            "rating_count",
            "view_count",
            "added_at",
            "url",
            "cover",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, item: Item) -> str:
        return self._absolute(item.get_absolute_url())

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_cover(self, item: Item) -> str:
        return self._absolute(picture_address(item) or drawn_address(item))

    def _absolute(self, address: str) -> str:
        return str(self.context["request"].build_absolute_uri(address))


def cards(context: Mapping[str, Any], names: Sequence[str]) -> Callable[[Item], dict[str, Any]]:
    """Writes items out as `ItemCardSerializer` with these fields would, those chosen among them."""
    request, chosen = context["request"], context.get(CHOSEN)
    root = request.build_absolute_uri("/").removesuffix("/")

    def absolute(address: str) -> str:
        if address.startswith("/") and not address.startswith("//"):
            return f"{root}{address}"
        return str(request.build_absolute_uri(address))

    def picture(item: Item) -> str:
        return absolute(picture_address(item) or drawn_address(item))

    write: dict[str, Callable[[Item], Any]] = {
        "id": lambda item: item.pk,
        "key": lambda item: item.key,
        "title": lambda item: item.title,
        "year": lambda item: item.year,
        "creators": lambda item: item.creator_line,
        "genres": lambda item: item.genre_line,
        "url": lambda item: absolute(item.get_absolute_url()),
        "cover": picture,
    }
    wanted = [(name, write[name]) for name in names if chosen is None or name in chosen]
    return lambda item: {name: value(item) for name, value in wanted}


class ItemSerializer(ItemCardSerializer):
    """An item, whole. Attributes go by kind, outside ids by source."""

    attributes = serializers.SerializerMethodField()
    outside_ids = serializers.SerializerMethodField()

    class Meta(ItemCardSerializer.Meta):
        fields = [
            *ItemCardSerializer.Meta.fields,
            "description",
            "attributes",
            "outside_ids",
            "is_listed",
        ]
        read_only_fields = fields

    @extend_schema_field(NAMES)
    def get_attributes(self, item: Item) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for link in item.item_attributes.all():
            names.setdefault(link.attribute.kind, []).append(link.attribute.name)
        return names

    @extend_schema_field(IDS)
    def get_outside_ids(self, item: Item) -> dict[str, str]:
        return {outside.source: outside.value for outside in item.outside_ids.all()}


class ItemWriteSerializer(StrictSerializer, serializers.ModelSerializer[Item]):
    """What staff may say about an item. Attributes are replaced kind by kind."""

    key = serializers.CharField(
        max_length=200, required=False, validators=[UniqueValidator(Item.objects.all())]
    )
    year = serializers.IntegerField(
        min_value=-9999, max_value=9999, required=False, allow_null=True
    )
    attributes = serializers.DictField(
        child=serializers.ListField(
            child=serializers.CharField(max_length=200), max_length=MOST_NAMES
        ),
        required=False,
    )
    outside_ids = serializers.DictField(
        child=serializers.CharField(max_length=200, allow_blank=True), required=False
    )

    class Meta:
        model = Item
        fields = [
            "key",
            "title",
            "year",
            "description",
            "cover_url",
            "is_listed",
            "added_at",
            "attributes",
            "outside_ids",
        ]
        extra_kwargs = {"description": {"max_length": 100_000}}

    def validate_attributes(self, value: dict[str, list[str]]) -> dict[str, list[str]]:
        check_words(curation.check_kind, value)
        check_words(curation.check_name, (name for names in value.values() for name in names))
        return _few(value)

    def validate_outside_ids(self, value: dict[str, str]) -> dict[str, str]:
        check_words(curation.check_kind, value)
        return _few(value)

    def create(self, validated_data: dict[str, Any]) -> Item:
        return self._save(Item(), validated_data)

    def update(self, instance: Item, validated_data: dict[str, Any]) -> Item:
        if self.partial:
            return self._save(instance, validated_data)
        return self._save(instance, _whole(instance, validated_data))

    def _save(self, item: Item, said: dict[str, Any]) -> Item:
        attributes, outside = said.pop("attributes", None), said.pop("outside_ids", None)
        try:
            return curation.save_item(item, fields=said, attributes=attributes, outside_ids=outside)
        except IntegrityError:
            raise serializers.ValidationError(
                {"key": ["Somebody has just made an item with this key."]}
            ) from None


def _whole(item: Item, said: dict[str, Any]) -> dict[str, Any]:
    """What replaces an item: what is not named is as of a new one, save its key and its time."""
    kinds = item.attributes.values_list("kind", flat=True)
    sources = item.outside_ids.values_list("source", flat=True)
    blank: dict[str, Any] = {"year": None, "description": "", "cover_url": "", "is_listed": True}
    whole = blank | said
    whole["attributes"] = {kind: [] for kind in kinds} | said.get("attributes", {})
    whole["outside_ids"] = dict.fromkeys(sources, "") | said.get("outside_ids", {})
    return whole


def check_words(rule: Callable[[str], None], words: Iterable[str]) -> None:
    try:
        for word in words:
            rule(word)
    except FieldError as error:
        raise serializers.ValidationError(error.messages) from None


def _few(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > MOST_KINDS:
        raise serializers.ValidationError(f"These are {len(value)} names; at most {MOST_KINDS}.")
    return value


class OwnItemField(serializers.PrimaryKeyRelatedField[Item]):
    """The id of an item that is shown on the site."""

    def __init__(self, **kwargs: Any) -> None:
        number = serializers.IntegerField(min_value=1)  # the plain field lets infinity through
        super().__init__(queryset=Item.objects.listed().cards(), pk_field=number, **kwargs)


class RatingSerializer(serializers.ModelSerializer[Rating]):
    """One of your ratings."""

    item = ItemCardSerializer(read_only=True)
    stars = serializers.FloatField(read_only=True)

    class Meta:
        model = Rating
        fields = ["item", "stars", "rated_at", "is_private"]
        read_only_fields = fields


@extend_schema_field(HALVES)
class StarsField(serializers.DecimalField):
    """Stars in halves."""


class StarsSerializer(StrictSerializer):
    stars = StarsField(
        max_digits=2,
        decimal_places=1,
        min_value=Decimal("0.5"),
        max_value=Decimal(MAX_HALF_STARS) / 2,
        coerce_to_string=False,
        help_text="From 0.5 to 5, in steps of a half.",
    )


class NewRatingSerializer(StarsSerializer):
    item = OwnItemField()


class ViewSerializer(serializers.ModelSerializer[ItemView]):
    """A look that you took at an item."""

    item = ItemCardSerializer(read_only=True)

    class Meta:
        model = ItemView
        fields = ["item", "viewed_at"]
        read_only_fields = fields


class NewViewSerializer(StrictSerializer):
    item = OwnItemField()


class RecordedSerializer(serializers.Serializer[dict[str, Any]]):
    recorded = serializers.BooleanField(
        help_text="False within 30 minutes of the last look, and while you have paused views."
    )


class ShelfEntrySerializer(serializers.ModelSerializer[ShelfEntry]):
    """An item on one of your shelves."""

    item = ItemCardSerializer(read_only=True)

    class Meta:
        model = ShelfEntry
        fields = ["item", "shelf", "shelved_at", "is_private"]
        read_only_fields = fields


class ShelfSerializer(StrictSerializer):
    shelf = serializers.ChoiceField(choices=ShelfEntry.Shelf.choices)


class NewShelfEntrySerializer(ShelfSerializer):
    item = OwnItemField()
