"""The app's place in Django."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from catalog import changes


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = _("Recommendations")

    def ready(self) -> None:
        changes.tell_of(self.get_model("ModelRun"))
        import_module("recommendations.checks")  # registers them
        import_module("recommendations.dismissals")  # hears of visitors who join
        import_module("recommendations.measuring.keeping")  # and of who wants no more of it
        import_module("recommendations.steering")  # and so does this
        placements = import_module("recommendations.placements.model")
        post_migrate.connect(
            placements.create_missing, sender=self, dispatch_uid="recommendations.placements"
        )
        import_module("recommendations.company.keeping")
        personal = import_module("catalog.personal")
        personal.judge_by(import_module("recommendations.personal_order").scores)
