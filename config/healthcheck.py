"""Whether the web server of this container answers: `python -m config.healthcheck`, status 0 or 1.

It asks from inside, over plain HTTP, as the proxy in front would: for an allowed host, and saying
that the visitor came by HTTPS.
"""

from __future__ import annotations

import os
import sys
import urllib.request


def main() -> int:
    host = os.environ.get("DJANGO_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*")
    request = urllib.request.Request(
        f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}/",
        headers={"Host": host or "localhost", "X-Forwarded-Proto": "https"},
    )
    try:
        with urllib.request.urlopen(request, timeout=4) as response:
            return 0 if response.status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
