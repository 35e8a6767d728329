"""Bodies of JSON as the API takes them: bounded, and fit to be kept.

What is too large is refused with 413 before it is read to its end; what is no JSON, is nested too
deeply, or holds what no database and no answer can carry (NUL, half of a character, a number beyond
64 bits), with 400. A view that takes more bytes says so in `max_body`; one that refuses row by
row, `takes_rows`, judges numbers itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.utils.json import strict_constant

MOST_BYTES = 200_000
MOST_LEVELS = 20
MOST_NUMBER = 2**63 - 1


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"


class Conflict(APIException):
    """What was asked for makes no sense beside what is there; the message says why."""

    status_code = 409
    default_code = "conflict"


class BoundedJSON(BaseParser):
    """JSON in UTF-8 of at most `most` bytes, or of as many as the view's `max_body` says."""

    media_type = "application/json"
    most = MOST_BYTES

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        view = (parser_context or {}).get("view")
        most = getattr(view, "max_body", self.most)
        body = stream.read(most + 1)
        if len(body) > most:
            words = _("The body is larger than %(most)s bytes; send it in several parts.")
            raise TooLarge(words % {"most": number_format(most, force_grouping=True)})
        try:
            found = json.loads(body.decode(), parse_constant=strict_constant)
        except RecursionError:
            raise ParseError(_too_deep()) from None
        except ValueError as error:  # of wrong UTF-8, too
            words = _("The body is no JSON in UTF-8 (%(error)s); mend it, and send it again.")
            raise ParseError(words % {"error": str(error)[:200]}) from None
        takes_rows = getattr(view, "takes_rows", False)
        # UTF-8 has no halves of characters, and JSON no bare NUL: a text holds either by an escape
        if not takes_rows or b"\\u" in body:
            check_fit(found, numbers=not takes_rows)
        return found


def rows_in(request: Request, *, most: int) -> list[Any]:
    """The batch in a body, or an answer 400."""
    rows = request.data
    if not isinstance(rows, list):
        raise ParseError(_("The body is no list; send a list of rows, however few."))
    if len(rows) > most:
        words = _("These are %(many)d rows; send at most %(most)d at once.")
        raise ParseError(words % {"many": len(rows), "most": most})
    return rows


def check_fit(found: Any, *, numbers: bool) -> None:
    """Raises, by the path of what is wrong, where something cannot be kept and sent again.

    `numbers`: those beyond 64 bits, too.
    """
    waiting: list[tuple[Any, tuple[object, ...]]] = [(found, ())]
    while waiting:
        one, path = waiting.pop()
        if len(path) >= MOST_LEVELS:
            raise ParseError(_too_deep())
        if isinstance(one, dict):
            waiting += [(inner, (*path, name)) for name, inner in one.items()]
        elif isinstance(one, list):
            waiting += [(inner, (*path, place)) for place, inner in enumerate(one)]
        if words := _unfit(one, numbers=numbers):
            field = ".".join(map(str, path)) or api_settings.NON_FIELD_ERRORS_KEY
            raise ValidationError({field: [words]})


def _unfit(one: Any, *, numbers: bool) -> str:
    """What is wrong with a text, a number or the names in an object; "": nothing."""
    if isinstance(one, dict):
        return next(filter(None, (_unfit(name, numbers=False) for name in one)), "")
    if isinstance(one, str) and ("\0" in one or any("\ud800" <= ch <= "\udfff" for ch in one)):
        return _("A text holds a NUL or half of a character; leave it out.")
    if numbers and isinstance(one, int | float) and not -MOST_NUMBER <= one <= MOST_NUMBER:
        return _("This number is beyond 64 bits; send a smaller one.")
    return ""


def _too_deep() -> str:
    words = _("The body is nested more than %(most)d levels deep; send a plainer one.")
    return words % {"most": MOST_LEVELS}
