"""Brings an embedded site's database and files up to date: `python -m config.prepare`.

`config.embedded` runs this in a child process before it starts the web server: migrations, static
files, the demo catalogue (or the data set named in DATA), and the wish for a first model. Each step
does nothing where there is nothing to do, so that a second start takes seconds.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command


def main() -> int:
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        collect_static()
        fill(os.environ.get("DATA", ""))
    except CommandError as problem:
        say(str(problem))
        return 1
    want_a_model()
    return 0


def collect_static() -> None:
    """Copies and compresses static files, unless those that are there were made of the same."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            digest.update(f"{name} {storage.size(name)} {storage.get_modified_time(name)}".encode())
    stamp = Path(settings.STATIC_ROOT) / ".made-of"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say("collecting static files")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest())


def fill(folder: str) -> None:
    """Imports a data set that is new or has changed; without one, an empty site gets the demo."""
    if not folder:
        if not apps.get_model("catalog", "Item").objects.exists():
            say("loading the demo catalogue")
            call_command("load_demo")
        return
    stamp = Path(settings.VAR_DIR) / "imported"
    contents = "\n".join(
        f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}"
        for file in sorted(Path(folder).iterdir())
        if file.is_file()
    )
    if stamp.exists() and stamp.read_text() == contents:
        return
    say(f"importing {folder}")
    call_command("import_dataset", folder)
    stamp.write_text(contents)


def want_a_model() -> None:
    """Asks for a first training where no model is live, and again for one that was interrupted.

    Nobody else works on this site yet, so a run that seems under way is one that was cut off.
    """
    from recommendations import broker, services  # models can be imported only now
    from recommendations.models import ModelRun

    cut_off = ModelRun.objects.filter(status=ModelRun.Status.RUNNING)
    services.give_back(workers=set(cut_off.values_list("worker", flat=True)))
    if waiting := ModelRun.objects.active().first():
        say(broker.enqueue(waiting))
    elif not ModelRun.objects.filter(is_live=True).exists():
        say(broker.enqueue_retrain(trigger=ModelRun.Trigger.FIRST))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
