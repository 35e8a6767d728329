"""One's own dials for programs: how *For you* is steered, on the pages and in the API alike."""

from __future__ import annotations

from django.utils.cache import patch_cache_control
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.people import acting_person, current_person
from catalog.tokens.scopes import PROFILE, READ, Services, allow
from recommendations import steering
from recommendations.models import Steering
from recommendations.serializers import TasteSerializer


class TasteView(APIView):
    """The dials of whoever asks, and of nobody else."""

    access = allow(GET=READ, PUT=PROFILE, services=Services.FOR_PEOPLE)
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="taste_read",
        summary="How you steer your list",
        description="Your own dials; all of them are at the middle until you set one.",
        responses={200: TasteSerializer},
        tags=["recommendations"],
    )
    def get(self, request: Request) -> Response:
        person = current_person(request)
        own = None if person is None else Steering.objects.filter(person=person).first()
        return _answer(own or Steering())

    @extend_schema(
        operation_id="taste_set",
        summary="Steer your list",
        description=(
            "Sets all dials at once; one that is not named is put to the middle. *For you* follows "
            "from the next answer on. A refusal names the field."
        ),
        request=TasteSerializer,
        responses={200: TasteSerializer},
        tags=["recommendations"],
    )
    def put(self, request: Request) -> Response:
        asked = TasteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = Steering(**asked.validated_data)
        steering.steer(acting_person(request), wanted)
        return _answer(wanted)


def _answer(shown: Steering) -> Response:
    response = Response(TasteSerializer(shown).data)
    patch_cache_control(response, private=True, no_store=True)
    return response
