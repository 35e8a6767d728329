"""The site's settings with the layers among its addresses."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.api_layers.urls"
WSGI_APPLICATION = None
