"""My taste as the API shows it: the figures of the page, rounded as there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.serializers import HALVES
from recommendations.my_taste import figures
from recommendations.my_taste.atlas import Atlas, Region
from recommendations.my_taste.figures import Creator, Group, Span, Streak
from recommendations.my_taste.own import Own
from recommendations.my_taste.summary import Known, Odd, Summary
from recommendations.my_taste.year import Favourite, Review
from recommendations.serializers import PickedItemSerializer

TOLD = "Null where too few people stand behind it."


class RoundedField(serializers.FloatField):
    """A mean in stars or a share in percent, as exact as on the page."""

    def __init__(self, digits: int, **more: Any) -> None:
        self.digits = digits
        super().__init__(**more)

    def to_representation(self, value: Any) -> Any:
        return round(float(value), self.digits)


@extend_schema_field(HALVES)
class StarsField(serializers.FloatField):
    """A rating in half stars."""


class StreakSerializer(serializers.Serializer[Streak]):
    """Days in a row on each of which you rated something."""

    days = serializers.IntegerField()
    until = serializers.SerializerMethodField(help_text="The last of them.")

    def get_until(self, streak: Streak) -> date:
        return date.fromordinal(streak.last)


class SpanSerializer(serializers.Serializer[Span]):
    start = serializers.DateField(help_text="Its first day.")
    months = serializers.IntegerField(help_text="1, or 12 where it is a year.")
    ratings = serializers.IntegerField(source="count")
    mean_stars = RoundedField(2, source="mean", allow_null=True)


class SpreadSerializer(serializers.Serializer[Any]):
    """How often you give so many stars."""

    stars = StarsField()
    percent = RoundedField(1)
    others_percent = RoundedField(1, allow_null=True, help_text=f"Everybody else's. {TOLD}")


class GroupedSerializer(serializers.Serializer[Group]):
    """Ratings of one genre or decade, beside everybody else's of its items."""

    name = serializers.CharField()
    ratings = serializers.IntegerField(source="count")
    mean_stars = RoundedField(1, source="mean")
    others_mean_stars = RoundedField(1, source="others", allow_null=True, help_text=TOLD)


class CreatorLikedSerializer(serializers.Serializer[Creator]):
    name = serializers.CharField()
    ratings = serializers.IntegerField(source="count")
    mean_stars = RoundedField(1, source="mean")


class OddSerializer(serializers.Serializer[Odd]):
    """An item that you rated unlike the others."""

    item = PickedItemSerializer()
    stars = StarsField(source="found.stars")
    others_mean_stars = RoundedField(1, source="found.others")
    people = serializers.IntegerField(source="found.people", help_text="So many others rated it.")


class MyTasteSerializer(serializers.Serializer[Own]):
    """What your ratings say; without any, zeros, nulls and empty lists."""

    ratings = serializers.SerializerMethodField()
    mean_stars = RoundedField(2, source="mean", allow_null=True)
    kinder_by = serializers.SerializerMethodField(
        help_text="Stars that you give more than others give the same items; negative: less. "
        + TOLD
    )
    days = serializers.SerializerMethodField(help_text="On so many you rated something.")
    since = serializers.SerializerMethodField(help_text="The day of your first rating.")
    streak = serializers.SerializerMethodField(help_text="The longest; the latest of several.")
    over_time = serializers.SerializerMethodField(
        help_text="By month, or by year where it is long, from the first to the last."
    )
    spread = serializers.SerializerMethodField(help_text="By stars, the fewest first.")
    genres = serializers.SerializerMethodField(help_text="Those with most ratings.")
    decades = serializers.SerializerMethodField(help_text="In order.")
    likes = serializers.SerializerMethodField(help_text="What others like less.")
    dislikes = serializers.SerializerMethodField(help_text="What others like more.")
    creators = serializers.SerializerMethodField(
        help_text="Favourites first; few ratings lean towards what you usually give."
    )
    years = serializers.ListField(
        child=serializers.IntegerField(), help_text="Years with a rating, the latest first."
    )

    @property
    def _said(self) -> Summary | None:
        said: Summary | None = self.context["summary"]
        return said

    def _all(self, form: type[Any], name: str) -> list[dict[str, Any]]:
        rows = [] if self._said is None else getattr(self._said, name)
        return [dict(form(row, context=self.context).data) for row in rows]

    def get_ratings(self, own: Own) -> int:
        return len(own)

    def get_kinder_by(self, own: Own) -> float | None:
        kindness = None if self._said is None else self._said.kindness
        return None if kindness is None else round(kindness, 2)

    def get_days(self, own: Own) -> int:
        return 0 if self._said is None else self._said.days

    def get_since(self, own: Own) -> date | None:
        return None if self._said is None else self._said.since

    @extend_schema_field(StreakSerializer(allow_null=True))
    def get_streak(self, own: Own) -> Any:
        streak = None if self._said is None else self._said.streak
        return None if streak is None else StreakSerializer(streak).data

    @extend_schema_field(SpanSerializer(many=True))
    def get_over_time(self, own: Own) -> Any:
        return [dict(SpanSerializer(span).data) for span in figures.over_time(own)]

    @extend_schema_field(SpreadSerializer(many=True))
    def get_spread(self, own: Own) -> Any:
        if self._said is None:
            return []
        found = figures.spread(own, self._said.others)
        theirs: Sequence[float | None] = found.others or [None] * len(found.own)
        rows = [
            {"stars": half / 2, "percent": mine, "others_percent": others}
            for half, (mine, others) in enumerate(zip(found.own, theirs, strict=True), start=1)
        ]
        return [dict(SpreadSerializer(row).data) for row in rows]

    @extend_schema_field(GroupedSerializer(many=True))
    def get_genres(self, own: Own) -> Any:
        return self._all(GroupedSerializer, "genres")

    @extend_schema_field(GroupedSerializer(many=True))
    def get_decades(self, own: Own) -> Any:
        return self._all(GroupedSerializer, "decades")

    @extend_schema_field(OddSerializer(many=True))
    def get_likes(self, own: Own) -> Any:
        return self._all(OddSerializer, "likes")

    @extend_schema_field(OddSerializer(many=True))
    def get_dislikes(self, own: Own) -> Any:
        return self._all(OddSerializer, "dislikes")

    @extend_schema_field(CreatorLikedSerializer(many=True))
    def get_creators(self, own: Own) -> Any:
        return self._all(CreatorLikedSerializer, "creators")


class FavouriteSerializer(serializers.Serializer[Favourite]):
    item = PickedItemSerializer()
    stars = serializers.SerializerMethodField()

    @extend_schema_field(HALVES)
    def get_stars(self, favourite: Favourite) -> float:
        return favourite.half_stars / 2


class YearSerializer(serializers.Serializer[Review]):
    """A year in review; without ratings, zeros, nulls and empty lists."""

    year = serializers.IntegerField()
    ratings = serializers.IntegerField(source="count")
    mean_stars = RoundedField(1, source="mean", allow_null=True)
    sentences = serializers.ListField(
        child=serializers.CharField(), help_text="The year in words, for people to read."
    )
    favourites = FavouriteSerializer(many=True)
    months = serializers.SerializerMethodField(help_text="All twelve.")
    genres = GroupedSerializer(many=True)

    @extend_schema_field(SpanSerializer(many=True))
    def get_months(self, review: Review) -> Any:
        spans = figures.by_month(review.own, review.year)
        return [dict(SpanSerializer(span).data) for span in spans]


class WellKnownSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()


class RegionSerializer(serializers.Serializer[Region]):
    """An area of the map."""

    number = serializers.IntegerField()
    name = serializers.CharField(help_text="In the language of the answer.")
    x = serializers.IntegerField(help_text="Of its middle.")
    y = serializers.IntegerField()
    items = serializers.IntegerField(source="size", help_text="So many lie there.")
    best_known = serializers.SerializerMethodField()

    @extend_schema_field(WellKnownSerializer(many=True))
    def get_best_known(self, region: Region) -> Any:
        return [{"id": pk, "title": title} for pk, title in region.best_known]


class LegendSerializer(serializers.Serializer[Any]):
    genre = serializers.CharField()
    hue = serializers.IntegerField(help_text="In degrees.")


class MapSerializer(serializers.Serializer[Atlas]):
    """The map of the catalogue: what the same people like lies close together."""

    version = serializers.CharField(help_text="Names its content: another map, another version.")
    places = serializers.SerializerMethodField(help_text="Where the places of its items are.")
    legend = serializers.SerializerMethodField(
        help_text="Genres with a colour of their own, as the places count them from 0."
    )
    regions = RegionSerializer(many=True, help_text="The largest first.")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_places(self, drawn: Atlas) -> str:
        address: str = self.context["places"]
        return address

    @extend_schema_field(LegendSerializer(many=True))
    def get_legend(self, drawn: Atlas) -> Any:
        return [{"genre": genre, "hue": hue} for genre, hue in drawn.legend]


class PlacesSerializer(serializers.Serializer[Any]):
    """All items on the map, by columns: what stands at one place in each is about one item."""

    ids = serializers.ListField(child=serializers.IntegerField())
    x = serializers.ListField(child=serializers.IntegerField(min_value=0, max_value=9999))
    y = serializers.ListField(child=serializers.IntegerField(min_value=0, max_value=9999))
    genre = serializers.ListField(
        child=serializers.IntegerField(), help_text="Its place in the legend; -1: none of these."
    )
    size = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=3),
        help_text="0 to 3, by how many people rated it.",
    )
    titles = serializers.ListField(child=serializers.CharField())


class KnownItemSerializer(WellKnownSerializer):
    stars = StarsField(allow_null=True, help_text="What you gave it; null: no rating.")


class KnownRegionSerializer(serializers.Serializer[Known]):
    """An area of the map, and how much of it you rated."""

    number = serializers.IntegerField(source="region.number")
    name = serializers.CharField(source="region.name")
    items = serializers.IntegerField(source="region.size")
    rated = serializers.IntegerField(help_text="So many of them you rated.")
    best_known = serializers.SerializerMethodField()

    @extend_schema_field(KnownItemSerializer(many=True))
    def get_best_known(self, known: Known) -> Any:
        return [
            {"id": pk, "title": title, "stars": None if half is None else half / 2}
            for pk, title, half in known.best_known
        ]


class OnMapSerializer(serializers.Serializer[Any]):
    """Where you are at home on the map; `ids` and `stars` by columns, the oldest rating first."""

    regions = KnownRegionSerializer(many=True, help_text="Empty while there is no map.")
    ids = serializers.ListField(child=serializers.IntegerField())
    stars = serializers.ListField(child=StarsField())
