"""Pieces of code, run as `manage.py shell -c` would, in a copy of a process that knows the site.

A line comes in with a piece as JSON; a line goes out with how it ended and what it printed. Each
piece has a copy of its own, so that none finds what another left in memory; only the loading of the
site, which takes longer than most pieces, is done once.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

import django


def main() -> None:
    django.setup()
    from django.core.management.commands.shell import Command

    names = Command().get_namespace(verbosity=0)
    for line in sys.stdin:
        reading, writing = os.pipe()
        copy = os.fork()
        if not copy:
            os.dup2(writing, sys.stdout.fileno())
            _run(json.loads(line), dict(names))
        os.close(writing)
        with os.fdopen(reading) as pipe:
            printed = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
        sys.stdout.write(json.dumps([status, printed]) + "\n")
        sys.stdout.flush()


def _run(code: str, names: dict[str, object]) -> None:
    """Ends the process."""
    try:
        exec(code, names)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
