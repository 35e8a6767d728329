"""What the layers answer: always the same twelve picks, as *For you* would send them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.people import current_person
from catalog.tokens.scopes import READ, Services, allow
from recommendations import selectors
from recommendations.ladder import Picks
from recommendations.serializers import PicksSerializer
from recommendations.visit import Visit

LISTED = 12


@cache
def picks() -> Picks:
    return selectors.popular(limit=LISTED)


@cache
def body() -> bytes:
    """The picks as they are sent to somebody at this machine."""
    request = RequestFactory(headers={"host": "127.0.0.1"}).get("/")
    return json.dumps(PicksSerializer(picks(), context={"request": request}).data).encode()


def constant(_request: HttpRequest) -> HttpResponse:
    """Django alone: addresses and middleware."""
    return HttpResponse(body(), content_type="application/json")


class WithoutAnybodyView(APIView):
    """And Django REST framework, with its serializers."""

    access = allow(GET=READ, services=Services.BOTH)
    authentication_classes: Any = []
    throttle_classes: Any = []
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response(PicksSerializer(picks(), context={"request": request}).data)


class OfSomebodyView(APIView):
    """And the token, and how often it may ask."""

    access = allow(GET=READ, services=Services.BOTH)

    def get(self, request: Request) -> Response:
        return Response(PicksSerializer(picks(), context={"request": request}).data)


class FromTheDatabaseView(APIView):
    """And what *For you* reads: the person, what they did and said, which model is live, items."""

    access = allow(GET=READ, services=Services.BOTH)

    def get(self, request: Request) -> Response:
        visit = Visit(current_person(request))
        visit.model, visit.past  # noqa: B018 - each is read when it is asked for
        visit.items([pick.item.pk for pick in picks().items])
        return Response(PicksSerializer(picks(), context={"request": request}).data)
