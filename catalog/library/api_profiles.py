"""Public pages for programs: one's own, and those of people who chose to have one."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.library import selectors
from catalog.library.api_base import OwnView, PublicView
from catalog.library.api_forms import (
    ListSerializer,
    OwnProfileSerializer,
    ProfileSerializer,
    ReviewOfItemSerializer,
)
from catalog.library.public import CARDS
from catalog.models import Person
from catalog.own import writing
from catalog.own.models import List, Review, shown_name
from catalog.tokens.scopes import PROFILE, READ, allow

TAGS = ["profiles"]


class OwnProfileView(OwnView[Person]):
    access = allow(GET=READ, PATCH=PROFILE)
    queryset = Person.objects.none()
    serializer_class = OwnProfileSerializer

    @extend_schema(
        operation_id="me_profile",
        summary="How others see you",
        responses={200: OwnProfileSerializer},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        user: Any = request.user
        return self._answer(request, self.me() or Person(user=user))

    @extend_schema(
        operation_id="me_profile_change",
        summary="Choose your name, and whether you have a public page",
        description=(
            "What is not named stays. Which of your ratings, shelves, lists and reviews all can "
            "see is a matter of privacy, at me/."
        ),
        request=OwnProfileSerializer(partial=True),
        responses={200: OwnProfileSerializer},
        tags=TAGS,
    )
    def patch(self, request: Request) -> Response:
        said = self.sent(OwnProfileSerializer, partial=True)
        person = self.acting()
        writing.introduce(person, **{"name": person.name, "is_public": person.is_public, **said})
        return self._answer(request, person)

    def _answer(self, request: Request, person: Person) -> Response:
        page = reverse("catalog:person", args=[person.pk]) if person.is_public else None
        shown = {
            "name": person.name,
            "is_public": person.is_public,
            "shown_name": shown_name(person),
            "profile": person.pk if person.is_public else None,
            "url": page and request.build_absolute_uri(page),
        }
        return Response(OwnProfileSerializer(shown).data)


class _Public(PublicView[Any]):
    def somebody(self, pk: int) -> Person:
        found = selectors.person_with_page(pk, self.me())
        if found is None:
            raise Http404
        return found


class ProfileView(_Public):
    queryset = Person.objects.none()
    serializer_class = ProfileSerializer

    @extend_schema(
        operation_id="profiles_read",
        summary="Somebody's public page",
        description="Their lists and reviews are at lists/ and reviews/ below it.",
        responses={200: ProfileSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        person, viewer = self.somebody(pk), self.me()
        shown = {
            "id": person.pk,
            "name": shown_name(person),
            "best": selectors.best_rated(person, viewer)[:CARDS],
            "shelved": selectors.last_shelved(person, viewer)[:CARDS],
            "url": request.build_absolute_uri(reverse("catalog:person", args=[person.pk])),
        }
        return Response(self.shown(shown))


class ProfileListsView(_Public):
    queryset = List.objects.none()
    serializer_class = ListSerializer

    @extend_schema(
        operation_id="profiles_lists",
        summary="The public lists of somebody with a public page",
        description="What was changed last comes first.",
        responses={200: ListSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        lists = selectors.public_lists(self.somebody(pk), self.me())
        return self.pages(lists.select_related("person__user"))


class ProfileReviewsView(_Public):
    queryset = Review.objects.none()
    serializer_class = ReviewOfItemSerializer

    @extend_schema(
        operation_id="profiles_reviews",
        summary="The public reviews of somebody with a public page",
        description="Newest first.",
        responses={200: ReviewOfItemSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.pages(selectors.public_reviews(self.somebody(pk), self.me()))
