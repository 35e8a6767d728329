"""Lists of the API by cursor: where the last page ended, not how many rows came before.

Rows that come and go meanwhile neither repeat others nor push them past. A cursor holds the values
by which its last row stands where it does, signed, so that it is nobody else's and of no other
order; a row whose own place changes may be met again or not at all, so `ordering=id` is the order
for taking everything along.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.strict import check_names

USUAL_SIZE, MOST_ROWS = 24, 100
MOST_CURSOR = 4000
SALT = "catalog.paging"
MOVING = ("cursor", "page_size", "fields", "format")
"""What may change in a question from page to page."""


class Term:
    """A name that rows are ordered by. Rows without a value come last, on every database."""

    def __init__(self, queryset: QuerySet[Any], name: str, is_down: bool) -> None:
        self.name, self.is_down = name, is_down
        is_own = name not in queryset.query.annotations and name != "pk"
        self._field = queryset.model._meta.get_field(name) if is_own else None

    def __str__(self) -> str:
        return f"-{self.name}" if self.is_down else self.name

    @property
    def may_be_null(self) -> bool:
        return self._field is not None and self._field.null

    def order(self) -> Any:
        if not self.may_be_null:
            return str(self)
        name = F(self.name)
        return name.desc(nulls_last=True) if self.is_down else name.asc(nulls_last=True)

    def typed(self, value: Any) -> Any:
        if self._field is None or not isinstance(value, str):
            return value
        return self._field.to_python(value)

    def behind(self, value: Any) -> Q:
        if value is None:
            return Q(pk__in=[])
        beyond = Q(**{f"{self.name}__{'lt' if self.is_down else 'gt'}": value})
        return beyond | Q(**{f"{self.name}__isnull": True}) if self.may_be_null else beyond

    def bound(self, value: Any) -> Q:
        """What holds for all rows that follow, said so that an index can be entered there."""
        if self.may_be_null:
            return Q()
        return Q(**{f"{self.name}__{'lte' if self.is_down else 'gte'}": self.typed(value)})


class CursorPages(BasePagination):
    """`next` is the cursor to send with the same question for the page that follows, else null."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        filters = getattr(getattr(view, "filterset_class", None), "base_filters", ())
        check_names(request.query_params, [*filters, "cursor", "page_size"])
        text, size = request.query_params.get("cursor", ""), _size(request)
        if isinstance(queryset, QuerySet):
            page, self.next = _by_values(queryset, size=size, text=text)
        else:
            page, self.next = _by_place(queryset, size=size, text=text)
        return page

    def paginate_sequence(self, found: Sequence[Any], request: Request) -> list[Any]:
        """A list that is made anew at each question: the cursor says how many came before."""
        asked = {name: said for name, said in request.query_params.items() if name not in MOVING}
        size, salt = (
            _size(request),
            ":".join([SALT, request.path, urlencode(sorted(asked.items()))]),
        )
        text = request.query_params.get("cursor", "")
        first = int(_values(text, salt)[0]) if text else 0
        page = list(found[first : first + size])
        is_over = first + size >= len(found)
        self.next = None if is_over else signing.dumps([first + size], salt=salt)
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        cursor = {
            "type": "string",
            "nullable": True,
            "maxLength": MOST_CURSOR,
            "description": "Send it as `cursor` for the page that follows; null at the end.",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": cursor, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_SIZE}
        cursor = {"type": "string", "maxLength": MOST_CURSOR}
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "`next` of the page before; leave it out for the first.",
                "schema": cursor,
            },
            {
                "name": "page_size",
                "in": "query",
                "description": "How many rows at most.",
                "schema": size,
            },
        ]


def _by_values(queryset: QuerySet[Any], *, size: int, text: str) -> tuple[list[Any], str | None]:
    """A page of rows, and the cursor of the next."""
    terms = _terms(queryset)
    salt = ":".join([SALT, queryset.model._meta.label, *map(str, terms)])
    if text:
        queryset = queryset.filter(_after(terms, _values(text, salt)))
    found = list(queryset.order_by(*map(Term.order, terms))[: size + 1])
    if len(found) <= size:
        return found, None
    values = [_plain(getattr(found[size - 1], term.name)) for term in terms]
    return found[:size], signing.dumps(values, salt=salt)


def _by_place(rows: Sequence[Any], *, size: int, text: str) -> tuple[list[Any], str | None]:
    """The same of rows whose order is no database's: an order of somebody's own."""
    salt = f"{SALT}:{type(rows).__name__}"
    start: int = _values(text, salt)[0] if text else 0
    found = list(rows[start : start + size + 1])
    if len(found) <= size:
        return found, None
    return found[:size], signing.dumps([start + size], salt=salt)


def _terms(queryset: QuerySet[Any]) -> list[Term]:
    """What the queryset is ordered by, made unique by the id."""
    names = [str(name) for name in queryset.query.order_by or queryset.model._meta.ordering]
    names = ["-pk" if name == "-id" else "pk" if name == "id" else name for name in names]
    if not {"pk", "-pk"} & {*names}:
        names.append("-pk" if names and names[-1].startswith("-") else "pk")
    return [Term(queryset, name.removeprefix("-"), name.startswith("-")) for name in names]


def _after(terms: list[Term], values: list[Any]) -> Q:
    """The rows that stand behind those values."""
    behind, same = Q(pk__in=[]), Q()
    for term, value in zip(terms, map(Term.typed, terms, values), strict=True):
        behind |= same & term.behind(value)
        same &= Q(**{f"{term.name}__isnull": True} if value is None else {term.name: value})
    return terms[0].bound(values[0]) & behind


def _size(request: Request) -> int:
    text = request.query_params.get("page_size", str(USUAL_SIZE))
    if text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_ROWS:
        return int(text)
    words = _("Give a whole number from 1 to %(most)d.") % {"most": MOST_ROWS}
    raise ValidationError({"page_size": [words]})


def _values(text: str, salt: str) -> list[Any]:
    try:
        values: list[Any] = signing.loads(text[:MOST_CURSOR], salt=salt)
    except signing.BadSignature:
        words = _("This is no cursor of this list in this order; ask for the first page, without.")
        raise ValidationError({"cursor": [words]}) from None
    return values


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
