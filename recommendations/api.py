"""Recommendations for programs: the same lists as on the pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import numpy as np
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import neutral
from catalog.again import may_repeat
from catalog.choosing import CHOSEN, chosen_fields, fields_parameter
from catalog.filters import ItemFilter
from catalog.models import Item
from catalog.people import current_person
from catalog.tokens.scopes import READ, Services, allow
from recommendations import engine, likeness, remembered, scrolling, selectors, written
from recommendations.ladder import Picks
from recommendations.measuring.tokens import said_of_picks, tokens_of_picks
from recommendations.placements.reading import only_of
from recommendations.serializers import PICKED, ForYouQuery, LimitQuery, PicksSerializer
from recommendations.timing import timed
from recommendations.visit import Visit
from recommendations.written import MOST_PICKS, Question, Written

FIELDS = fields_parameter(PICKED)


NARROWING = ("genre", "attribute", "year_min", "year_max")


class PicksView(APIView):
    """A list of picks. Anybody may ask; a visitor's session is as good as an account."""

    permission_classes = [AllowAny]

    def answer(
        self,
        picks: Picks,
        *,
        visit: Visit | None = None,
        surface: str = "",
        next: str | None = None,
    ) -> Response:
        """With a token for each pick, where the visit's person is measured."""
        signed = {} if visit is None else tokens_of_picks(visit, surface, picks)
        return Response(self.said(picks, tokens=signed, next=next))

    def said(
        self, picks: Picks, *, tokens: Mapping[int, str], next: str | None = None
    ) -> dict[str, Any]:
        """What is answered, with these tokens."""
        chosen = chosen_fields(self.request, PICKED)
        context = {"request": self.request, "next": next, CHOSEN: chosen, "tokens": tokens}
        return PicksSerializer(picks, context=context).data


@dataclass(frozen=True)
class Scrolled:
    """How far somebody has scrolled in a list of that name, by the cursor that they sent."""

    of: str
    limit: int
    shown: frozenset[int]

    @staticmethod
    def by(query: dict[str, Any], *, of: str, limit: int) -> Scrolled:
        if not query["cursor"]:
            return Scrolled(of, limit, frozenset())
        try:
            return Scrolled(of, limit, scrolling.shown_of(query["cursor"], of=of))
        except scrolling.NoCursor:
            words = _("This is no cursor of this list; ask for its beginning, without one.")
            raise serializers.ValidationError({"cursor": [words]}) from None

    def next(self, picks: Picks) -> str | None:
        """The cursor for what follows; None at the end."""
        ids = {pick.item.pk for pick in picks.items}
        return None if len(ids) < self.limit else scrolling.cursor_of(self.shown | ids, of=self.of)


class ForYouView(PicksView):
    access = allow(GET=READ, services=Services.FOR_PEOPLE)

    @extend_schema(
        operation_id="recommendations_for_you",
        summary="What you may like next",
        description=(
            "From your own recent ratings, views and shelves, as a member or as a visitor with a "
            "session. What you rated, are at, have done or dismissed is left out. The list is "
            "filled up with popular and new items; each result says which it is, and why it is "
            "here."
        ),
        parameters=[ForYouQuery, FIELDS],
        responses={200: PicksSerializer},
        tags=["recommendations"],
    )
    def get(self, request: Request) -> HttpResponse:
        query = checked(ForYouQuery, request)
        visit = visit_of(request, query)
        scrolled = Scrolled.by(query, of="for-you", limit=query["limit"])
        limit, exclude = scrolled.limit, scrolled.shown | {*query["exclude"]}
        basis_of = partial(written.basis_of_for_you, limit=limit, exclude=exclude)
        question = Question.of(request, "api for-you", basis_of, shows_seen=visit.shows_seen)
        key = question.key(visit)
        answer = timed(
            "api for-you",
            lambda: written.found(key) or self._written(visit, scrolled, exclude, key),
        )
        response = HttpResponse(answer.filled(visit), content_type="application/json")
        if key is None or visit.only is not None:
            return response
        return may_repeat(response, question)

    def _written(
        self, visit: Visit, scrolled: Scrolled, exclude: Collection[int], key: written.Key | None
    ) -> Written:
        picks = selectors.for_you(visit.person, limit=scrolled.limit, exclude=exclude, visit=visit)
        said = said_of_picks(visit, "for-you", picks)
        blanks = dict.fromkeys(said, written.BLANK)
        answer = self.said(picks, tokens=blanks, next=scrolled.next(picks))
        return written.keep(key, answer, said.values(), picks.rung, visit)


class SimilarView(PicksView):
    access = allow(GET=READ, services=Services.BOTH)
    neutral_for = 60

    @extend_schema(
        operation_id="items_similar",
        summary="What is like an item",
        description=(
            "By what people did, by content, by attributes shared; the same for everybody, but for "
            "what you dismissed, which is left out."
        ),
        parameters=[LimitQuery, FIELDS],
        responses={200: PicksSerializer},
        tags=["recommendations"],
    )
    def get(self, request: Request, id: int) -> HttpResponse:
        limit, visit = checked(LimitQuery, request)["limit"], Visit(current_person(request))
        basis_of = partial(written.basis_of_similar, limit=limit)
        question = Question.of(request, "api similar", basis_of)
        key = question.key(visit)

        def answered() -> Written:
            return written.found(key) or self._written(id, visit, limit, key)

        if key is None and limit <= MOST_PICKS:
            mark = (engine.recent_run(), remembered.last_change())
            answer = neutral.remembered(request, answered, seconds=self.neutral_for, mark=mark)
        else:
            answer = answered()
        response = HttpResponse(answer.filled(visit), content_type="application/json")
        return response if key is None else may_repeat(response, question)

    def _written(self, id: int, visit: Visit, limit: int, key: written.Key | None) -> Written:
        item = likeness.item_to_compare(id, visit, limit=limit)
        if item is None:
            raise Http404
        picks = timed("api similar", lambda: selectors.similar_to(item, limit=limit, visit=visit))
        said = said_of_picks(visit, "similar", picks)
        answer = self.said(picks, tokens=dict.fromkeys(said, written.BLANK))
        return written.keep(key, answer, said.values(), picks.rung, visit)


def visit_of(request: Request, query: Mapping[str, Any]) -> Visit:
    """Of whoever asks, with what they want to be shown."""
    visit = Visit(current_person(request))
    visit.shows_seen = query["include_seen"]
    wanted = {name: query[name] for name in NARROWING if query.get(name) not in (None, "")}
    if wanted:
        passing = ItemFilter(wanted, Item.objects.listed().order_by("pk"))
        passing.is_valid()  # the query was checked
        ids = passing.narrowed(passing.queryset).values_list("pk", flat=True)
        visit.only = only_of(np.fromiter(ids, dtype=np.int64))
    return visit


def checked(query: type[LimitQuery], request: Request) -> dict[str, Any]:
    """What was asked, or an answer 400 that names the field."""
    return dict(_checked(query, request.META.get("QUERY_STRING", "")))


@lru_cache(maxsize=1000)
def _checked(query: type[LimitQuery], text: str) -> Mapping[str, Any]:
    """The same question asked again is not looked at again; what is refused is."""
    asked = query(data=QueryDict(text))
    asked.is_valid(raise_exception=True)
    return MappingProxyType(asked.validated_data)
