"""Views on their way to the database, in a Redis stream: what a site with many visitors may use.

`note` adds a view to the stream and remembers it for the person, in one step; `catalog.view_writer`
moves the stream into the database. A Redis that is full, slow or away makes `note` say None, and
the view is written directly: no request fails or waits longer than PATIENCE for it. What happens to
a person's views meanwhile (taken back, moved to an account) is noted beside the stream, so that the
writer does it too. Off unless VIEW_BUFFER is set.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from catalog import owners
from catalog.models import VIEW_PAUSE

logger = logging.getLogger(__name__)
STREAM, INCARNATION, FATES = "catalogue:views", "catalogue:views:name", "catalogue:views:fates"
PATIENCE = 0.15  # seconds that a request waits for Redis
RETRY_SECONDS = 10.0
WRITER_PATIENCE = 5.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Answer = TypeVar("Answer")
_retry_at: dict[str, float] = {}

NOTE = """
local lately = redis.call('HGET', KEYS[2], ARGV[2])
if lately and math.abs(tonumber(ARGV[3]) - tonumber(lately)) < tonumber(ARGV[4]) then return 0 end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[5]) then return -1 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], math.floor(tonumber(ARGV[4]) / 1000))
redis.call('XADD', KEYS[1], '*', 'person', ARGV[1], 'item', ARGV[2], 'at', ARGV[3])
return 1
"""
FORGET_FATES = "if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end"


@dataclass(frozen=True)
class BufferedView:
    """A view that waits in the stream."""

    entry: str  # its id in the stream
    person_id: int
    item_id: int
    at: datetime


@dataclass(frozen=True)
class Fates:
    """What happened to views while they waited."""

    members: dict[int, int]  # by visitor: whom they turned out to be
    forgotten: dict[tuple[int, int], datetime]  # by person and item: views until then are none


def is_on() -> bool:
    return bool(settings.VIEW_BUFFER and settings.VIEW_BUFFER_URL)


def note(person_id: int, item_id: int, *, at: datetime) -> bool | None:
    """Whether this view is news, and then buffered; None where it must be written directly."""

    def ask(redis: Redis) -> bool | None:
        keys = [STREAM, _of(person_id)]
        most, pause = settings.VIEW_BUFFER_MOST, VIEW_PAUSE // MICROSECOND
        said = redis.register_script(NOTE)(keys, [person_id, item_id, _stamp(at), pause, most])
        return None if said == -1 else said == 1

    is_news = _ask(ask, otherwise=None)
    if is_news:
        owners.say(people=[person_id])
    return is_news


def recent(person_id: int) -> dict[int, datetime]:
    """What this person looked at in the last 30 minutes, by item, as far as it was buffered."""
    return {item_id: at for (_person, item_id), at in recent_of([person_id]).items()}


def recent_of(people: Collection[int]) -> dict[tuple[int, int], datetime]:
    """What these people looked at in the last 30 minutes, by person and item, as far as it was
    buffered."""
    asked = list(people)

    def ask(redis: Redis) -> list[dict[Any, Any]]:
        with redis.pipeline(transaction=False) as steps:
            for person_id in asked:
                steps.hgetall(_of(person_id))
            return list(steps.execute())

    nothing: list[dict[Any, Any]] = []
    found = zip(asked, _ask(ask, otherwise=nothing), strict=False)
    return {(who, int(item)): _time(at) for who, own in found for item, at in own.items()}


def forget(person_id: int, item_id: int) -> None:
    """Views of this item by this person that still wait will not be written."""

    def ask(redis: Redis) -> None:
        with redis.pipeline() as steps:
            steps.hset(FATES, f"{person_id}:{item_id}", _stamp(datetime.now(UTC)))
            steps.hdel(_of(person_id), str(item_id))
            steps.execute()

    _ask(ask, otherwise=None)
    owners.say(people=[person_id])


def forget_person(person_id: int) -> None:
    """No view by this person that still waits will be written."""

    def ask(redis: Redis) -> None:
        with redis.pipeline() as steps:
            steps.hset(FATES, f"{person_id}:*", _stamp(datetime.now(UTC)))
            steps.delete(_of(person_id))
            steps.execute()

    _ask(ask, otherwise=None)
    owners.say(people=[person_id])


def adopt(visitor_id: int, *, member_id: int) -> None:
    """Views of this visitor that still wait will be written as the member's."""

    def ask(redis: Redis) -> None:
        lately: dict[Any, Any] = redis.hgetall(_of(visitor_id))
        with redis.pipeline() as steps:
            steps.hset(FATES, str(visitor_id), str(member_id))
            if lately:
                steps.hset(_of(member_id), mapping=lately)
                steps.pexpire(_of(member_id), VIEW_PAUSE)
                steps.delete(_of(visitor_id))
            steps.execute()

    _ask(ask, otherwise=None)
    owners.say(people=[visitor_id, member_id])


class Reader:
    """The writer's side of the stream. Its methods raise RedisError where Redis is away."""

    def __init__(self) -> None:
        self._redis = _client(settings.VIEW_BUFFER_URL, WRITER_PATIENCE)

    def read(self, count: int) -> tuple[str, list[BufferedView]]:
        """The stream's name for itself, new after each loss, and its oldest views."""
        with self._redis.pipeline() as steps:
            steps.set(INCARNATION, uuid.uuid4().hex, nx=True)
            steps.get(INCARNATION)
            steps.xrange(STREAM, count=count)
            _new, incarnation, entries = steps.execute()
        return incarnation, [_view(entry, fields) for entry, fields in entries]

    def fates(self, views: Iterable[BufferedView]) -> Fates:
        """What happened to these views since they were noted."""
        people = sorted({view.person_id for view in views})
        pairs = sorted({(view.person_id, view.item_id) for view in views})
        names = [*map(str, people), *(f"{person}:*" for person in people)]
        names += [f"{person}:{item}" for person, item in pairs]
        found: Sequence[Any] = self._redis.hmget(FATES, names)
        members = zip(people, found, strict=False)
        whole = dict(zip(people, found[len(people) :], strict=False))
        single = zip(pairs, found[2 * len(people) :], strict=True)
        ends = {pair: [_time(at) for at in (one, whole[pair[0]]) if at] for pair, one in single}
        return Fates(
            members={visitor: int(member) for visitor, member in members if member},
            forgotten={pair: max(times) for pair, times in ends.items() if times},
        )

    def drop(self, views: Sequence[BufferedView]) -> None:
        """Take views out of the stream that were written."""
        if views:
            self._redis.xdel(STREAM, *(view.entry for view in views))
        self._redis.register_script(FORGET_FATES)([STREAM, FATES])

    def length(self) -> int:
        return int(self._redis.xlen(STREAM))


def _ask(question: Callable[[Redis], Answer], *, otherwise: Answer) -> Answer:
    """Redis' answer; a failed try costs PATIENCE, and then nothing is tried for a while."""
    if not is_on() or time.monotonic() < _retry_at.get(settings.VIEW_BUFFER_URL, 0.0):
        return otherwise
    try:
        return question(_client(settings.VIEW_BUFFER_URL, PATIENCE))
    except (RedisError, OSError) as error:
        _retry_at[settings.VIEW_BUFFER_URL] = time.monotonic() + RETRY_SECONDS
        logger.warning(
            "the buffer of views is away (%s); views are written directly for %d s",
            error,
            RETRY_SECONDS,
        )
        return otherwise


@lru_cache(maxsize=4)
def _client(url: str, patience: float) -> Redis:
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )


def _of(person_id: int) -> str:
    return f"catalogue:views:of:{person_id}"


def _view(entry: str, fields: dict[str, str]) -> BufferedView:
    return BufferedView(entry, int(fields["person"]), int(fields["item"]), at=_time(fields["at"]))


def _stamp(at: datetime) -> int:
    """Microseconds since 1970: what a column of times keeps."""
    return (at - EPOCH) // MICROSECOND


def _time(stamp: str) -> datetime:
    return EPOCH + int(stamp) * MICROSECOND
