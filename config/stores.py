"""Where models are kept, from ARTIFACTS_URL and ARTIFACTS_KEY; read by `config.settings`.

Without an address they stay in the folder ARTIFACTS_ROOT, which all processes share. With
`s3://BUCKET/PREFIX` they are kept in a bucket, and that folder is each host's own copy of the few
that it serves. Keys that open the bucket come from where Amazon's client looks for them: the
environment, a file, or the machine's role.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import env_int

LEAST_KEY = 32
MOST_CANARY_SHARE = 50
IN_MEMORY = 16_000_000
"""Bytes of a file that are held in memory while it travels; the rest waits on disk."""
OPTIONS = {"endpoint": "endpoint_url", "region": "region_name"}


def artifact_storage() -> dict[str, Any]:
    """The entry of STORAGES that models are kept in."""
    url = os.environ.get("ARTIFACTS_URL", "").strip()
    if not url:
        return {"BACKEND": "recommendations.store.ArtifactFolder"}
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(
            f"ARTIFACTS_URL begins with {parts.scheme!r}; use s3://BUCKET/PREFIX, "
            "or leave it empty and name a folder in ARTIFACTS_ROOT"
        )
    if parts.username or parts.password:
        raise ImproperlyConfigured(
            "ARTIFACTS_URL holds keys; put them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := set(asked) - set(OPTIONS):
        raise ImproperlyConfigured(
            f"ARTIFACTS_URL asks for {', '.join(sorted(unknown))}; it takes {', '.join(OPTIONS)}"
        )
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "file_overwrite": True,
            "max_memory_size": IN_MEMORY,
            "client_config": _patience(own_server="endpoint" in asked),
            **{OPTIONS[name]: value for name, value in asked.items()},
        },
    }


def artifact_keys() -> list[str]:
    """What signs models: the first one signs, all of them are believed."""
    keys = [key.strip() for key in os.environ.get("ARTIFACTS_KEY", "").split(",") if key.strip()]
    if any(len(key) < LEAST_KEY for key in keys):
        raise ImproperlyConfigured(
            f"ARTIFACTS_KEY holds a key shorter than {LEAST_KEY} characters. Make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return keys


def _patience(*, own_server: bool) -> Any:
    """How long a bucket is waited for; other servers than Amazon's are asked by path."""
    from botocore.config import Config

    return Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 3},
        signature_version="s3v4",
        s3={"addressing_style": "path" if own_server else "auto"},
    )


ARTIFACTS_STORAGE = artifact_storage()
ARTIFACTS_KEYS = artifact_keys()
CANARY_SHARE = env_int("CANARY_SHARE", default=0, low=0)
"""Percent of people on whom a new model is tried before it is live for all; 0: none."""
if CANARY_SHARE > MOST_CANARY_SHARE:
    raise ImproperlyConfigured(f"CANARY_SHARE={CANARY_SHARE} is above {MOST_CANARY_SHARE}")
