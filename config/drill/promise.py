"""What a check is: a promise, how it is put to the test, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from config.drill.site import CannotDrill, Site


class NotHeld(Exception):
    """The promise was broken; the message says what was seen instead."""


class LeftOut(Exception):
    """What cannot be shown on this installation; the message says why."""


@dataclass(frozen=True)
class Promise:
    """`check` breaks something, and gives a sentence with what it saw; NotHeld, LeftOut."""

    name: str
    words: str
    check: Callable[[Site], str]


@dataclass(frozen=True)
class Outcome:
    promise: Promise
    held: bool | None  # None: left out
    said: str
    seconds: float


def put_to_the_test(promise: Promise, scratch: Site) -> Outcome:
    """Whatever goes wrong while something is broken on purpose is a promise that did not hold."""
    began = time.monotonic()
    held: bool | None = False
    try:
        said = promise.check(scratch)
        held = True
    except LeftOut as reason:
        held, said = None, str(reason)
    except (NotHeld, CannotDrill) as reason:
        said = str(reason)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    finally:
        _clear_up(scratch)
    return Outcome(promise, held, said, time.monotonic() - began)


def _clear_up(scratch: Site) -> None:
    """Nothing that a check left is the next one's trouble."""
    if scratch.broker:
        scratch.broker.relay.open()
    scratch.ask("[services.cancel(run) for run in ModelRun.objects.active()]")


def hold(condition: object, otherwise: str) -> None:
    """Go on where the condition holds."""
    if not condition:
        raise NotHeld(otherwise)
