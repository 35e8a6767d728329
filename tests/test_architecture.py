"""The shape of the code, held by tests: who imports whom, where TensorFlow is, how long files are.

The import contracts themselves stand in pyproject.toml.
"""

import subprocess
import sys
from pathlib import Path

from tests.test_settings import SECRET, run_python

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("catalog", "config", "ml", "recommendations", "tests", "benchmarks")
LONGEST_FILE, LONGEST_TEST = 300, 500

WITHOUT_TENSORFLOW = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "keras"):
            raise ImportError(f"{name} may not be imported here")

sys.meta_path.insert(0, Refuse())
"""


def sources() -> list[Path]:
    files = [ROOT / "manage.py"]
    for package in PACKAGES:
        files += (ROOT / package).rglob("*.py")
    return [file for file in files if "migrations" not in file.parts]


def test_the_import_contracts_hold() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    lengths = {file: len(file.read_text().splitlines()) for file in sources()}
    assert len(lengths) > 50
    longest = {
        file: LONGEST_TEST if file.name.startswith("test_") else LONGEST_FILE for file in lengths
    }
    assert not {str(file): size for file, size in lengths.items() if size > longest[file]}


def test_every_module_opens_with_its_story() -> None:
    files = [file for file in sources() if file.read_text().strip() and file.name != "__init__.py"]
    assert not [str(file) for file in files if not file.read_text().startswith(('"""', "#!"))]


def test_the_web_boots_and_shows_its_pages_where_tensorflow_cannot_be_imported(
    tmp_path: Path,
) -> None:
    code = (
        WITHOUT_TENSORFLOW
        + """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from catalog.models import Item
call_command("migrate", verbosity=0)
item = Item.objects.create(title="Emma")
from config.wsgi import application
client = Client()
for address in ("/", "/browse/", item.get_absolute_url(), "/api/v1/items/"):
    assert client.get(address).status_code == 200, address
assert "tensorflow" not in sys.modules
print("all pages")
"""
    )
    done = run_python(
        code,
        DJANGO_SECRET_KEY=SECRET,
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_ALLOWED_HOSTS="testserver",
        DJANGO_DEBUG="1",
        HTTPS_ONLY="0",
        VAR_DIR=str(tmp_path),
    )
    assert done.stdout == "all pages\n", done.stderr


def test_no_process_but_the_trainer_imports_tensorflow(tmp_path: Path) -> None:
    modules = (
        "config.celery",
        "config.prepare",
        "config.wsgi",
        "ml.__main__",
        "ml.serving",
        "recommendations.pipeline",
        "recommendations.tasks",
    )
    done = run_python(
        "import sys, importlib, django; django.setup()\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])",
        DJANGO_SECRET_KEY=SECRET,
        DJANGO_SETTINGS_MODULE="config.settings",
        VAR_DIR=str(tmp_path),
    )
    assert done.stdout == "[]\n", done.stderr


def test_ml_needs_no_django(tmp_path: Path) -> None:
    done = run_python("import ml.__main__, sys; print('django' in sys.modules)")
    assert done.stdout == "False\n", done.stderr
