"""A mark of each person, account and service: another one after each change of what is theirs.

Like the catalogue's mark (`changes`), but of what one person did and said, and of the account or
service that lets them in, with its tokens. Rows of theirs are `Owned`: saved, deleted, changed or
made by the hundred, they say so themselves once others can see it (`say`). A request of the API
that shows a token learns two of these marks along with its limit; what a process found out about
somebody holds while they are the same. Rows that go along with their item say nothing: the
catalogue changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, ClassVar, Literal, TypeVar

from django.contrib.auth.models import UserManager
from django.core.signals import request_finished, request_started
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.dispatch import receiver

from catalog import changes

Row = TypeVar("Row", bound=models.Model)
KEYS_AT_ONCE = 5000
MOST_CHANGES = 100_000
_numbers = count(1)
_forgotten = 0
_changes_here: dict[str, int] = {}


@dataclass(frozen=True)
class Owner:
    """Whose token is shown, an account's or a service's, and whom it is about; primary keys."""

    kind: Literal["account", "service"]
    holder: int
    person: int
    """0 where a service acts for itself."""

    @property
    def keys(self) -> tuple[str, str]:
        """Under which the shared cache keeps their marks."""
        return _key(self.kind, self.holder), _key("person", self.person)


@dataclass(frozen=True)
class Marks:
    owner: Owner
    holder: int
    person: int
    here: tuple[int, ...]
    """How often this process changed something of theirs: it knows before others can see it, and
    where Redis cannot be told."""


_known: ContextVar[Marks | None] = ContextVar("marks of an owner", default=None)


def known() -> Marks | None:
    """The marks of whoever asks, as this request found them before it read anything of theirs;
    None where they are not known, or it has changed something of theirs since."""
    return _known.get()


def known_of(person_id: int) -> tuple[object, ...] | None:
    """Under what holds what was found out about this person and the catalogue; None: under nothing
    that is known."""
    marks, catalogue = _known.get(), changes.known()
    if marks is None or catalogue is None or marks.owner.person != person_id:
        return None
    return marks.person, marks.here, *catalogue


def note(owner: Owner | None, marks: Sequence[int] | None) -> None:
    """What the shared cache said under an owner's keys, before anything of theirs was read."""
    if owner is None or not marks:
        _known.set(None)
        return
    holder, person = marks
    here = (_forgotten, *(_changes_here.get(key, 0) for key in owner.keys))
    _known.set(Marks(owner, holder, person, here))


def say(
    *,
    people: Iterable[int | None] = (),
    accounts: Iterable[int | None] = (),
    services: Iterable[int | None] = (),
) -> None:
    """Something of theirs is another: for this request at once, and by new marks once others can
    see it."""
    kinds = (("person", people), ("account", accounts), ("service", services))
    keys = {_key(kind, pk) for kind, some in kinds for pk in some if pk}
    if not keys:
        return
    _change_here(keys)
    marks = _known.get()
    if marks is not None and not keys.isdisjoint(marks.owner.keys):
        _known.set(None)
    database: Any = connections[DEFAULT_DB_ALIAS]
    waiting = database.run_on_commit[-1:] if database.in_atomic_block else []
    for savepoints, last, *_ in waiting:  # what shares its fate is said with it
        if isinstance(last, _Saying) and savepoints == set(database.savepoint_ids):
            last.keys.update(keys)
            return
    transaction.on_commit(_Saying(keys))


def _change_here(keys: Iterable[str]) -> None:
    global _forgotten
    number = next(_numbers)
    _changes_here.update(dict.fromkeys(keys, number))
    if len(_changes_here) > MOST_CHANGES:
        _forgotten = number  # of all
        _changes_here.clear()


@dataclass(eq=False)
class _Saying:
    """Makes the next request of each owner find a new mark."""

    keys: set[str] = field(default_factory=set)

    def __call__(self) -> None:
        keys = iter(self.keys)
        while some := list(islice(keys, KEYS_AT_ONCE)):
            changes.take_away(some)


def _key(kind: str, pk: int) -> str:
    return f"catalog:mark:{kind}:{pk}"


@receiver(request_finished, dispatch_uid="catalog.forget_old_owner")
@receiver(request_started, dispatch_uid="catalog.forget_owner")
def _forget(sender: Any, **_said: Any) -> None:
    _known.set(None)


class OwnedQuerySet(models.QuerySet[Row]):
    """Of `Owned` rows. A change asks first whose they are: one query more."""

    untold: ClassVar[frozenset[str]] = frozenset()
    """But for a change of these fields, from which nothing follows that is kept."""

    def update(self, **values: Any) -> int:
        if values.keys() <= self.untold:
            return super().update(**values)
        before = self._owners()
        changed = super().update(**values)
        if changed:
            say(**before)
            say(**self._owners_among(values))
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        before = self._owners()
        deleted = super().delete()
        say(**before)
        return deleted

    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        made = super().bulk_create(objs, *args, **options)
        for kind, name in self._owned_by().items():
            say(**{kind: [getattr(row, name) for row in made]})
        return made

    def _owned_by(self) -> Mapping[str, str]:
        model: Any = self.model
        by: Mapping[str, str] = model.owned_by
        return by

    def _owners(self) -> dict[str, set[Any]]:
        by = self._owned_by()
        rows = set(self.order_by().values_list(*by.values()))
        return {kind: {row[at] for row in rows} for at, kind in enumerate(by)}

    def _owners_among(self, values: Mapping[str, Any]) -> dict[str, list[int]]:
        """Whose the rows become, where they change hands."""
        new = {
            kind: values.get(name, values.get(name.removesuffix("_id")))
            for kind, name in self._owned_by().items()
        }
        ids = {kind: getattr(value, "pk", value) for kind, value in new.items()}
        return {kind: [pk] for kind, pk in ids.items() if isinstance(pk, int)}


class AccountManager(UserManager.from_queryset(OwnedQuerySet)):  # type: ignore[misc]
    """Django's, of accounts that are `Owned`."""

    use_in_migrations = False


class Owned(models.Model):
    """A row of a person, an account or a service. Its managers must be of an `OwnedQuerySet`."""

    owned_by: ClassVar[Mapping[str, str]] = {"people": "person_id"}
    """The fields that say whose it is: by the parameters of `say`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        super().save(*args, **options)
        say(**self._owners())

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        owners = self._owners()  # gone with it
        deleted = super().delete(*args, **options)
        say(**owners)
        return deleted

    def _owners(self) -> dict[str, list[int | None]]:
        return {kind: [getattr(self, name)] for kind, name in self.owned_by.items()}
