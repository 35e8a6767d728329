"""The broker is stopped, silent, or flushed: nobody who visits notices, and no training is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

from config.drill.promise import LeftOut, hold
from config.drill.site import Broker, Site, wait
from config.drill.visitor import Answer, Visitor, percentile

RATINGS = 40
MOST_SECONDS = 0.3
"""Of a rating, at the 95th percentile, beyond what one takes while nothing is wrong."""
PATIENCE = 4.0
"""Seconds for any answer beyond that: the first one may wait for what is away once."""
TRAINING_SECONDS = 120


def stopped(site: Site) -> str:
    return _without_answers(site, lambda broker: broker.relay.shut())


def silent(site: Site) -> str:
    return _without_answers(site, lambda broker: broker.relay.silence())


def flushed(site: Site) -> str:
    """The message that a training waits is gone; the row is not, and beat looks at rows."""
    broker = _broker(site)
    run = _ask_for_a_training(site)
    hold(broker.direct.llen("train"), "no message was sent for a training that was asked for")
    broker.direct.flushdb()
    with site.worker():
        _trained_once(site, run)
    return "The queue was emptied; the training that waited was found again, and ran once."


def _without_answers(site: Site, fail: Callable[[Broker], None]) -> str:
    broker = _broker(site)
    with site.web() as visitor:
        items = visitor.item_ids()
        hold(len(items) >= 10, f"the browse page shows {len(items)} items; the world is not there")
        usual_rating, usual_sign_up = _usual(Visitor(visitor.home), items)
        before = site.ask("Rating.objects.count()")
        fail(broker)
        pages = [visitor.get(path) for path in ("/", "/browse/", f"/items/{items[0]}/")]
        _all_fine(pages, "a page")
        _all_fine([visitor.sign_up(_new_name())], "a sign-up", usual=usual_sign_up)
        rated = _rate(visitor, items)
        run = _ask_for_a_training(site)
        broker.relay.open()
    found = site.ask("Rating.objects.count()") - before
    wanted = min(RATINGS, len(items))
    hold(found == wanted, f"{wanted} items were rated and {found} ratings were kept")
    with site.worker():
        _trained_once(site, run)
    slow = percentile(rated, 0.95)
    took = f"{slow * 1000:.0f} ms (95th percentile)"
    hold(slow <= MOST_SECONDS + usual_rating, f"ratings took {took}")
    return (
        f"Pages and a sign-up answered, {wanted} ratings were kept, none twice, at {took}; "
        "a training asked for meanwhile ran once after."
    )


def _usual(visitor: Visitor, items: list[int]) -> tuple[float, float]:
    """Seconds of a rating, at the 95th percentile, and of a sign-up, while nothing is wrong."""
    rated = [visitor.rate(item, stars=3) for item in items]
    _all_fine(rated, "a rating before anything was wrong")
    sign_up = visitor.sign_up(_new_name())
    _all_fine([sign_up], "a sign-up before anything was wrong")
    return percentile([answer.seconds for answer in rated], 0.95), sign_up.seconds


def _new_name() -> str:
    return f"reader-{uuid4().hex[:8]}"


def _broker(site: Site) -> Broker:
    if site.broker is None:
        raise LeftOut("no REDIS_URL is set: there is no broker that could fail")
    return site.broker


def _rate(visitor: Visitor, items: list[int]) -> list[float]:
    """Rates, one item after the other, some more than once; the seconds that each took."""
    answers = [
        visitor.rate(items[turn % len(items)], stars=1 + turn % 9 / 2) for turn in range(RATINGS)
    ]
    _all_fine(answers, "a rating")
    return [answer.seconds for answer in answers]


def _all_fine(answers: list[Answer], what: str, *, usual: float = 0.0) -> None:
    for answer in answers:
        hold(answer.is_fine, f"{what} was answered with status {answer.status}")
        hold(answer.seconds < PATIENCE + usual, f"{what} took {answer.seconds:.1f} s")


def _ask_for_a_training(site: Site) -> int:
    """The run that waits; asking must not take longer than somebody at a button would wait."""
    began = time.monotonic()
    site.ask("str(broker.enqueue_retrain())")
    seconds = time.monotonic() - began
    hold(seconds < 15, f"asking for a training took {seconds:.0f} s")
    waiting = site.ask("[run.pk for run in ModelRun.objects.filter(status='queued')]")
    hold(len(waiting) == 1, f"{len(waiting)} trainings wait after one was asked for")
    return int(waiting[0])


def _trained_once(site: Site, run: int) -> None:
    over = f"ModelRun.objects.get(pk={run}).is_active"
    ended = wait(lambda: not site.ask(over), seconds=TRAINING_SECONDS)
    hold(ended, f"run {run} did not end within {TRAINING_SECONDS} s of the broker's return")
    status = site.ask(f"ModelRun.objects.get(pk={run}).status")
    hold(status == "succeeded", f"run {run} ended as {status}: {site.errors()}")
    again = site.ask(f"ModelRun.objects.filter(pk__gt={run}).count()")
    hold(again == 0, f"after run {run} another one was made for the same wish")
