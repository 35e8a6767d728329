"""Train now, from this terminal: the same run as a worker's, without a task queue."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommendations import pipeline, services
from recommendations.lease import LeaseLost
from recommendations.models import ModelRun

Status = ModelRun.Status


class Command(BaseCommand):
    help = "Trains all candidates on what people did, and publishes the best. Needs no task queue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="a full training, even where a warm start would do"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends in good order, as Ctrl-C
        run = self._wanted(full=options["full"])
        self.stdout.write(f"{run} begins")
        try:
            run = pipeline.retrain(run, tell=self._tell)
        except LeaseLost as reason:
            raise CommandError(str(reason)) from reason
        except KeyboardInterrupt:
            raise CommandError(f"{run} was stopped; what was live stays live.") from None
        self._report(run)

    def _wanted(self, *, full: bool) -> ModelRun:
        """A new run, or the one that waits for a worker already."""
        mode = ModelRun.Mode.FULL if full else ModelRun.Mode.AUTO
        try:
            return services.ask(trigger=ModelRun.Trigger.COMMAND, mode=mode)
        except services.Busy as busy:
            waiting = ModelRun.objects.filter(status=Status.QUEUED).first()
            if waiting is None:
                raise CommandError(str(busy)) from busy
            return waiting

    def _tell(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()

    def _report(self, run: ModelRun) -> None:
        if run.status != Status.SUCCEEDED:
            words = run.verdict or run.error
            raise CommandError(f"{run} was {run.get_status_display().lower()}. {words}")
        self.stdout.write(run.verdict)
        self.stdout.write(self.style.SUCCESS(f"{run.label} of {run} is live."))
