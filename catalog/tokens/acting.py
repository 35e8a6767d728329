"""Whom a service acts for: its own outside people, and nobody else.

`ServiceUser` stands where a request has its user. It is no account: it is never staff, has no
permission and no session. A person is found by the service and its key together, so that a service
reaches neither members nor the people of another. One is made at the first thing they do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied

from catalog.many import LOOK_UP, having
from catalog.models import Person
from catalog.tokens.models import MAX_OUTSIDE_KEY, OutsidePerson, Service

HEADER, ACT_FOR = "Act-For", "HTTP_ACT_FOR"
"""The header, and as WSGI hands it over."""
CROWD = 100


class ServiceUser(AnonymousUser):
    """A service, for itself (`key` None) or for one of its people."""

    is_active = True  # type: ignore[assignment]

    def __init__(self, service: Service, key: str | None) -> None:
        super().__init__()
        self.service, self.key = service, key

    def __str__(self) -> str:
        return self.service.name

    @property
    def is_anonymous(self) -> bool:  # type: ignore[override]
        return False

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        return True

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    @cached_property
    def person(self) -> Person | None:
        """Nobody before they did something."""
        if self.key is None:
            return None
        outside = OutsidePerson.objects.filter(service=self.service, key=self.key)
        found = outside.select_related("person").first()
        return None if found is None else found.person

    def acting_person(self) -> Person:
        if self.key is None:
            words = _("Say for whom, in the header %(header)s.") % {"header": HEADER}
            raise PermissionDenied(words)
        if self.person is None:
            self.person = people_of(self.service, [self.key], make=True)[self.key]
        return self.person


def service_user(request: HttpRequest) -> ServiceUser | None:
    return request.user if isinstance(request.user, ServiceUser) else None


def people_of(service: Service, keys: Collection[str], *, make: bool = False) -> dict[str, Person]:
    """A service's people by key; those that there are not yet are made, if so asked."""
    rows = (row for some in _known(service, keys) for row in some.select_related("person"))
    found = {row.key: row.person for row in rows}
    if not make or len(found) == len(set(keys)):
        return found
    _make(service, set(keys) - found.keys())
    return people_of(service, keys)


def ids_of(service: Service, keys: Collection[str], *, make: Collection[str]) -> dict[str, int]:
    """The ids of a service's people by key; those of `make` that there are not yet are made.

    For a transaction that writes about all of them. Of those about a CROWD one waits for the other
    here, in the order in which they came: where each waits for some people of the others, they
    overtake each other, and some wait for too long.
    """
    if len(keys) >= CROWD:
        _lock(service)
    found = _ids(service, keys)
    missing = set(make) - found.keys()
    if missing:
        _make(service, missing)
        found |= _ids(service, missing)
    return found


def _make(service: Service, keys: Collection[str]) -> None:
    with transaction.atomic():
        _lock(service)  # each is made once
        missing = sorted(set(keys) - _ids(service, keys).keys())
        hidden = {"shows_reviews": False, "shows_lists": False}
        people = Person.objects.bulk_create([Person(**hidden) for _key in missing], LOOK_UP)
        OutsidePerson.objects.bulk_create(
            [
                OutsidePerson(service=service, key=key, person=person)
                for key, person in zip(missing, people, strict=True)
            ],
            LOOK_UP,
        )


def _lock(service: Service) -> None:
    """Until the transaction ends."""
    Service.objects.select_for_update(no_key=True).get(pk=service.pk)


def _ids(service: Service, keys: Collection[str]) -> dict[str, int]:
    return {
        key: person
        for some in _known(service, keys)
        for key, person in some.values_list("key", "person_id")
    }


def _known(service: Service, keys: Collection[str]) -> Iterator[QuerySet[OutsidePerson]]:
    return having(OutsidePerson.objects.filter(service=service), "key", keys)


def problem_of_key(key: object) -> str:
    """A sentence where this cannot be the key of a person; else ""."""
    most = MAX_OUTSIDE_KEY
    if isinstance(key, str) and key.isprintable() and 1 <= len(key.strip()) == len(key) <= most:
        return ""
    return _(
        "A person's key is a text of 1 to %(most)d printable characters, without spaces around it."
    ) % {"most": most}
