"""The catalogue app; its signal receivers are connected when Django has loaded the models."""

from importlib import import_module

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def import_models(self) -> None:
        super().import_models()
        for rows in ("blocks", "reports", "own.models"):
            import_module(f"catalog.{rows}")

    def ready(self) -> None:
        import_module("catalog.people")
