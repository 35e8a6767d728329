"""The list that a page of another site shows, and the script that shows it.

Nobody is asked for: no session is read, no cookie set, and what is listed is what a visitor gets
who has done nothing yet, or who had just the items that the page names.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Item
from catalog.serializers import ItemCardSerializer
from catalog.tokens.scopes import ANY, Services, allow
from recommendations.api_asked import MOST_ITEMS, for_items
from recommendations.api_surfaces import needs_item
from recommendations.ladder import Pick
from recommendations.placements.defaults import NEEDS_ITEM, Placed
from recommendations.placements.settings import Source
from recommendations.sent_events import MAX_KEY
from recommendations.surfaces import lists
from recommendations.surfaces.ask import Ask
from recommendations.visit import Visit
from recommendations.widget_origins import is_allowed

MOST_CARDS, USUAL_CARDS = 24, 8
FRESH, SCRIPT_FRESH = 300, 3600
FOR_ITEMS = "for-items"
"""What goes with the items that the page names, beside the site's own surfaces."""
FOR_ALL = frozenset({Source.POPULAR, Source.NEW, Source.WORTHY, *NEEDS_ITEM})
"""Sources that ask for no reader."""


class WidgetQuery(serializers.Serializer[dict[str, Any]]):
    limit = serializers.IntegerField(min_value=1, max_value=MOST_CARDS, default=USUAL_CARDS)
    item = serializers.CharField(
        max_length=MAX_KEY,
        required=False,
        help_text="The key of the item that the list is about, for surfaces that need one.",
    )
    items = serializers.CharField(
        required=False,
        help_text=f"Keys with commas between them, {MOST_ITEMS} at most: for `{FOR_ITEMS}`.",
    )

    def validate_items(self, text: str) -> list[str]:
        keys = [key for key in map(str.strip, text.split(",")) if key]
        if not 1 <= len(keys) <= MOST_ITEMS or any(len(key) > MAX_KEY for key in keys):
            words = _("Name 1 to %(most)d keys of items, with commas between them.")
            raise serializers.ValidationError(words % {"most": MOST_ITEMS})
        return keys


class CardSerializer(serializers.Serializer[Pick]):
    """As much of a pick as a card of the widget needs."""

    key = serializers.CharField(source="item.key")
    title = serializers.CharField(source="item.title")
    year = serializers.IntegerField(source="item.year", allow_null=True)
    creators = serializers.CharField(source="item.creator_line")
    url = serializers.SerializerMethodField()
    cover = serializers.SerializerMethodField()
    reason = serializers.CharField(source="reason.text")

    def get_url(self, pick: Pick) -> str:
        return self._card.get_url(pick.item)

    def get_cover(self, pick: Pick) -> str:
        return self._card.get_cover(pick.item)

    @property
    def _card(self) -> ItemCardSerializer:
        return ItemCardSerializer(context=self.context)


class WidgetSerializer(serializers.Serializer[dict[str, Any]]):
    """A list for another site's page."""

    title = serializers.CharField(help_text="What the list is called.")
    site = serializers.CharField(help_text="The name of this site.")
    url = serializers.CharField(help_text="Where this site is.")
    language = serializers.CharField()
    direction = serializers.ChoiceField(choices=["ltr", "rtl"])
    results = CardSerializer(many=True)


class WidgetView(APIView):
    access = allow(GET=ANY, services=Services.BOTH)
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="widget",
        summary="A list for the widget on another site",
        description=(
            "What `widget.js` shows: the list of a surface as a visitor gets it who has done "
            f"nothing yet, or, as `{FOR_ITEMS}`, what goes with the items named. Pages of origins "
            "that are not allowed get 403."
        ),
        parameters=[WidgetQuery],
        responses={
            200: WidgetSerializer,
            400: OpenApiTypes.OBJECT,
            403: OpenApiTypes.OBJECT,
            404: OpenApiTypes.OBJECT,
        },
        tags=["recommendations"],
    )
    def get(self, request: Request, name: str) -> Response:
        origin = request.headers.get("Origin", "")
        if origin and not is_allowed(origin):
            words = _("Pages of %(origin)s may not show this: its site has to allow them first.")
            raise PermissionDenied(words % {"origin": origin})
        asked = WidgetQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        title, picks = _listed(name, **asked.validated_data)
        told = {
            "title": title,
            "site": settings.SITE_NAME,
            "url": request.build_absolute_uri(reverse("catalog:home")),
            "language": get_language(),
            "direction": "rtl" if get_language_bidi() else "ltr",
            "results": picks,
        }
        response = Response(WidgetSerializer(told, context={"request": request}).data)
        patch_cache_control(response, public=True, max_age=FRESH)
        patch_vary_headers(response, ["Accept-Language", "Origin"])
        return response


def _listed(
    name: str, *, limit: int, item: str | None = None, items: list[str] | None = None
) -> tuple[str, list[Pick]]:
    if name == FOR_ITEMS:
        if not items:
            raise serializers.ValidationError(
                {"items": [_("Say for which items: their keys, with commas between them.")]}
            )
        found = for_items(items=[{"key": key} for key in items], limit=limit)
        return _("You may like"), found.items
    visit = Visit(None)
    neutral = {one: placed for one, placed in visit.placements.items() if _is_for_all(placed)}
    placed = neutral.get(name)
    if placed is None:
        words = _("%(name)s is no list for everybody. Take one of: %(names)s.")
        raise NotFound(words % {"name": name, "names": ", ".join([*neutral, FOR_ITEMS])})
    about = None
    if set(placed.settings.shares) & NEEDS_ITEM:
        if item:
            about = get_object_or_404(Item.objects.listed().cards(), key=item)
        elif needs_item(placed):
            words = _("This list is about one item: say which one by its key.")
            raise serializers.ValidationError({"item": [words]})
    made = lists.make_one(Ask(visit, placed.settings, limit, about))
    return lists.title(placed.settings, made), made.picks.items


def _is_for_all(placed: Placed) -> bool:
    return placed.is_at("api") and set(placed.settings.shares) <= FOR_ALL


@cache
def _script() -> tuple[bytes, str]:
    """The script, and a name for this version of it."""
    code = Path(__file__).with_name("widget.js").read_bytes()
    return code, f'"{sha256(code).hexdigest()[:16]}"'


@require_safe
@condition(etag_func=lambda request: _script()[1])
def script(request: HttpRequest) -> HttpResponse:
    """`/widget.js`: for any page; what it may ask for is decided by the list's own address."""
    response = HttpResponse(_script()[0], content_type="text/javascript; charset=utf-8")
    patch_cache_control(response, public=True, max_age=SCRIPT_FRESH)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"  # so that its integrity may be checked
    return response
