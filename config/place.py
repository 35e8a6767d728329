"""Where an embedded site lives and what its parts are told; used by `config.embedded` only.

A Site is made from environment variables once, and checked then. Its folder is locked while it
runs, and its port is tried before anything is started.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes, some systems 103
MOVIELENS_FILES = ("movies.csv", "movies.dat")


class CannotRun(RuntimeError):
    """Why the site cannot start, in a sentence for the terminal."""


@dataclass(frozen=True)
class Site:
    """Where an embedded site lives, and how it is reached."""

    var: Path
    data: Path | None
    host: str
    port: int
    redis_url: str  # "" where a server of our own is to be started
    socket: Path

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Site:
        var = Path(env.get("VAR_DIR") or ROOT / "var").resolve()
        data = Path(env["DATA"]).expanduser().resolve() if env.get("DATA") else None
        if data is not None:
            if not data.is_dir():
                raise CannotRun(f"DATA={data} is no folder; name one that holds a data set")
            digest = hashlib.sha256(str(data).encode()).hexdigest()[:8]
            var = var / "data" / f"{data.name}-{digest}"
        try:
            port = int(env.get("PORT") or 8000)
        except ValueError:
            raise CannotRun(f"PORT={env['PORT']!r} is no number") from None
        if not 0 < port < 65536:
            raise CannotRun(f"PORT={port} is no port; use one from 1 to 65535")
        return cls(
            var=var,
            data=data,
            host=env.get("BIND") or "127.0.0.1",
            port=port,
            redis_url=env.get("REDIS_URL", ""),
            socket=_socket_path(var),
        )

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """What every part of the site is started with; what the user has set wins."""
        ours = {
            "VAR_DIR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "BIND": self.host,
            "PORT": str(self.port),
            "REDIS_URL": self.redis_url or f"unix://{self.socket}",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }
        defaults = {
            "DJANGO_SECRET_KEY": _kept_secret(self.var / "secret_key"),
            "HTTPS_ONLY": "0",
            "COMPRESS_STATIC": "0",
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
        }
        if self.data is not None:
            ours["DATA"] = str(self.data)
            films = any((self.data / name).exists() for name in MOVIELENS_FILES)
            defaults["ITEM_NOUN"] = "film" if films else "item"
        given = {name: value for name, value in env.items() if value}
        return {**defaults, **given, **ours}


def check_port(site: Site) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((site.host, site.port))
        except OSError as error:
            raise CannotRun(
                f"port {site.port} on {site.host} cannot be used ({error.strerror}); "
                f"choose another: PORT={site.port + 1 if site.port < 65535 else 8000} make run"
            ) from None


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Holds the lock of a site's folder, so that no two launchers share a database."""
    with (var / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotRun(f"the site in {var} is already running") from None
        yield


def _kept_secret(file: Path) -> str:
    """The key that signs sessions, made at the first start."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50))
    return file.read_text().strip()


def _socket_path(var: Path) -> Path:
    """In the site's folder, or, where that path is too long for a socket, in the temporary one."""
    beside = var / "valkey.sock"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"catalogue-{os.getuid()}-{digest}" / "valkey.sock"
