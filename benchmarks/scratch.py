"""A site of its own for a benchmark: Django on a SQLite database that is gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def prepare(work: Path, **settings: str) -> None:
    """Sets Django up in this process; `settings` are further environment variables."""
    os.environ |= {
        "VAR_DIR": str(work / "var"),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "DJANGO_SECRET_KEY": "only-for-a-benchmark-" + "b" * 40,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HTTPS_ONLY": "0",
        "LOG_LEVEL": "ERROR",
        **settings,
    }
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    subprocess.run(command, check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    import django

    django.setup()
