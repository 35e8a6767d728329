"""How drf-spectacular makes the schema; `schema` completes what it makes. Read by the settings."""

from __future__ import annotations

from typing import Any


def spectacular_settings(*, site_name: str) -> dict[str, Any]:
    return {
        "TITLE": f"{site_name} API",
        "DESCRIPTION": "The catalogue, what you did to it, and what is recommended to you.",
        "VERSION": "1",
        "OAS_VERSION": "3.1.0",
        "COMPONENT_SPLIT_REQUEST": True,
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "config.api.schema.describe",
        ],
        "SERVE_INCLUDE_SCHEMA": False,
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "",
    }
