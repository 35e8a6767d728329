"""Where `seen.js` says what was seen of a page.

The answer is always empty. A report needs no CSRF token: each list in it is signed for the person
whose session sends it, so that another site has nothing to send. A report with anything wrong in it
writes nothing at all.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalog.models import Person
from catalog.people import current_person
from recommendations.measuring import recording, tokens
from recommendations.measuring.recording import Look

MOST_BYTES = 16 * 1024
MOST_LISTS = 20
MOST_A_MINUTE = 60
MACHINES = re.compile(r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit", re.IGNORECASE)


class Malformed(ValueError):
    """A report that no page of ours sends."""


@csrf_exempt
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """{"lists": [{"token": ..., "seen": [0, 1], "opened": [1]}], "said": [token]}."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    person = current_person(request)
    if person is None:
        return HttpResponse(status=403)
    if _is_machine(request) or not person.is_counted:
        return HttpResponse(status=204)
    if not may_report(person):
        return HttpResponse(status=429)
    try:
        looks, said = _read(request.body, person)
    except Malformed:
        return HttpResponse(status=400)
    except tokens.BadToken:
        return HttpResponse(status=403)
    recording.record(person, looks=looks, said=said, now=timezone.now())
    return HttpResponse(status=204)


def _read(body: bytes, person: Person) -> tuple[list[Look], list[tokens.Said]]:
    try:
        report = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    lists, said = _part(report, "lists"), _part(report, "said")
    if len(lists) + len(said) > MOST_LISTS:
        raise Malformed
    looks = []
    for one in lists:
        shown = tokens.read_list(_text(one, "token"), person)
        size = len(shown.item_ids)
        looks.append(Look(shown, _positions(one, "seen", size), _positions(one, "opened", size)))
    return looks, [tokens.read_prediction(_text({"token": one}, "token"), person) for one in said]


def _part(report: Any, name: str) -> list[Any]:
    found = report.get(name, []) if isinstance(report, dict) else None
    if not isinstance(found, list):
        raise Malformed
    return found


def _text(one: Any, name: str) -> str:
    found = one.get(name) if isinstance(one, dict) else None
    if not isinstance(found, str):
        raise Malformed
    return found


def _positions(one: dict[str, Any], name: str, size: int) -> frozenset[int]:
    found = _part(one, name)
    if not all(type(at) is int and 0 <= at < size for at in found):
        raise Malformed
    return frozenset(found)


def _is_machine(request: HttpRequest) -> bool:
    """Programs that say so, and browsers that only load ahead."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    agent = request.headers.get("User-Agent", "")
    return "prefetch" in purpose or "prerender" in purpose or bool(MACHINES.search(agent))


def may_report(person: Person) -> bool:
    """At most so many reports a minute; a cache that is away lets everybody in."""
    minute = int(timezone.now().timestamp()) // 60
    key = f"recommendations:seen:{person.pk}:{minute}"
    cache.add(key, 0, 120)
    try:
        return cache.incr(key) <= MOST_A_MINUTE
    except ValueError:
        return True
