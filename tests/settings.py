"""The site's settings as tests use them: the real ones, over variables set here.

TEST_DATABASE_URL and TEST_REDIS_URL, where given, are the real PostgreSQL and Redis to test with.
"""

import os
import tempfile

os.environ["DJANGO_SECRET_KEY"] = "only-for-tests-" + "t" * 40
os.environ["HTTPS_ONLY"] = "0"
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="catalogue-tests-")
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE, STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
