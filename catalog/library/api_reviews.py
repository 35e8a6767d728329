"""Reviews for programs: those of an item, and one's own.

Who sees what is the pages' rule: what its author shows, what no moderator hid, nothing between
people of whom one blocked the other. What gives the plot away is said to.
"""

from __future__ import annotations

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.conditional import check_if_match
from catalog.library.api_base import CHANGED, OwnView, PublicView
from catalog.library.api_forms import (
    OwnReviewSerializer,
    ReviewSerializer,
    ReviewWordsSerializer,
)
from catalog.library.selectors import own_reviews
from catalog.models import Item, Person
from catalog.own import writing
from catalog.own.models import Review

TAGS = ["reviews"]


class ItemReviewsView(PublicView[Review]):
    queryset = Review.objects.none()
    serializer_class = ReviewSerializer

    @extend_schema(
        operation_id="items_reviews",
        summary="What others wrote about an item",
        description="Newest first; yours is at review/.",
        responses={200: ReviewSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request, id: int) -> Response:
        item = get_object_or_404(Item.objects.listed(), pk=id)
        return self.pages(Review.objects.by_others(item, self.me()))


class OwnReviewsView(OwnView[Review]):
    queryset = Review.objects.none()
    serializer_class = OwnReviewSerializer

    @extend_schema(
        operation_id="me_reviews",
        summary="Your reviews",
        description="Newest first.",
        responses={200: OwnReviewSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return self.pages(own_reviews(self.me()))


class OwnReviewView(OwnView[Review]):
    queryset = Review.objects.none()
    serializer_class = OwnReviewSerializer

    def get_object(self) -> Review:
        return get_object_or_404(own_reviews(self.me()), item__pk=self.kwargs["id"])

    @extend_schema(
        operation_id="items_review",
        summary="What you wrote about an item",
        responses={200: OwnReviewSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, id: int) -> Response:
        return Response(self.shown(self.get_object()))

    @extend_schema(
        operation_id="items_review_write",
        summary="Write about an item, or write it anew",
        description="What is not named is as of a new one: private, without a warning.",
        request=ReviewWordsSerializer,
        responses={200: OwnReviewSerializer, 201: OwnReviewSerializer, **CHANGED},
        tags=TAGS,
    )
    @transaction.atomic
    def put(self, request: Request, id: int) -> Response:
        item = get_object_or_404(Item.objects.listed(), pk=id)
        said = self.sent(ReviewWordsSerializer)
        person = self.acting()
        there = self._read(request, person, item)
        writing.write_review(person, item, **said)
        code = status.HTTP_201_CREATED if there is None else status.HTTP_200_OK
        return Response(self.shown(own_reviews(person).get(item=item)), code)

    @extend_schema(
        operation_id="items_review_remove",
        summary="Remove what you wrote about an item",
        responses={204: None, **CHANGED},
        tags=TAGS,
    )
    @transaction.atomic
    def delete(self, request: Request, id: int) -> Response:
        item, person = self.get_object().item, self.acting()
        self._read(request, person, item)
        writing.remove_review(person, item)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _read(self, request: Request, person: Person, item: Item) -> Review | None:
        """One's review, held; 412 where `If-Match` says that it was another."""
        Review.objects.select_for_update().kept().filter(person=person, item=item).first()
        there = own_reviews(person).filter(item=item).first()
        check_if_match(request, None if there is None else self.shown(there))
        return there
