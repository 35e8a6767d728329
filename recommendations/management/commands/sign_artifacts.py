"""Sign the models that are kept with the first key of ARTIFACTS_KEY: it was set, or changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.artifact import ArtifactError
from recommendations import store
from recommendations.models import ModelRun


class Command(BaseCommand):
    help = "Sign the models that are kept with the first key of ARTIFACTS_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        refused = 0
        for run in ModelRun.objects.servable():
            try:
                store.sign(run.artifact, digest=run.artifact_digest)
            except (ArtifactError, OSError) as problem:
                refused += 1
                self.stderr.write(f"{run}: {problem}")
            else:
                self.stdout.write(f"{run}: {run.artifact} is signed")
        if refused:
            raise CommandError(f"{refused} could not be signed")
