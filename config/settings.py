"""All settings, from environment variables; a bad value raises here, by name.

With nothing set this refuses to start: production needs DJANGO_SECRET_KEY. `make run` starts the
embedded site (SQLite and a Valkey on a Unix socket, see `config/embedded.py`), and compose.yaml
the served one (PostgreSQL and Redis); both only set variables read here.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import oauth
from config.accounts import *  # noqa: F403
from config.api.described import schema_settings
from config.api_limits import API_RATES, BEHIND_PROXY, OAUTH_PROVIDER, TRUSTED_PROXIES  # noqa: F401
from config.beat import schedule
from config.environment import (
    database_from,
    env_bool,
    env_choice,
    env_int,
    env_list,
    env_secret,
    redis_database,
)
from config.languages import LANGUAGE_CODE, LANGUAGES, LOCALE_PATHS  # noqa: F401
from config.logs import FORMATTERS, logging_settings, secrets_in
from config.outside import *  # noqa: F403
from config.policy import ADMIN_DIRECTIVES, CONTENT_SECURITY_DIRECTIVES
from config.queues import CELERY_TASK_DEFAULT_QUEUE, CELERY_TASK_ROUTES  # noqa: F401
from config.stores import ARTIFACTS_KEYS, ARTIFACTS_STORAGE, CANARY_SHARE  # noqa: F401
from config.theme import admin_theme

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where things live ---------------------------------------------------------------------------
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")
"""Everything the site writes, unless told otherwise: database, covers, models."""
VAR_DIR.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or VAR_DIR / "media")
MEDIA_URL = "media/"
ARTIFACTS_ROOT = Path(os.environ.get("ARTIFACTS_ROOT") or VAR_DIR / "artifacts").resolve()
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or VAR_DIR / "static")
STATIC_URL = "static/"

# --- security ------------------------------------------------------------------------------------
DEBUG = env_bool("DJANGO_DEBUG", default=False)
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "")
if not SECRET_KEY and DEBUG:
    SECRET_KEY = "only-for-debugging-" + "x" * 40
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured(
        "DJANGO_SECRET_KEY is missing or shorter than 32 characters. Make one with: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
ALLOWED_HOSTS = env_list("DJANGO_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env_list("DJANGO_CSRF_TRUSTED_ORIGINS")
HTTPS_ONLY = env_bool("HTTPS_ONLY", default=not DEBUG)
"""Off only where the site is looked at over plain HTTP, as `make run` does on this machine."""
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": CONTENT_SECURITY_DIRECTIVES}
ADMIN_CONTENT_SECURITY_DIRECTIVES = ADMIN_DIRECTIVES

# --- what is installed ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "corsheaders",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    *oauth.INSTALLED,
    "catalog",
    "recommendations",
    "config",  # its commands, and what every process starts with
]
MIDDLEWARE = [
    "config.probes.ProbesMiddleware",
    "config.requests.RequestMiddleware",
    "config.api.answers.AnswersMiddleware",
    "config.api.middleware.ProblemMiddleware",
    "config.api.again.AgainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PolicyMiddleware",
    "config.middleware.AdminPolicyMiddleware",
    "config.middleware.NotAllowedMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.second_factor.SecondFactorMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "catalog.context_processors.site",
            ],
        },
    }
]
COMPRESS_STATIC = env_bool("COMPRESS_STATIC", default=True)
"""Off where nobody waits for bytes, as on this machine itself: compressing takes half a minute."""
STORAGES = {
    "artifacts": ARTIFACTS_STORAGE,
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COMPRESS_STATIC
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- database ------------------------------------------------------------------------------------
DATABASES = {
    "default": database_from(
        os.environ.get("DATABASE_URL") or f"sqlite:////{str(VAR_DIR / 'catalogue.sqlite3')[1:]}",
        patience=env_int("DATABASE_PATIENCE", default=0, low=0),
    )
}
DATABASE_KEEPS_PLANS = env_bool("DATABASE_KEEPS_PLANS", default=True)
"""Off where a pooler hands each transaction to another connection (PgBouncer before 1.21)."""

# --- broker, cache, background work --------------------------------------------------------------
REDIS_URL = os.environ.get("REDIS_URL", "")
"""redis://HOST:PORT, or unix:///PATH/valkey.sock; without it, nothing is shared."""
REDIS_FIRST_DATABASE = env_int("REDIS_FIRST_DATABASE", default=0, low=0)
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "config.caching.OptionalRedisCache",
            "LOCATION": redis_database(REDIS_URL, REDIS_FIRST_DATABASE + 2),
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
_MEMORY = {"BACKEND": "config.caching.ProcessMemory", "OPTIONS": {"MAX_ENTRIES": 10_000}}
CACHES |= {name: _MEMORY | {"LOCATION": name} for name in ("local", "questions")}
"""What each process remembers by itself: counts, popular items, lists as they were found out, of
some 30 kB at most, 300 MB where all are full; and in 2 kB each how questions to the API are
answered (`catalog.again`)."""

VIEW_BUFFER = env_bool("VIEW_BUFFER", default=False)
"""Let views wait in Redis for some seconds, to be written together; at most so many."""
VIEW_BUFFER_URL = redis_database(REDIS_URL, REDIS_FIRST_DATABASE + 3) if REDIS_URL else ""
VIEW_BUFFER_SECONDS = env_int("VIEW_BUFFER_SECONDS", default=2)
VIEW_BUFFER_MOST = env_int("VIEW_BUFFER_MOST", default=100_000)
VIEWS_KEEP_DAYS = env_int("VIEWS_KEEP_DAYS", default=1095, low=0)
"""Views that are older become daily counts; 0 keeps all."""

CELERY_BROKER_URL = (
    f"redis+socket://{REDIS_URL.removeprefix('unix://')}?virtual_host={REDIS_FIRST_DATABASE}"
    if REDIS_URL.startswith("unix://")
    else (REDIS_URL and redis_database(REDIS_URL, REDIS_FIRST_DATABASE))
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # What a dead worker held comes back after this long. Training is acknowledged when it begins,
    # so that this need not be longer than the longest training.
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
RETRAIN_CHECK_SECONDS = env_int("RETRAIN_CHECK_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = schedule(
    retrain_check=RETRAIN_CHECK_SECONDS,
    write_views=VIEW_BUFFER_SECONDS if VIEW_BUFFER and VIEW_BUFFER_URL else None,
)

# --- people and pages ----------------------------------------------------------------------------
AUTH_USER_MODEL = "catalog.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "catalog:home"

TIME_ZONE = CELERY_TIMEZONE = os.environ.get("TIME_ZONE") or "UTC"

SITE_NAME = os.environ.get("SITE_NAME") or "The Open Shelf"
ITEM_NOUN = os.environ.get("ITEM_NOUN") or "book"
ITEM_NOUN_PLURAL = os.environ.get("ITEM_NOUN_PLURAL") or f"{ITEM_NOUN}s"
ITEM_SCHEMA_TYPE = os.environ.get("ITEM_SCHEMA_TYPE", "")
CREATOR_KINDS = env_list("CREATOR_KINDS") or ["authors", "creators", "directors", "artists"]
"""Attribute kinds that name who made an item, shown under its title."""
GENRE_KINDS = env_list("GENRE_KINDS") or ["genres", "genre", "categories"]
"""Attribute kinds that group the catalogue, shown as facets and in drawn covers."""
UNFOLD = admin_theme(SITE_NAME)

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first one's challenge is what an answer 401 carries.
        "catalog.tokens.authentication.TokenAuthentication",
        *oauth.AUTHENTICATION,
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "catalog.paging.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PARSER_CLASSES": ["catalog.bodies.BoundedJSON"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "config.api.problems.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": [
        "catalog.tokens.limits.AddressLimit",
        "catalog.tokens.limits.CallerLimit",
    ],
}
OAUTH2_PROVIDER = oauth.provider_settings(https_only=HTTPS_ONLY)
SPECTACULAR_SETTINGS = schema_settings(SITE_NAME)

# --- import --------------------------------------------------------------------------------------
IMPORT_MAX_BYTES = env_int("IMPORT_MAX_BYTES", default=20_000_000_000)
"""How much a compressed file of a data set may hold, unpacked."""
IMPORT_MAX_RATIO = env_int("IMPORT_MAX_RATIO", default=100)
"""How many times its own size a compressed file may unpack to, past its first 16 MB."""

# --- learning ------------------------------------------------------------------------------------
# The first three count until `recommendations.retrain_settings` was saved in the admin.
RETRAIN_AFTER_EVENTS = env_int("RETRAIN_AFTER_EVENTS", default=1000)
RETRAIN_EVERY_HOURS = env_int("RETRAIN_EVERY_HOURS", default=24)
TRAIN_BUDGET = os.environ.get("TRAIN_BUDGET") or "default"
TRAIN_THREADS = env_int("TRAIN_THREADS", default=os.cpu_count() or 1)
TRAIN_TIME_LIMIT = env_int("TRAIN_TIME_LIMIT", default=3600)
TRAIN_MEMORY_MB = env_int("TRAIN_MEMORY_MB", default=0, low=0)
"""Seconds and megabytes after which a training child process is ended; 0: without limit."""

# --- signals for machines ------------------------------------------------------------------------
METRICS_TOKEN = env_secret("METRICS_TOKEN")
"""Who shows it may read /metrics, as staff may."""
SENTRY_DSN = os.environ.get("SENTRY_DSN", "")
OTEL_EXPORTER_OTLP_ENDPOINT = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
LOGGING = logging_settings(
    form=env_choice("LOG_FORMAT", FORMATTERS),
    level=env_choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")),
    secrets=secrets_in(os.environ),
)
