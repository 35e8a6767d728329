"""Lists, reviews and public pages as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Person, Rating, ShelfEntry
from catalog.own.models import (
    MAX_DESCRIPTION,
    MAX_NOTE,
    MAX_REVIEW,
    MAX_TITLE,
    List,
    ListEntry,
    Review,
    shown_name,
)
from catalog.own.text import without_spoilers
from catalog.own.writing import MAX_ENTRIES
from catalog.serializers import HALVES, ItemCardSerializer, OwnItemField
from catalog.strict import StrictSerializer


class MakerSerializer(serializers.Serializer[Person]):
    """Who made it, under the name that they chose."""

    name = serializers.SerializerMethodField()
    profile = serializers.SerializerMethodField(
        help_text="The id of their public page, for profiles/; null where they have none."
    )

    def get_name(self, person: Person) -> str:
        return shown_name(person)

    def get_profile(self, person: Person) -> int | None:
        return person.pk if person.is_public else None


class Addressed(serializers.Serializer[Any]):
    """With the address of its page."""

    url = serializers.SerializerMethodField(help_text="Its page on the site.")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, row: Any) -> str:
        return str(self.context["request"].build_absolute_uri(row.get_absolute_url()))


class ListSerializer(Addressed, serializers.ModelSerializer[List]):
    """A list that somebody put together."""

    size = serializers.IntegerField(read_only=True, help_text="How many items are shown on it.")
    maker = MakerSerializer(source="person", read_only=True)

    class Meta:
        model = List
        fields = (
            *("id", "title", "description", "is_ranked", "size", "made_at", "changed_at"),
            *("url", "maker"),
        )
        read_only_fields = fields


class OwnListSerializer(Addressed, serializers.ModelSerializer[List]):
    """One of your lists."""

    size = serializers.IntegerField(read_only=True, help_text="How many items are shown on it.")

    class Meta:
        model = List
        fields = (
            *("id", "title", "description", "is_ranked", "is_public", "is_hidden", "size"),
            *("made_at", "changed_at", "url"),
        )
        read_only_fields = fields


class ListWordsSerializer(StrictSerializer):
    """What you say about a list."""

    title = serializers.CharField(max_length=MAX_TITLE)
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION, allow_blank=True, required=False
    )
    is_ranked = serializers.BooleanField(required=False, help_text="Whether places are numbered.")
    is_public = serializers.BooleanField(
        required=False, help_text="Whether everybody may see it; members only, off at first."
    )


class EntrySerializer(serializers.ModelSerializer[ListEntry]):
    """An item on a list, and what is said of it there."""

    item = ItemCardSerializer(read_only=True)

    class Meta:
        model = ListEntry
        fields = ("item", "position", "note", "added_at")
        read_only_fields = fields


class EntryWordsSerializer(StrictSerializer):
    """Where an item stands on a list, and what you say of it there."""

    note = serializers.CharField(max_length=MAX_NOTE, allow_blank=True, required=False)
    position = serializers.IntegerField(
        min_value=1,
        max_value=MAX_ENTRIES,
        required=False,
        help_text="From 1; what is beyond the end is the end.",
    )


class NewEntrySerializer(EntryWordsSerializer):
    item = OwnItemField()


@extend_schema_field({**HALVES, "nullable": True})
class StarsOfAuthor(serializers.SerializerMethodField):
    """How the author rated the item."""


class ReviewSerializer(Addressed, serializers.ModelSerializer[Review]):
    """What somebody wrote about an item."""

    author = MakerSerializer(source="person", read_only=True)
    stars = StarsOfAuthor(help_text="How they rated it; null where they did not, or do not say.")
    text = serializers.CharField(
        read_only=True,
        help_text="As written; what stands between two pairs of upright strokes, ||like this||, "
        "gives the plot away.",
    )
    safe_text = serializers.SerializerMethodField(
        help_text="The same without what gives the plot away; empty where all of it does."
    )

    class Meta:
        model = Review
        fields = [
            *("id", "author", "stars", "text", "safe_text", "has_spoilers", "written_at"),
            *("edited_at", "url"),
        ]
        read_only_fields = fields

    def get_stars(self, review: Any) -> float | None:
        return None if review.half_stars is None else review.half_stars / 2

    def get_safe_text(self, review: Review) -> str:
        return "" if review.has_spoilers else without_spoilers(review.text)


class ReviewOfItemSerializer(ReviewSerializer):
    """The same, with the item that it is about."""

    item = ItemCardSerializer(read_only=True)

    class Meta(ReviewSerializer.Meta):
        fields = ["item", *ReviewSerializer.Meta.fields]
        read_only_fields = fields


class OwnReviewSerializer(ReviewSerializer):
    """What you wrote about an item."""

    item = ItemCardSerializer(read_only=True)

    class Meta(ReviewSerializer.Meta):
        fields = [
            *("id", "item", "stars", "text", "safe_text", "has_spoilers", "is_public"),
            *("is_hidden", "written_at", "edited_at", "url"),
        ]
        read_only_fields = fields

    author = None  # type: ignore[assignment]


class ReviewWordsSerializer(StrictSerializer):
    """What you say about an item."""

    text = serializers.CharField(max_length=MAX_REVIEW)
    has_spoilers = serializers.BooleanField(
        default=False, help_text="Whether all of it gives the plot away."
    )
    is_public = serializers.BooleanField(
        default=False, help_text="Whether everybody may see it; members only."
    )


class RatedSerializer(serializers.ModelSerializer[Rating]):
    """An item, and what its reader gave it."""

    item = ItemCardSerializer(read_only=True)
    stars = serializers.FloatField(read_only=True)

    class Meta:
        model = Rating
        fields = ("item", "stars", "rated_at")
        read_only_fields = fields


class ShelvedSerializer(serializers.ModelSerializer[ShelfEntry]):
    """An item, and the shelf on which its reader put it."""

    item = ItemCardSerializer(read_only=True)

    class Meta:
        model = ShelfEntry
        fields = ("item", "shelf", "shelved_at")
        read_only_fields = fields


class ProfileSerializer(serializers.Serializer[Any]):
    """Somebody's public page."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    best = RatedSerializer(many=True, help_text="Rated highest; empty where they do not show it.")
    shelved = ShelvedSerializer(
        many=True, help_text="Put on a shelf last; empty where they do not show it."
    )
    url = serializers.CharField(help_text="The page on the site.")


class OwnProfileSerializer(StrictSerializer):
    """How others see you."""

    name = serializers.CharField(
        allow_blank=True,
        max_length=MAX_TITLE,
        help_text="Under which your lists and reviews appear; empty: your user name.",
    )
    is_public = serializers.BooleanField(help_text="Whether you have a page that all can see.")
    shown_name = serializers.CharField(read_only=True, help_text="What others read.")
    profile = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The id of your public page; null without one."
    )
    url = serializers.CharField(
        read_only=True, allow_null=True, help_text="The page on the site; null without one."
    )
