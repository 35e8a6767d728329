"""What drf-spectacular is told: `SPECTACULAR_SETTINGS` for `config.settings`."""

from __future__ import annotations

from typing import Any


def schema_settings(site_name: str) -> dict[str, Any]:
    return {
        "TITLE": f"{site_name} API",
        "DESCRIPTION": "The catalogue, what you did to it, and what is recommended to you.",
        "VERSION": "1",
        "OAS_VERSION": "3.1.0",
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_NAME_OVERRIDES": {
            "HiddenKindEnum": "catalog.api_unseen.HIDDEN_KINDS",
            "ImportStatusEnum": "catalog.arriving.models.Arrival.Status",
            "KindEnum": "recommendations.sent_events.KINDS",
            "ReportStatusEnum": "catalog.reports.Report.Status",
            "ReportedKindEnum": "catalog.reports.Report.Kind",
            "StatusEnum": "recommendations.models.ModelRun.Status",
        },
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "config.api.schema.describe",
        ],
        "SERVE_INCLUDE_SCHEMA": False,
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "",
        # All closed: to write out each of 150 addresses takes a browser half a minute.
        "SWAGGER_UI_SETTINGS": {
            "deepLinking": True,
            "docExpansion": "none",
            "defaultModelsExpandDepth": -1,
        },
    }
