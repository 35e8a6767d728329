"""The site's settings as tests use them: the real ones, over variables set here.

TEST_DATABASE_URL and TEST_REDIS_URL, where given, are the real PostgreSQL and Redis to test with.
Every other variable that the settings read is taken away, whatever the shell has.
"""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

_CONFIG = Path(__file__).resolve().parent.parent / "config"
_READING = ("settings", "stores", "languages", "accounts", "api_limits", "outside")
_READ = "".join((_CONFIG / f"{name}.py").read_text() for name in _READING)
_folder = tempfile.mkdtemp(prefix="catalogue-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

for _name in set(re.findall(r"\"([A-Z][A-Z0-9_]+)\"", _READ)):
    os.environ.pop(_name, None)
os.environ["DJANGO_SECRET_KEY"] = "only-for-tests-" + "t" * 40
os.environ["HTTPS_ONLY"] = "0"
os.environ["VAR_DIR"] = _folder
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")

from config.settings import *  # noqa: F403
from config.settings import CACHES, MIDDLEWARE, REST_FRAMEWORK, STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if os.environ["REDIS_URL"]:  # which is not away when the machine is busy with other tests
    CACHES["default"]["OPTIONS"] = {"socket_timeout": 20, "socket_connect_timeout": 20}
REST_FRAMEWORK = {**REST_FRAMEWORK, "TEST_REQUEST_DEFAULT_FORMAT": "json"}
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
