"""A site to break: this installation's code, servers and settings, with nothing of its own data.

`open_scratch` makes an empty database beside the real one, takes two empty database numbers of the
same Redis, reached through a Relay, and folders that go at the end.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from config.drill.faults import Relay
from config.drill.site import ROOT, Broker, CannotDrill, Site

SILENT = ("ARTIFACTS_URL", "SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Variables by which others would see, or keep, what is broken on purpose."""
DATABASES = range(13, 3, -1)
"""Numbers that may be taken for broker and, two on, cache: the site itself begins at 0."""


@contextmanager
def open_scratch() -> Iterator[Site]:
    """An empty site, migrated; CannotDrill where this installation has no place for one.

    The network takes no part in trainings: they are to be quick, and what is learned is not the
    question.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drill-")))
        broker, redis = stack.enter_context(_broker(folder))
        env = {name: value for name, value in os.environ.items() if name not in SILENT}
        env |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
            "DJANGO_DEBUG": "0",
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS_ONLY": "0",
            "DATABASE_URL": stack.enter_context(_database(folder)),
            "VAR_DIR": str(folder / "var"),
            "MEDIA_ROOT": str(folder / "var" / "media"),
            "ARTIFACTS_ROOT": str(folder / "var" / "artifacts"),
            "LOG_LEVEL": "ERROR",
            "TRAIN_BUDGET": "none",
            "PYTHONPATH": str(ROOT),
            **redis,
        }
        scratch = stack.enter_context(closing(Site(env, folder, broker)))
        scratch.manage("migrate", "--verbosity", "0")
        _static_files(scratch)
        yield scratch


@contextmanager
def another(site: Site) -> Iterator[Site]:
    """A second, empty one with the same Redis; for what would disturb the first."""
    with tempfile.TemporaryDirectory(prefix="drill-") as name, _database(Path(name)) as url:
        own = {"DATABASE_URL": url, "VAR_DIR": name, "ARTIFACTS_ROOT": f"{name}/artifacts"}
        with closing(replace(site, env=site.env | own, folder=Path(name), _answering=[])) as second:
            second.manage("migrate", "--verbosity", "0")
            yield second


def _static_files(scratch: Site) -> None:
    """Those that were collected for the real site, else collected now."""
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        scratch.env["STATIC_ROOT"] = str(settings.STATIC_ROOT)
        return
    scratch.env.update(STATIC_ROOT=str(scratch.folder / "static"), COMPRESS_STATIC="0")
    scratch.manage("collectstatic", "--noinput", "--verbosity", "0")


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    """The address of an empty database on the server of the real one."""
    real = settings.DATABASES["default"]
    if "sqlite" in real["ENGINE"]:
        yield f"sqlite:///{folder}/scratch.sqlite3"
        return
    name = f"drill_{secrets.token_hex(6)}"
    user, password = quote(real["USER"], safe=""), quote(real["PASSWORD"], safe="")
    place = f"{user}:{password}@{real['HOST']}:{real['PORT'] or 5432}"
    try:
        with psycopg.connect(
            f"postgresql://{place}/{quote(real['NAME'])}", autocommit=True, connect_timeout=10
        ) as server:
            server.execute(f'CREATE DATABASE "{name}"')
            try:
                yield f"postgresql://{place}/{name}"
            finally:
                server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    except psycopg.errors.InsufficientPrivilege as error:
        raise CannotDrill(
            f"{real['USER']} may not make a database to drill on; as an owner of the server: "
            f"ALTER ROLE {real['USER']} CREATEDB"
        ) from error


@contextmanager
def _broker(folder: Path) -> Iterator[tuple[Broker | None, dict[str, str]]]:
    """The real site's Redis, through a relay; None where it has none, or one that is away."""
    parts = urlsplit(settings.REDIS_URL)
    if parts.scheme not in ("redis", "unix"):
        yield None, {"REDIS_URL": ""}
        return
    first = _empty_database(settings.REDIS_URL)
    upstream = parts.path if parts.scheme == "unix" else (parts.hostname or "", parts.port or 6379)
    relay = Relay(upstream)
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    through = urlunsplit(("redis", f"{login}127.0.0.1:{relay.port}", "", "", ""))
    broker, cache = (_client(settings.REDIS_URL, first + add) for add in (0, 2))
    try:
        yield (
            Broker(relay, broker, cache),
            {"REDIS_URL": through, "REDIS_FIRST_DATABASE": str(first)},
        )
    finally:
        relay.shut()
        for client in (broker, cache):
            client.flushdb()
            client.close()


def _empty_database(url: str) -> int:
    try:
        for number in DATABASES:
            with _client(url, number) as one, _client(url, number + 2) as two:
                if not one.dbsize() and not two.dbsize():
                    return number
    except (RedisError, OSError) as error:
        raise CannotDrill(f"Redis does not answer at REDIS_URL ({error}); start it first") from None
    raise CannotDrill("Redis has no two empty databases among its 16 to drill on")


def _client(url: str, number: int) -> Redis:
    return Redis.from_url(url, db=number, socket_timeout=5, socket_connect_timeout=5)
