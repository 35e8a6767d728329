"""Whether the web server answers: `python -m config.healthcheck`, status 0 or 1.

Containers ask this from inside, and the launcher while it starts, as a proxy in front would ask:
for an allowed host, and saying that the visitor came by HTTPS.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

ANYWHERE = ("", "0.0.0.0", "::")


def home_status(env: Mapping[str, str], *, timeout: float) -> int | None:
    """The status that the home page answers with; None where nothing answers."""
    bind, port = env.get("BIND", ""), env.get("PORT") or "8000"
    allowed = env.get("DJANGO_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*")
    request = urllib.request.Request(
        f"http://{'127.0.0.1' if bind in ANYWHERE else bind}:{port}/",
        headers={"Host": allowed or "localhost", "X-Forwarded-Proto": "https"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(0 if home_status(os.environ, timeout=4) == 200 else 1)
