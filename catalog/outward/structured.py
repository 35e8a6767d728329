"""What an item is, in schema.org's words, for search engines: JSON-LD that a page carries.

Ratings are told only where people gave them: an item without any has none, and a site whose
readers are simulated says nothing about theirs.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from catalog.models import Item
from catalog.search import LINE_SEPARATOR

TYPES = {
    "album": "MusicAlbum", "article": "Article", "book": "Book", "course": "Course",
    "episode": "Episode", "film": "Movie", "game": "VideoGame", "movie": "Movie",
    "podcast": "PodcastSeries", "product": "Product", "recipe": "Recipe", "series": "TVSeries",
    "show": "TVSeries", "song": "MusicRecording", "track": "MusicRecording",
}  # fmt: skip
MAKERS = {
    "Movie": "director", "TVSeries": "creator", "MusicAlbum": "byArtist",
    "MusicRecording": "byArtist", "Product": "brand", "Course": "provider",
}  # fmt: skip
"""What schema.org calls who made it; "author" for all the rest."""
UNSAFE = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&\u2028\u2029"}
"""No text may end the script element that the data stand in."""


def schema_type() -> str:
    """The setting, or what ITEM_NOUN stands for, or the most general."""
    said: str = settings.ITEM_SCHEMA_TYPE
    return said or TYPES.get(settings.ITEM_NOUN.casefold(), "CreativeWork")


def of_item(item: Item, request: HttpRequest, *, image: str, ratings_are_real: bool) -> str:
    """An item as JSON-LD, safe to stand in a script element."""
    kind = schema_type()
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": item.title,
        "url": request.build_absolute_uri(item.get_absolute_url()),
        "image": image,
    }
    if item.description:
        told["description"] = item.description
    if item.year is not None and 0 < item.year <= 9999:
        told["datePublished"] = f"{item.year:04d}"
    if item.genre_line:
        told["genre"] = item.genre_line.split(LINE_SEPARATOR)
    if item.creator_line:
        names = item.creator_line.split(LINE_SEPARATOR)
        told[MAKERS.get(kind, "author")] = [{"@type": "Person", "name": name} for name in names]
    if ratings_are_real and item.mean_stars is not None:
        told["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(item.mean_stars, 2),
            "ratingCount": item.rating_count,
            "bestRating": 5,
            "worstRating": 0.5,
        }
    return _safe(told)


def of_site(request: HttpRequest) -> str:
    """The site and how it is searched."""
    home = request.build_absolute_uri(reverse("catalog:home"))
    browse = request.build_absolute_uri(reverse("catalog:browse"))
    search = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{browse}?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    return _safe(
        {
            "@context": "https://schema.org",
            "@type": "WebSite",
            "name": settings.SITE_NAME,
            "url": home,
            "potentialAction": search,
        }
    )


def _safe(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False).translate(UNSAFE)
