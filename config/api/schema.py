"""What the schema says beyond what views say themselves: errors, bounds, headers, headings.

`describe` is drf-spectacular's last hook. Every operation gets the errors that `problems` and
`middleware` may answer with, so no view has to name them; one that a view names keeps its words.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from config.api.examples import add_examples
from config.api.problems import KINDS, MEDIA_TYPE

METHODS = ("get", "put", "post", "patch", "delete")
LARGEST_ID = 10**18 - 1
"""Of ids in addresses: eighteen digits."""
ALWAYS = (400, 401, 403, 406, 414, 429, 500, 503)
OF_ITEMS = {"FoundItem", "Item", "ItemCard", "PickedItem"}
"""What `fields=` chooses from; only the id always comes along."""
WITH_BODY = (413, 415)
HEADERS = {
    401: {"WWW-Authenticate": "How to sign in."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}
ETAG = {"description": "A tag of this answer.", "schema": {"type": "string"}}
_TAG = {"type": "string"}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`ETag` of an answer that you kept; 304 without a body where it still holds.",
    "schema": _TAG,
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "`ETag` of what is here, whole, as you read it; 412 where it was changed since.",
    "schema": _TAG,
}
FIELD_ERROR = {
    "type": "object",
    "description": "What is wrong with one field.",
    "properties": {
        "field": {
            "type": "string",
            "description": "Its path, as in `items.0.stars`; empty: the body as a whole.",
        },
        "detail": {"type": "string", "description": "What is wrong, and the cure."},
        "code": {"type": "string", "description": "The same for programs."},
    },
    "required": ["field", "detail", "code"],
}
PROBLEM = {
    "type": "object",
    "description": "An error, as RFC 9457 has it.",
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The kind of error: an address that says more about it.",
        },
        "title": {"type": "string", "description": "The kind, in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong and what to do, for people."},
        "instance": {"type": "string", "description": "The address that was asked."},
        "request_id": {
            "type": "string",
            "description": "As in `X-Request-ID`; say it when you ask whoever runs the site.",
        },
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/FieldError"},
            "minItems": 1,
            "description": "Of 400: the fields that are wrong, at most 50.",
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
}
TAGS = {
    "items": "The catalogue: everybody reads it, staff write it.",
    "recommendations": "Picks: for you, for a list, for an item, for items that you name.",
    "me": "You: your events, your privacy, what is kept of you, and the way out.",
    "lists": "Lists that people put together: yours, and those that others show.",
    "reviews": "What people write about items.",
    "profiles": "Public pages: yours, and those of people who chose to have one.",
    "reports": "What people report, block and hide, and what moderators do about it.",
    "imports": "What you did elsewhere, brought here from a file.",
    "people": "A service's own people: their events, who they are, deleting one.",
    "groups": "Lists for several people together; for everybody else a group is not there.",
    "like taste": "What people who rate as you do made of things, for those who agreed.",
    "trainings": "Runs of the model, for staff.",
    "models": "Models that are live, tried or kept, for staff.",
    "experiments": "Experiments over lists, for staff.",
    "rules": "Wishes of the site about what its lists show, for staff.",
    "surfaces": "How surfaces are set, for staff.",
    "token": "Signing in for programs.",
    "about": "What the API says of itself.",
}


def describe(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    parts = result.setdefault("components", {})
    parts.setdefault("schemas", {}).update(FieldError=FIELD_ERROR, Problem=PROBLEM)
    parts["responses"] = {_name(status): _response(status) for status in KINDS}
    for name in OF_ITEMS & {*parts["schemas"]}:
        parts["schemas"][name]["required"] = ["id"]
    used = set()
    for path, operations in result["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                _complete(operation, path=path, method=method)
                used |= {*operation.get("tags", [])}
    known = [{"name": name, "description": text} for name, text in TAGS.items() if name in used]
    result["tags"] = known + [{"name": name} for name in sorted(used - {*TAGS})]
    return result


def _complete(operation: dict[str, Any], *, path: str, method: str) -> None:
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        is_id = schema.get("type") == "integer" or schema.get("pattern") == "^[0-9]{1,18}$"
        if parameter["in"] == "path" and is_id:
            parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    add_examples(operation)
    answers = operation["responses"]
    if method == "get":
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)
        answers["304"] = {"description": "It is what your tag is of; there is nothing new."}
        answers["200"].setdefault("headers", {})["ETag"] = ETAG
    if "412" in answers:
        operation.setdefault("parameters", []).append(IF_MATCH)
    for status in _errors(operation, path=path, method=method):
        said = answers.get(str(status), {})
        if description := said.get("description"):
            answers[str(status)] = _response(status) | {"description": description}
        else:
            answers[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    operation["responses"] = dict(sorted(answers.items()))


def _errors(operation: dict[str, Any], *, path: str, method: str) -> set[int]:
    statuses = {int(status) for status in operation["responses"] if int(status) >= 400}
    statuses |= {*ALWAYS}
    if "{" in path:
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {*WITH_BODY}
    return statuses


def _response(status: int) -> dict[str, Any]:
    kind = KINDS[status]
    answer: dict[str, Any] = {
        "description": str(kind.title),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if headers := HEADERS.get(status):
        answer["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return answer


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
