"""Makes .venv and keeps it at the pinned packages: `python3 config/install.py [run|dev|web]`.

The Makefile calls this with whatever Python the machine has, before anything is installed, so it
uses the standard library only. It installs with uv, which is fast, and with plain pip where uv is
not to be had. What was installed is noted in .venv/installed, by the contents of the requirement
files, so that a second call does nothing.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STAMP = VENV / "installed"
CONSTRAINTS = ROOT / "constraints.txt"
FILES = {"run": "requirements.txt", "dev": "requirements-dev.txt", "web": "requirements-web.txt"}
INCLUDES = {"web": {"web"}, "run": {"web", "run"}, "dev": {"web", "run", "dev"}}
UV = "uv==0.13.9"


def main(wanted: str) -> None:
    """Installs one of the sets, unless that set or a larger one is there already."""
    if is_installed(wanted):
        return
    make_venv()
    say(f"installing {FILES[wanted]} (a few minutes the first time)")
    if install(FILES[wanted]):
        STAMP.write_text(f"{wanted} {fingerprint()}\n")
    elif wanted == "run" and install(FILES["web"]):
        say(
            "TensorFlow could not be installed here, see above. The site runs with its baseline "
            "models. To try again: rm -r .venv"
        )
        STAMP.write_text(f"{wanted} {fingerprint()}\n")
    else:
        stop("the packages could not be installed, see above. Is a package index reachable?")


def is_installed(wanted: str) -> bool:
    if not STAMP.exists() or not runs(PYTHON, "-c", "import django", quiet=True):
        return False
    there, _, print_of_files = STAMP.read_text().strip().partition(" ")
    return print_of_files == fingerprint() and wanted in INCLUDES.get(there, set())


def fingerprint() -> str:
    """Changes when a requirement file, the pins or the version of Python do."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in [*sorted(FILES.values()), CONSTRAINTS.name]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_venv() -> None:
    if runs(PYTHON, "-m", "pip", "--version", quiet=True):
        return
    say("making .venv")
    try:
        venv.EnvBuilder(with_pip=True, clear=True).create(VENV)
    except subprocess.CalledProcessError:
        stop(
            "this Python cannot make a virtual environment with pip; on Debian and Ubuntu, "
            "`apt-get install python3-venv` adds what is missing"
        )


def install(requirements: str) -> bool:
    """Tries uv, then pip. Both compile bytecode: without, TensorFlow takes thrice as long."""
    pins = ["-r", str(ROOT / requirements), "-c", str(CONSTRAINTS)]
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if runs(*pip, UV) and runs(
        PYTHON,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--compile-bytecode",
        *pins,
    ):
        return True
    say("uv did not do it; trying pip")
    return runs(*pip, "--compile", *pins)


def runs(*command: object, quiet: bool = False) -> bool:
    """Whether a command could be started and ended well."""
    sink = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run([*map(str, command)], stdout=sink, stderr=sink).returncode == 0
    except OSError:
        return False


def say(sentence: str) -> None:
    sys.stderr.write(f"[install] {sentence}\n")


def stop(sentence: str) -> None:
    sys.exit(f"[install] {sentence}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
