"""Reports for programs: anybody makes one, as on the pages; moderators read and settle them.

What can be done about a report is what the buttons of the admin do, by their names, with the
admin's permissions, and with an entry in its history.
"""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_report_forms import (
    MadeReportSerializer,
    NewReportSerializer,
    ReportFactsSerializer,
    ReportSerializer,
)
from catalog.api_staff import CONFLICT, AsInTheAdmin
from catalog.api_unseen import TAGS, MeetingView
from catalog.bodies import Conflict
from catalog.filters import ReportFilter
from catalog.moderation import acts, things
from catalog.moderation.queue import is_done, possible
from catalog.reports import Report
from catalog.tokens.scopes import MODERATE, PROFILE, Services, allow

REPORTS = Report.objects.select_related("about__user", "reporter__user", "handled_by")


class ReportsView(MeetingView, generics.ListAPIView[Report]):
    access = allow(GET=MODERATE, POST=PROFILE, services=Services.FOR_PEOPLE)
    queryset = REPORTS
    serializer_class = ReportSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = ReportFilter
    table = "report"

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method == "POST" else [AsInTheAdmin()]

    def get_queryset(self) -> QuerySet[Report]:
        return REPORTS.order_by("made_at", "pk")

    @extend_schema(
        operation_id="reports_list",
        summary="Reports (moderators)",
        description="The oldest first; those that wait, unless others are asked for.",
        responses={200: ReportSerializer(many=True)},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="reports_make",
        summary="Report a review, a list or a name to the moderators",
        description=(
            "Once while nobody has read it; the same again changes nothing. Ten an hour by one "
            "person, twenty from one address."
        ),
        request=NewReportSerializer,
        responses={
            200: OpenApiResponse(MadeReportSerializer, "You have reported it already."),
            201: MadeReportSerializer,
        },
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        said = self.sent(NewReportSerializer)
        me = self.me()
        made = None if me is None else acts.unread_report(me, said["kind"], said["id"])
        code = status.HTTP_200_OK if made else status.HTTP_201_CREATED
        made = made or self._report(request, said)
        if said["hide"]:
            self._hide(said)
        return Response(MadeReportSerializer(made).data, code)

    def _report(self, request: Request, said: dict[str, Any]) -> Report:
        thing = self.seen(said)
        if not ratelimit.consume(request._request, action="report"):
            words = _("Too many reports come from where you are. Try again later.")
            raise acts.TooOften(words, wait=acts.REPORT_SPAN)
        return acts.report(self.acting(), thing, reason=said["reason"], words=said["words"])

    def _hide(self, said: dict[str, Any]) -> None:
        """Unless it is hidden from them already."""
        thing = things.find(said["kind"], said["id"], viewer=self.me())
        if thing is not None:
            acts.hide_for(self.acting(), thing)


class _OneReport(generics.GenericAPIView[Report]):
    permission_classes = [AsInTheAdmin]
    queryset = REPORTS
    serializer_class = ReportFactsSerializer
    table = "report"

    def answer(self) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class ReportView(_OneReport):
    access = allow(GET=MODERATE)

    @extend_schema(
        operation_id="reports_read",
        summary="A report, in its context (moderators)",
        responses={200: ReportFactsSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, pk: int) -> Response:
        return self.answer()


class ReportActView(_OneReport):
    access = allow(POST=MODERATE)

    @extend_schema(
        operation_id="reports_act",
        summary="Settle a report, take that back, shut or open an account (moderators)",
        description=(
            "`hide` hides what was reported from everybody but its maker, `dismiss` shows it; both "
            "settle all open reports of it. `reopen` takes that back: it is shown, and the report "
            "waits. `suspend` shuts the account of its maker, `readmit` opens it again. What is so "
            "already stays as it is."
        ),
        parameters=[
            OpenApiParameter("act", enum=[*acts.DECISIONS], location=OpenApiParameter.PATH)
        ],
        request=None,
        responses={200: ReportFactsSerializer, **CONFLICT},
        tags=TAGS,
    )
    def post(self, request: Request, pk: int, act: str) -> Response:
        made, by = self.get_object(), request.user
        if act not in acts.DECISIONS:
            raise Http404
        if act in (now := possible(made)):
            try:
                acts.DECISIONS[act](made, by=by)
            except acts.Refused as refused:
                raise Conflict(str(refused)) from None
        elif not is_done(made, act):
            words = _("The report does not allow this as it is; it allows: %(acts)s.")
            raise Conflict(words % {"acts": ", ".join(now)})
        return self.answer()
