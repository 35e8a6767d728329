"""The catalogue app; its signal receivers are connected when Django has loaded the models."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from catalog import changes


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def import_models(self) -> None:
        super().import_models()
        for rows in (
            "blocks",
            "freezes",
            "reports",
            "own.models",
            "arriving.models",
            "trust.models",
            "tokens.models",
            "webhooks.models",
        ):
            import_module(f"catalog.{rows}")

    def ready(self) -> None:
        changes.tell_of(self.get_model("Item"))
        import_module("catalog.people")
        import_module("catalog.arriving.waiting")
        import_module("catalog.arriving.kept_rows")
        index = import_module("catalog.search.index")
        post_migrate.connect(index.mend, sender=self, dispatch_uid="catalog.search.mend")
