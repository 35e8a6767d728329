"""What a program asks in a body: recommendations for some items, and predicted ratings.

The first needs no account: it is a visit like any other (`visit`), of nobody, whose past is the
items in the question. Nothing of it is kept. The second is about whoever asks, as item pages say it
(`verdicts`).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.people import current_person
from catalog.serializers import StarsSerializer
from catalog.services import BadEvent, half_stars_of
from catalog.strict import StrictSerializer
from catalog.tokens.authentication import TokenAuthentication
from catalog.tokens.scopes import READ, Services, allow
from catalog.told import find_items
from recommendations import reasons, selectors, verdicts
from recommendations.api import FIELDS, PicksView, Scrolled
from recommendations.dataset import PersonEvent, as_history
from recommendations.ladder import Picks
from recommendations.measuring import tokens
from recommendations.selectors import PERSONAL_RUNGS, RECENT_EVENTS, Visit
from recommendations.sent_events import MAX_KEY, MOST_ID
from recommendations.serializers import (
    MOST_EXCLUDED,
    CursorField,
    LimitQuery,
    PicksSerializer,
    ReasonSerializer,
)
from recommendations.timing import timed

MOST_ITEMS = RECENT_EVENTS
APART, HOUR = 60.0, 3600.0
"""Seconds between items that are sent: their order is all that is known. They end with the last
full hour, so that what was found for the same question serves again."""
ASKED = {"items": [{"item": 15, "stars": 4.5}, {"key": "imdb-tt0114709"}], "limit": 10}
PREDICTED = {
    "model": "What follows what",
    "results": [
        {
            "item": 15,
            "stars": 4.0,
            "low": 3.0,
            "high": 5.0,
            "reasons": None,
            "token": "f~7~8…",
        },
        {"item": 16, "stars": None, "low": None, "high": None, "reasons": None, "token": None},
    ],
}


class ItemId(serializers.IntegerField):
    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_ID, **more)


class AskedItemSerializer(StarsSerializer):
    """An item by its id or by its outside id; with stars, where it was rated."""

    item = ItemId(required=False, help_text="The item's id; or:")
    key = serializers.CharField(max_length=MAX_KEY, required=False, help_text="Its outside id.")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["stars"].required = False
        self.fields["stars"].allow_null = True

    def validate_stars(self, stars: Decimal | None) -> float | None:
        try:
            return None if stars is None else half_stars_of(float(stars)) / 2
        except BadEvent as error:
            raise serializers.ValidationError(str(error)) from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("item" in attrs) == ("key" in attrs):
            raise serializers.ValidationError(
                {"item": [gettext_lazy("Name it by one of both: its id as item, or its key.")]}
            )
        return attrs


class ForItemsSerializer(LimitQuery):
    """Items to recommend others for, the latest last."""

    items = AskedItemSerializer(many=True, min_length=1, max_length=MOST_ITEMS)
    cursor = CursorField()
    exclude = serializers.ListField(
        child=ItemId(),
        default=list,
        max_length=MOST_EXCLUDED,
        help_text="Ids of items to leave out, such as those shown already.",
    )


class ForItemsView(PicksView):
    """The same for everybody: no session is read, and a token only lets one ask more often."""

    access = allow(POST=READ, services=Services.BOTH)
    authentication_classes = [TokenAuthentication]

    @extend_schema(
        operation_id="recommendations_for_items",
        summary="What goes with some items",
        description=(
            f"For 1 to {MOST_ITEMS} items that you name, in their order, the latest last; those "
            "with stars count as rated, the others as had. No account is needed and nothing is "
            "kept. The answer is as that of *for you*, without the items named; what is not in "
            "the catalogue is passed over, and the explanation says so."
        ),
        request=ForItemsSerializer,
        parameters=[FIELDS],
        responses={200: PicksSerializer},
        examples=[OpenApiExample("Two items", ASKED, request_only=True)],
        tags=["recommendations"],
    )
    def post(self, request: Request) -> Response:
        asked = ForItemsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        scrolled = Scrolled.by(said, of="for-items", limit=said["limit"])
        exclude = scrolled.shown | {*said["exclude"]}
        asked_for = {"items": said["items"], "limit": said["limit"], "exclude": exclude}
        picks = timed("api for-items", lambda: for_items(**asked_for))
        response = self.answer(picks, next=scrolled.next(picks))
        patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def for_items(
    *, items: Sequence[dict[str, Any]], limit: int = 20, exclude: Collection[int] = ()
) -> Picks:
    """What a visitor would get who had rated or had these items, and is not shown them again."""
    ids = {said["item"] for said in items if "item" in said}
    is_listed, by_key = find_items(ids, {said["key"] for said in items if "key" in said})
    stars: dict[int, float | None] = {}
    passed_over = 0
    for said in items:
        pk = said["item"] if "item" in said else by_key.get(said["key"], 0)
        if is_listed.get(pk):
            stars.pop(pk, None)  # the last time that it is named says where it stands
            stars[pk] = said.get("stars")
        else:
            passed_over += 1
    visit = Visit.of_events(_events(stars))
    picks = selectors.for_you(None, limit=limit, exclude={*exclude, *stars}, visit=visit)
    return _explained(picks, visit, passed_over=passed_over, of=len(items))


def _events(stars: dict[int, float | None]) -> list[PersonEvent]:
    begin = time.time() // HOUR * HOUR - APART * len(stars)
    return [
        PersonEvent(pk, "done" if given is None else "rating", given, begin + APART * at, True)
        for at, (pk, given) in enumerate(stars.items())
    ]


def _explained(picks: Picks, visit: Visit, *, passed_over: int, of: int) -> Picks:
    """In words about items that were sent, not about what somebody did here."""
    said = picks.explanation
    if picks.rung not in PERSONAL_RUNGS:
        model = None if visit.model_failed else visit.model
        known = model is not None and bool(as_history(visit.used, model.recommender.items)[1])
        said = reasons.explain_fallback(picks.rung, why=reasons.why_not_of_sent(model, known=known))
    if passed_over:
        words = ngettext(
            "%(n)d of %(of)d item sent is not in this catalogue, and was passed over",
            "%(n)d of %(of)d items sent are not in this catalogue, and were passed over",
            passed_over,
        )
        said = " · ".join(filter(None, (said, words % {"n": passed_over, "of": of})))
    return replace(picks, explanation=said)


class PredictionsQuery(StrictSerializer):
    """Which items somebody's ratings are predicted of."""

    items = serializers.ListField(
        child=ItemId(), min_length=1, max_length=MOST_ITEMS, help_text="Ids of items."
    )
    reasons = serializers.BooleanField(
        default=False, help_text="Whether to say what moved each; that takes longer."
    )


class PredictionSerializer(serializers.Serializer[dict[str, Any]]):
    """What you would rate an item; nulls where the model cannot say."""

    item = serializers.IntegerField(help_text="Its id.")
    stars = serializers.FloatField(allow_null=True, help_text="In halves.")
    low = serializers.FloatField(
        allow_null=True, help_text="Eight in ten such ratings lie from here,"
    )
    high = serializers.FloatField(allow_null=True, help_text="to here.")
    reasons = ReasonSerializer(
        many=True, allow_null=True, help_text="At most three; null if not asked for."
    )
    token = serializers.CharField(
        allow_null=True,
        help_text="To report with impressions/ that somebody read it; null where nothing is "
        "measured, or nothing is predicted.",
    )


class PredictionsSerializer(serializers.Serializer[dict[str, Any]]):
    model = serializers.CharField(
        allow_null=True, help_text="The model that was asked; null where there is none."
    )
    results = PredictionSerializer(many=True, help_text="One for each item, in their order.")


class PredictionsView(APIView):
    access = allow(POST=READ, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="predictions",
        summary="How you would rate some items",
        description=(
            f"For 1 to {MOST_ITEMS} items, from your own recent events: a rating, and between "
            "which two eight in ten such ratings lie. Null where the model knows the item or you "
            "too little to say anything. 404 with their ids, where some items are not shown here."
        ),
        request=PredictionsQuery,
        responses={
            200: PredictionsSerializer,
            404: OpenApiResponse(
                description="Items that are not shown here; `detail` has their ids."
            ),
        },
        examples=[
            OpenApiExample("Two items", {"items": [15, 16]}, request_only=True),
            OpenApiExample("Its answer", PREDICTED, response_only=True, status_codes=["200"]),
        ],
        tags=["recommendations"],
    )
    def post(self, request: Request) -> Response:
        asked = PredictionsQuery(data=request.data)
        asked.is_valid(raise_exception=True)
        ids, is_explained = asked.validated_data["items"], asked.validated_data["reasons"]
        _all_here(ids)
        visit = Visit(current_person(request))
        return Response(PredictionsSerializer(_predicted(visit, ids, is_explained)).data)


def _all_here(ids: Sequence[int]) -> None:
    is_listed, _by_key = find_items(set(ids), ())
    missing = sorted({pk for pk in ids if not is_listed.get(pk)})
    if missing:
        words = _("No items of these ids are shown here: %(ids)s. Leave them out.")
        raise NotFound(words % {"ids": ", ".join(map(str, missing))})


def _predicted(visit: Visit, ids: Sequence[int], is_explained: bool) -> dict[str, Any]:
    distinct = list(dict.fromkeys(ids))
    predicted = verdicts.predicted_for(visit, distinct)
    why = verdicts.why_for(visit, [*predicted]) if is_explained else {}
    model = None if visit.model is None or visit.model_failed else visit.model.label
    results = []
    for pk in ids:
        own = predicted.get(pk)
        results.append(
            {
                "item": pk,
                "stars": own and own.stars,
                "low": own and own.low_stars,
                "high": own and own.high_stars,
                "reasons": why.get(pk, []) if is_explained else None,
                "token": tokens.token_of_prediction(visit, pk, own) or None,
            }
        )
    return {"model": model, "results": results}
