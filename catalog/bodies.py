"""Bodies of JSON as some addresses of the API take them: bounded, and fit to be kept.

What is too large is refused with 413 before it is read to its end; what is no JSON, or holds text
that no database and no answer can carry (NUL, half of a character), with 400.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.utils.json import strict_constant


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"


class Conflict(APIException):
    """What was asked for makes no sense beside what is there; the message says why."""

    status_code = 409
    default_code = "conflict"


class BoundedJSON(BaseParser):
    """JSON in UTF-8 of at most `most` bytes."""

    media_type = "application/json"
    most = 200_000

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(self.most + 1)
        if len(body) > self.most:
            words = _("The body is larger than %(most)s bytes; send it in several parts.")
            raise TooLarge(words % {"most": number_format(self.most, force_grouping=True)})
        try:
            found = json.loads(body.decode(), parse_constant=strict_constant)
        except RecursionError:
            raise ParseError(_("The body is nested too deeply; send a plain list.")) from None
        except ValueError as error:  # of wrong UTF-8, too
            words = _("The body is no JSON in UTF-8 (%(error)s); mend it, and send it again.")
            raise ParseError(words % {"error": str(error)[:200]}) from None
        # without an escape no text can hold either: UTF-8 has no halves, JSON no bare NUL
        if b"\\u" in body and not is_fit(found):
            raise ParseError(
                _("A text in the body holds a NUL or half of a character; leave it out.")
            )
        return found


def is_fit(found: Any) -> bool:
    """Whether all texts in some JSON, names too, can be kept and sent again."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if "\0" in one or any("\ud800" <= letter <= "\udfff" for letter in one):
                return False
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
    return True
