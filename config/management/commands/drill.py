"""Break a copy of this site on purpose, and say what held: `manage.py drill`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.drill.promise import Outcome, put_to_the_test
from config.drill.promises import PROMISES
from config.drill.scratch import open_scratch
from config.drill.site import CannotDrill

NAMES = [promise.name for promise in PROMISES]


class Command(BaseCommand):
    help = (
        "Stops, kills, fills, locks and damages a scratch site on this machine, with this "
        "installation's code, database server and Redis, and says what held. The real site's "
        "data is not touched. Status 1 where a promise did not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only", action="append", choices=NAMES, metavar="NAME", help=", ".join(NAMES)
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [p for p in PROMISES if not options["only"] or p.name in options["only"]]
        broken = 0
        try:
            with open_scratch() as scratch:
                scratch.run("-m", "config.drill.training", "world")
                scratch.run("-m", "config.drill.training", "run")
                for promise in wanted:
                    outcome = put_to_the_test(promise, scratch)
                    self._say(outcome)
                    broken += outcome.held is False
        except CannotDrill as reason:
            raise CommandError(str(reason)) from reason
        if broken:
            raise CommandError(f"{broken} of {len(wanted)} promises did not hold.")
        self.stdout.write(self.style.SUCCESS("All that could be shown here held."))

    def _say(self, outcome: Outcome) -> None:
        word, style = {
            True: ("held", self.style.SUCCESS),
            False: ("BROKEN", self.style.ERROR),
            None: ("left out", self.style.WARNING),
        }[outcome.held]
        head = f"{style(f'{word:8}')} {outcome.promise.name}: {outcome.promise.words}"
        self.stdout.write(f"{head} ({outcome.seconds:.0f} s)\n         {outcome.said}")
        self.stdout.flush()
