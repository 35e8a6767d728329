"""A site of its own, with a database file, that one process after another or several use."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

BEGIN = """
import django
django.setup()
from recommendations import engine, gate, lease, pipeline, services
from recommendations.models import ModelRun
gate.BASELINES = gate.CANDIDATES = ("popularity",)
"""


class Site:
    """A site with a database file of its own, used by one process after another."""

    def __init__(self, folder):
        names = ("PATH", "HOME", "LANG", "TEST_DATABASE_URL")
        self.env = {name: os.environ[name] for name in names if name in os.environ}
        self.env.pop("TEST_DATABASE_URL", None)
        self.env |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DJANGO_DEBUG": "1",
            "VAR_DIR": str(folder),
            "PYTHONPATH": os.getcwd(),
        }

    def run(self, *scripts):
        command = self._command(scripts)
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120)

    def start(self, *scripts):
        """The scripts in a process that goes on meanwhile; whoever starts it ends it."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self._command(scripts), env=self.env, stdout=pipe, stderr=pipe, text=True
        )

    def _command(self, scripts):
        return [sys.executable, "-c", "\n".join([BEGIN, *scripts])]

    def migrate(self):
        shutil.copy(_migrated(), self.env["VAR_DIR"])


@cache
def _migrated():
    """An empty site's database file, made once: migrations take longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, env=Site(folder).env, check=True, timeout=120)
    (file,) = folder.glob("*.sqlite3")
    return file
