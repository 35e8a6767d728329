"""What containers ask from inside: `python -m config.healthcheck [QUEUE]`, status 0 or 1.

Without a queue: whether the web server is alive, and no more; a database that is away is no reason
to start the web anew. With one: whether this host's worker said lately that it consumes it. The
launcher asks for the home page while it starts, as a proxy in front would: for an allowed host, and
saying that the visitor came by HTTPS.
"""

from __future__ import annotations

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from redis.exceptions import RedisError

from recommendations import consumers

ANYWHERE = ("", "0.0.0.0", "::")
SECONDS = 4.0


def main(arguments: Sequence[str]) -> int:
    if arguments:
        return 0 if consumes(arguments[0]) else 1
    return 0 if status_of("/healthz", os.environ, timeout=SECONDS) == 200 else 1


def status_of(address: str, env: Mapping[str, str], *, timeout: float) -> int | None:
    """The status that the web server answers with; None where nothing answers."""
    bind, port = env.get("BIND", ""), env.get("PORT") or "8000"
    allowed = env.get("DJANGO_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*")
    request = urllib.request.Request(
        f"http://{'127.0.0.1' if bind in ANYWHERE else bind}:{port}{address}",
        headers={"Host": allowed or "localhost", "X-Forwarded-Proto": "https"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def consumes(queue: str) -> bool:
    """Whether a worker of this host, named as compose.yaml names it, consumes the queue."""
    try:
        return f"{queue}@{socket.gethostname()}" in consumers.consumers().get(queue, ())
    except (RedisError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
