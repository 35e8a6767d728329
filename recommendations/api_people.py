"""A service's own people, for programs: events and lists of many, who they are, deleting one.

For tokens of services alone, and about nobody but the people of that service. What one of them may
see and do otherwise is asked for as everybody does it, with the header `Act-For`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import kept
from catalog.bodies import rows_in
from catalog.strict import StrictSerializer
from catalog.tokens.acting import ServiceUser, ids_of, people_of, problem_of_key
from catalog.tokens.models import MAX_OUTSIDE_KEY, OutsidePerson, Service
from catalog.tokens.scopes import EVENTS, PROFILE, READ, Services, allow
from recommendations import selectors
from recommendations.api import Scrolled
from recommendations.api_events import (
    MOST_ROWS,
    BatchResultSerializer,
    EventSerializer,
    answer,
)
from recommendations.measuring.tokens import tokens_of_picks
from recommendations.sent_batches import taken
from recommendations.sent_events import Bad, Sent
from recommendations.serializers import MOST_RESULTS, PicksSerializer
from recommendations.visit import Visit

SENT = [
    {"person": "c-1041", "kind": "rating", "key": "imdb-tt0114709", "stars": 4.5, "id": "r-1"},
    {"person": "c-7", "kind": "view", "item": 15, "at": "2026-03-01T18:00:00Z"},
]
MOST_PEOPLE = 100


class IsService(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, ServiceUser)


class PersonEventSerializer(EventSerializer):
    person = serializers.CharField(
        max_length=MAX_OUTSIDE_KEY, help_text="Your own id of whoever did it."
    )


class OutsidePersonSerializer(serializers.ModelSerializer[OutsidePerson]):
    person = serializers.CharField(source="key")
    since = serializers.DateTimeField(source="person.created_at")

    class Meta:
        model = OutsidePerson
        fields = ["person", "since"]
        read_only_fields = fields


class DeletedSerializer(serializers.Serializer[dict[str, Any]]):
    receipt = serializers.CharField(
        help_text="A page that says what is gone, and what models still know of it."
    )
    deleted = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many rows, by their kind."
    )


DELETED = {
    200: DeletedSerializer,
    404: OpenApiResponse(description="Nobody of yours has this key."),
}


class OfService(APIView):
    """What a service does for itself."""

    permission_classes = [IsService]

    def service(self) -> Service:
        user = self.request.user
        assert isinstance(user, ServiceUser)
        return user.service

    def delete_person(self, key: str) -> Response:
        person = people_of(self.service(), [key]).get(key)
        if person is None:
            raise Http404
        receipt = kept.forget_everything(person, None)
        address = self.request.build_absolute_uri(receipt.get_absolute_url())
        return Response(DeletedSerializer({"receipt": address, "deleted": receipt.counts}).data)


class PeopleEventsView(OfService):
    access = allow(POST=EVENTS, DELETE=PROFILE, services=Services.FOR_ITSELF)
    max_body = 4_000_000
    takes_rows = True

    @extend_schema(
        operation_id="people_events_send",
        summary="Send events of many of your people at once (services)",
        description=(
            f"Up to {MOST_ROWS:,} rows as in `me/events/`, each with the `person` who did it. "
            "Somebody who is not here yet is made. Each row has its own result, and the same "
            "batch sent again changes nothing."
        ),
        request=PersonEventSerializer(many=True),
        responses={200: BatchResultSerializer},
        examples=[OpenApiExample("Two people", SENT, request_only=True)],
        tags=["people"],
    )
    def post(self, request: Request) -> Response:
        rows, service = rows_in(request, most=MOST_ROWS), self.service()

        def whose(told: Mapping[int, Sent]) -> dict[int, int]:
            keys = {place: rows[place]["person"] for place in told}
            new = {keys[place] for place, sent in told.items() if sent.is_new}
            found = ids_of(service, set(keys.values()), make=new)
            return {place: found[key] for place, key in keys.items() if key in found}

        return answer(taken(rows, now=timezone.now(), whose=whose, check=_has_person))

    @extend_schema(
        operation_id="people_delete_events",
        summary="Delete the one of your people whose key is just this word (services)",
        responses=DELETED,
        tags=["people"],
    )
    def delete(self, request: Request) -> Response:
        return self.delete_person("events")


def _has_person(row: Any) -> None:
    if isinstance(row, dict) and (problem := problem_of_key(row.get("person"))):
        raise Bad("person", problem)


class ForPeopleQuery(StrictSerializer):
    people = serializers.ListField(
        child=serializers.CharField(max_length=MAX_OUTSIDE_KEY),
        min_length=1,
        max_length=MOST_PEOPLE,
        help_text="Your own ids of them.",
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_RESULTS, default=20)


class PersonPicksSerializer(PicksSerializer):
    person = serializers.CharField(help_text="Your own id of whose it is.")


class ForPeopleSerializer(serializers.Serializer[dict[str, Any]]):
    lists = PersonPicksSerializer(many=True, help_text="One for each, in their order.")


class PeopleRecommendationsView(OfService):
    access = allow(POST=READ, DELETE=PROFILE, services=Services.FOR_ITSELF)

    @extend_schema(
        operation_id="people_recommendations",
        summary="What each of some of your people may like next (services)",
        description=(
            f"For 1 to {MOST_PEOPLE} people, each list as *for you* with `Act-For` gives it. Who "
            "is not known yet gets what everybody does, and is not made."
        ),
        request=ForPeopleQuery,
        responses={200: ForPeopleSerializer},
        tags=["people"],
    )
    def post(self, request: Request) -> Response:
        asked = ForPeopleQuery(data=request.data)
        asked.is_valid(raise_exception=True)
        keys, limit = asked.validated_data["people"], asked.validated_data["limit"]
        known = people_of(self.service(), set(keys))
        lists = []
        for key in keys:
            visit = Visit(known.get(key))
            picks = selectors.for_you(visit.person, limit=limit, visit=visit)
            context = {
                "request": request,
                "tokens": tokens_of_picks(visit, "for-you", picks),
                "next": Scrolled("for-you", limit, frozenset()).next(picks),
            }
            shown = PicksSerializer(picks, context=context).data
            lists.append({"person": key, **shown})
        return Response({"lists": lists})

    @extend_schema(
        operation_id="people_delete_recommendations",
        summary="Delete the one of your people whose key is just this word (services)",
        responses=DELETED,
        tags=["people"],
    )
    def delete(self, request: Request) -> Response:
        return self.delete_person("recommendations")


class PeopleView(OfService, generics.ListAPIView[OutsidePerson]):
    access = allow(GET=READ, services=Services.FOR_ITSELF)
    serializer_class = OutsidePersonSerializer
    filter_backends = []
    queryset = OutsidePerson.objects.select_related("person").order_by("pk")

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(service=self.service())

    @extend_schema(
        operation_id="people_list",
        summary="Your people, the oldest first (services)",
        responses={200: OutsidePersonSerializer(many=True)},
        tags=["people"],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().get(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response


class PersonView(OfService):
    access = allow(DELETE=PROFILE, services=Services.FOR_ITSELF)

    @extend_schema(
        operation_id="people_delete",
        summary="Delete one of your people, with all that they did (services)",
        parameters=[OpenApiParameter("key", str, OpenApiParameter.PATH)],
        responses=DELETED,
        tags=["people"],
    )
    def delete(self, request: Request, key: str) -> Response:
        return self.delete_person(key)
