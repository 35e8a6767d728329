"""Say what is to be mended, as the Recommendations page does; fit for cron."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from recommendations import health
from recommendations.advice import Finding, Severity, is_bad


class Command(BaseCommand):
    help = "Looks at model, runs, events and items. Ends with 1 where anything is bad."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        found = health.advice(health.count(now=now), now=now)
        for finding in found:
            self._say(finding)
        if not found:
            self.stdout.write(self.style.SUCCESS("All is as it should be."))
        if is_bad(found):
            sys.exit(1)

    def _say(self, finding: Finding) -> None:
        style = self.style.ERROR if finding.severity is Severity.BAD else self.style.WARNING
        self.stdout.write(style(f"{finding.severity}: {finding.sentence}"))
        self.stdout.write(f"  {finding.cure}")
