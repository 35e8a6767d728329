"""Damaged models, an emptied cache, a slow database, next to no data: pages still answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from config.drill.promise import LeftOut, hold
from config.drill.scratch import another
from config.drill.site import Site, last_line
from config.drill.training_checks import TRAINING, served

PATIENCE = 3
"""Seconds that the web servers of these checks wait for a database."""
MOST_SECONDS = 2 * PATIENCE + 2.0


def damaged(site: Site) -> str:
    """The live model's files are changed in ways that accidents and attackers have."""
    site.run(*TRAINING, "run")
    site.run(*TRAINING, "run")
    live = served(site)
    hold(live and live[1] is False, "there is no live model to damage")
    folder = site.artifacts / site.ask("ModelRun.objects.get(is_live=True).artifact")
    with site.web() as visitor:
        for what, break_it in DAMAGES.items():
            kept = {path: path.read_bytes() for path in folder.iterdir()}
            break_it(folder)
            now = served(site)
            hold(now and now[0] != live[0] and now[1], f"a model that was {what} is still served")
            problem = site.ask("ModelRun.objects.get(is_live=True).artifact_problem")
            hold(problem, f"nobody was told of a model that was {what}")
            hold(visitor.get("/").status == 200, f"with a model that was {what}, no page")
            for path, contents in kept.items():
                path.write_bytes(contents)
            hold(served(site) == live, f"the model that was {what} does not serve when mended")
    return f"A model that was {', '.join(DAMAGES)} was refused and named; the one before it served."


def cache_flushed(site: Site) -> str:
    """The cache is emptied between two looks of one reader at their list."""
    if site.broker is None:
        raise LeftOut("no REDIS_URL is set: each process remembers for itself")
    with site.web() as visitor:
        for item in visitor.item_ids()[:5]:
            visitor.rate(item, stars=5)
        before = visitor.api("recommendations/for-you/")
        site.broker.cache.flushdb()
        after = visitor.api("recommendations/for-you/")
    hold(before and before["results"], "there was no list to compare")
    hold(_timeless(before) == _timeless(after), "the list changed when the cache was emptied")
    return f"A list of {len(before['results'])} items was the same after the cache was emptied."


def database_slow(site: Site) -> str:
    """Another process holds a lock that the site needs."""
    with site.web(DATABASE_PATIENCE=str(PATIENCE)) as visitor:
        item = visitor.item_ids()[0]
        visitor.rate(item, stars=4)
        with _locked(site):
            page = visitor.get(f"/items/{item}/")
            rated = None if site.on_postgresql else visitor.rate(item, stars=2)
        hold(page.status == 200, f"a page was answered with status {page.status}")
        hold(page.seconds < MOST_SECONDS, f"a page took {page.seconds:.1f} s")
        if rated is not None:
            hold(rated.status == 503, f"a rating that waited was answered with {rated.status}")
        hold(visitor.rate(item, stars=3).is_fine, "no rating was taken after the lock was gone")
    left = "without the panels that needed it" if site.on_postgresql else "as ever"
    return f"A page came in {page.seconds:.1f} s, {left}; after the lock ratings were taken again."


def database_read_only(site: Site) -> str:
    """A failed-over or full PostgreSQL takes no changes."""
    if not site.on_postgresql:
        raise LeftOut("SQLite has no read-only state to be put into from outside")
    name = urlsplit(site.env["DATABASE_URL"]).path[1:]
    with psycopg.connect(site.env["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            with site.web() as visitor:
                item = visitor.item_ids()[0]
                pages = [visitor.get(path).status for path in ("/", f"/items/{item}/")]
                rated = visitor.rate(item, stars=4).status
        finally:
            server.execute("SET default_transaction_read_only = off")
            server.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    hold(pages == [200, 200], f"pages were answered with {pages}")
    hold(rated == 503, f"a rating was answered with {rated}, not with 503")
    return "Pages were shown; a rating was refused with status 503 and a sentence."


def next_to_nothing(site: Site) -> str:
    """A site with 0, 1 and 2 people: no error, and nothing is made of nothing."""
    with another(site) as small, small.web() as visitor:
        for people in (0, 1, 2):
            small.manage("flush", "--noinput", "--verbosity", "0")
            small.run(*TRAINING, "world", str(people))
            done = small.run(*TRAINING, "run")
            hold(done.returncode == 0, f"{people} people: {last_line(done.stderr)}")
            run = json.loads(done.stdout.splitlines()[-1])
            hold(run["status"] == "refused", f"{people} people: a training {run['status']}")
            hold(visitor.get("/").status == 200, f"{people} people: no home page")
    return "With 0, 1 and 2 people every training was refused, and pages answered."


def _timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """The same without when its tokens were signed, and how long ago its model was trained."""
    results = [pick | {"token": f"{pick['token']}".split(":")[0]} for pick in answer["results"]]
    return answer | {"results": results, "explanation": answer["explanation"].split(" · ")[0]}


def _flip(path: Path) -> None:
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(bytes(contents))


def _an_array(folder: Path) -> Path:
    return max(folder.glob("*.npy"), key=lambda path: path.stat().st_size)


def _truncate(folder: Path) -> None:
    array = _an_array(folder)
    array.write_bytes(array.read_bytes()[:-1])


def _from_the_future(folder: Path) -> None:
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(told | {"format": 10_000}))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "changed in one bit": lambda folder: _flip(_an_array(folder)),
    "cut short": _truncate,
    "made by a later version": _from_the_future,
    "left without its manifest": lambda folder: (folder / "manifest.json").unlink(),
}


@contextmanager
def _locked(site: Site) -> Iterator[None]:
    """PostgreSQL: nobody reads trainings. SQLite: nobody writes."""
    if site.on_postgresql:
        with psycopg.connect(site.env["DATABASE_URL"]) as other:
            other.execute("LOCK TABLE recommendations_modelrun IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()
        return
    path = urlsplit(site.env["DATABASE_URL"]).path[1:]
    other_file = sqlite3.connect(f"/{path.lstrip('/')}", isolation_level=None, timeout=30)
    try:
        other_file.execute("BEGIN IMMEDIATE")
        yield
        other_file.execute("ROLLBACK")
    finally:
        other_file.close()
