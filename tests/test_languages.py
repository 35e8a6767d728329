"""Every string can be translated, German is complete, and pages turn with the language."""

from __future__ import annotations

import gettext
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from catalog.models import Item
from config import languages

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po"
SOURCES = ("catalog", "config", "locale", "ml", "recommendations", "templates", "manage.py")
needs_gettext = pytest.mark.skipif(
    shutil.which("msgfmt") is None and not os.environ.get("CI"),
    reason="gettext is not installed (Debian: apt-get install gettext)",
)


def strings(path: Path) -> dict[object, object]:
    with path.open("rb") as file:
        known = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    known.pop("", None)
    return known


@needs_gettext
def test_german_has_every_string_and_its_placeholders(tmp_path: Path) -> None:
    command = ["msgfmt", "--check", "--statistics", "-o", str(tmp_path / "de.mo"), str(MESSAGES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "fuzzy" not in done.stderr, done.stderr
    assert "untranslated" not in done.stderr, done.stderr
    assert strings(tmp_path / "de.mo") == strings(MESSAGES.with_suffix(".mo")), "run make messages"


@needs_gettext
def test_no_string_is_new_to_the_translators(tmp_path: Path) -> None:
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_DEBUG": "1",
        "VAR_DIR": str(tmp_path / "var"),
    }
    collect = ["manage.py", "makemessages", "-l", "de", "--no-wrap", "--no-obsolete"]
    subprocess.run([sys.executable, *collect], cwd=tmp_path, env=env, check=True)
    assert ids(tmp_path / "locale/de/LC_MESSAGES/django.po") == ids(MESSAGES), "run make messages"


def ids(path: Path) -> set[str]:
    """All strings to translate of a file, each with what continues it."""
    found, inside = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(("msgid", "msgctxt")):
            found.append(line)
            inside = True
        elif line.startswith('"') and inside:
            found[-1] += line
        else:
            inside = False
    return set(found)


@pytest.mark.django_db
def test_a_browser_gets_the_language_that_it_asks_for_and_keeps_the_one_that_was_chosen() -> None:
    client = Client(headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in client.get("/").text
    client.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en"' in client.get("/").text


@pytest.mark.django_db
def test_numbers_and_nouns_are_the_language_s_own() -> None:
    item = Item.objects.create(title="Emma", rating_count=1, half_star_sum=7)
    with translation.override("de"):
        page = Template("{{ item.mean_stars|floatformat:1 }}").render(Context({"item": item}))
    assert page == "3,5"
    german = Client(headers={"Accept-Language": "de"})
    assert "Bücher" in german.get("/").text


@pytest.mark.django_db
def test_a_language_from_right_to_left_turns_the_page_round(settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "العربيّة")]
    page = Client(headers={"Accept-Language": "ar"}).get("/").text
    assert '<html lang="ar" dir="rtl">' in page


def test_a_language_that_nobody_knows_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_LANGUAGES", "en,xx-nowhere")
    with pytest.raises(ImproperlyConfigured, match="xx-nowhere"):
        languages._offered()


def test_what_is_called_complete_is_there() -> None:
    for code in languages.TRANSLATED:
        assert code == "en" or (languages.LOCALE_PATHS[0] / code / "LC_MESSAGES").is_dir()
