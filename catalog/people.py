"""Which Person stands behind a request.

A member's person hangs on their account; a visitor's id is kept in the session's data, so that it
outlives the new session key that signing in brings; a service says whom it acts for (`tokens`).
Reading never writes: a person is made only when somebody acts. On signing up or in, what the
visitor did moves to the member.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from catalog import services
from catalog.models import Person, User
from catalog.tokens.acting import service_user

SESSION_FIELD = "person_id"
_CACHE = "_catalog_person"


def current_person(request: HttpRequest) -> Person | None:
    """Who this is, or None for somebody who has not done anything yet."""
    if (service := service_user(request)) is not None:
        return service.person
    user_id = request.user.pk if request.user.is_authenticated else None
    cached: tuple[int | None, Person | None] | None = request.__dict__.get(_CACHE)
    if cached is None or cached[0] != user_id:
        cached = user_id, _find_person(request, user_id)
        request.__dict__[_CACHE] = cached
    return cached[1]


def acting_person(request: HttpRequest) -> Person:
    """Who this is; made now where there was nobody yet. For requests that write."""
    if (service := service_user(request)) is not None:
        return service.acting_person()
    person = current_person(request)
    if person is not None:
        return person
    user_id = request.user.pk if request.user.is_authenticated else None
    if user_id is not None:
        person, _created = Person.objects.get_or_create(user_id=user_id)
    else:
        person = Person.objects.create(session_key=secrets.token_urlsafe(24))
        request.session[SESSION_FIELD] = person.pk
    request.__dict__[_CACHE] = user_id, person
    return person


def _find_person(request: HttpRequest, user_id: int | None) -> Person | None:
    if user_id is None:
        return _visitor(request)
    user = request.user
    if isinstance(user, User) and "person" in user._state.fields_cache:  # it came with a token
        person: Person | None = user._state.fields_cache["person"]
        return person
    return Person.objects.filter(user_id=user_id).first()


def _visitor(request: HttpRequest) -> Person | None:
    session = getattr(request, "session", None)
    person_id = session.get(SESSION_FIELD) if session is not None else None
    if person_id is None:
        return None
    return Person.objects.filter(pk=person_id, user=None).first()


@receiver(user_logged_in, dispatch_uid="catalog.adopt_visitor")
def adopt_on_login(sender: Any, *, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Signing in, or up: the visitor's events become the member's."""
    member, _created = Person.objects.get_or_create(user=user)
    visitor = _visitor(request)
    if visitor is not None:
        services.adopt_visitor(visitor, member=member)
        request.session.pop(SESSION_FIELD, None)
    request.__dict__.pop(_CACHE, None)
