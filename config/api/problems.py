"""What an error under /api/ looks like: problem details (RFC 9457), whoever raised it.

`exception_handler` is Django REST framework's; what Django itself refuses is told anew by
`config.api.middleware`. `type` is an address of this site that says what the kind of error means;
`detail` is a sentence for people; `errors` names the fields that are wrong, each with a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, views
from rest_framework.settings import api_settings

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
"""So many fields are named at most."""
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


@dataclass(frozen=True)
class Kind:
    """A kind of error: its name in addresses, a title, and what to do about it."""

    slug: str
    title: str | Promise
    cure: str | Promise


KINDS = {
    400: Kind(
        "invalid",
        gettext_lazy("The request makes no sense"),
        gettext_lazy("Something in the address or in the body cannot be; mend it and ask again."),
    ),
    401: Kind(
        "not-signed-in",
        gettext_lazy("Nobody is signed in"),
        gettext_lazy("Send a valid token as “Authorization: Token ...”, or sign in to the site."),
    ),
    403: Kind(
        "forbidden",
        gettext_lazy("You may not do this"),
        gettext_lazy("You are signed in, but may not do this; ask whoever runs the site."),
    ),
    404: Kind(
        "not-found",
        gettext_lazy("Nothing is here"),
        gettext_lazy("There is nothing at this address, or not for you; see the list it is from."),
    ),
    405: Kind(
        "method-not-allowed",
        gettext_lazy("This address does not take this method"),
        gettext_lazy("This address does not take this method; use one of those in “Allow”."),
    ),
    406: Kind(
        "not-acceptable",
        gettext_lazy("The answer does not exist in this form"),
        gettext_lazy("Answers are JSON; send “Accept: application/json”, or leave it out."),
    ),
    409: Kind(
        "conflict",
        gettext_lazy("This makes no sense just now"),
        gettext_lazy("What is there does not allow this now; look at it, and ask again."),
    ),
    412: Kind(
        "changed-meanwhile",
        gettext_lazy("It was changed meanwhile"),
        gettext_lazy("This is not what you have read any more; read it again, then change it."),
    ),
    413: Kind(
        "too-large",
        gettext_lazy("The body is too large"),
        gettext_lazy("The body is too large; send it in several parts."),
    ),
    414: Kind(
        "address-too-long",
        gettext_lazy("The address is too long"),
        gettext_lazy("The address is too long; ask for less at once."),
    ),
    415: Kind(
        "wrong-content-type",
        gettext_lazy("The body is in a form that is not read here"),
        gettext_lazy("Send JSON, with “Content-Type: application/json”."),
    ),
    429: Kind(
        "too-many-requests",
        gettext_lazy("Too many requests"),
        gettext_lazy("You ask too often; wait as many seconds as “Retry-After” says."),
    ),
    500: Kind(
        "broken",
        gettext_lazy("Something went wrong here"),
        gettext_lazy("Something went wrong here, and it has been noted."),
    ),
    503: Kind(
        "away",
        gettext_lazy("The database is away"),
        gettext_lazy(
            "The database does not answer in time, or takes no changes. Nothing was changed."
        ),
    ),
}


def kind_of(status: int) -> Kind:
    return KINDS.get(status) or KINDS[500 if status >= 500 else 400]


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def told(
    request: HttpRequest,
    status: int,
    *,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """The problem's members."""
    kind = kind_of(status)
    body: dict[str, Any] = {
        "type": reverse("api-problem", args=[kind.slug]),
        "title": str(kind.title),
        "status": status,
        "detail": detail or str(kind.cure),
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
    }
    return body | {"errors": errors} if errors else body


def problem(
    request: HttpRequest,
    status: int,
    *,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
) -> JsonResponse:
    """An answer that is a problem; it is JSON whatever was asked for."""
    body = told(request, status, detail=detail, errors=errors)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Whatever a view of the API raised, as a problem; None for what is a bug."""
    request = context["request"]
    if isinstance(error, TOO_LARGE):
        error = _Status(413)
    answer = views.exception_handler(error, context)
    if answer is None:
        return None
    errors: list[dict[str, str]] | None = None
    if isinstance(error, exceptions.ValidationError):
        errors = list(_errors(error.get_full_details()))[:MOST_ERRORS]
        detail = " ".join(
            f"{one['field']}: {one['detail']}".removeprefix(": ") for one in errors[:3]
        )
    else:
        detail = _said(error, request, context)
    refused = problem(request, answer.status_code, detail=detail, errors=errors)
    for name, value in answer.headers.items():
        refused.headers.setdefault(name, value)
    return refused


class _Status(exceptions.APIException):
    def __init__(self, status: int) -> None:
        self.status_code = status
        super().__init__(str(kind_of(status).cure))


def _said(error: Exception, request: Any, context: dict[str, Any]) -> str:
    """A sentence that says what is wrong and what to do; "": what the kind of error says."""
    if isinstance(error, Http404 | exceptions.NotAuthenticated):
        return ""
    if isinstance(error, exceptions.MethodNotAllowed):
        view = context["view"]
        allowed = get_text_list(
            [name for name in view.allowed_methods if name not in ("HEAD", "OPTIONS")], _("or")
        )
        words = _("This address does not take %(method)s; use %(allowed)s.")
        return words % {"method": request.method, "allowed": allowed or "OPTIONS"}
    if isinstance(error, exceptions.UnsupportedMediaType):
        types = [parser.media_type for parser in context["view"].get_parsers()]
        words = _("This address reads %(types)s; send that, and say so in “Content-Type”.")
        return words % {"types": get_text_list(types, _("or"))}
    if not isinstance(error, exceptions.APIException):
        return ""
    is_usual = str(error.detail) == str(type(error).default_detail)
    return "" if is_usual else str(error.detail)


def _errors(found: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each wrong field by its path, as in `items.0.stars`; "" is the body as a whole."""
    if isinstance(found, list):
        for place, one in enumerate(found):
            is_said = isinstance(one, dict) and {*one} == {"message", "code"}
            yield from _errors(one, path if is_said else _below(path, place))
    elif {*found} == {"message", "code"} and not isinstance(found["message"], dict | list):
        yield {"field": path, "detail": str(found["message"]), "code": str(found["code"])}
    else:
        for name, inner in found.items():
            is_whole = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _errors(inner, path if is_whole else _below(path, name))


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
