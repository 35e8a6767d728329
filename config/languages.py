"""The languages that the site speaks, read for `config.settings`.

A language is offered where Django knows its name and direction. Its strings are in locale/; what
is not translated there is shown in English, so a further language can be switched on before
anybody has translated all of it.
"""

from __future__ import annotations

from pathlib import Path

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from config.environment import env_choice, env_list

TRANSLATED = ["en", "de"]
"""The languages of which every string is there; a test holds that."""
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]


def _offered() -> list[tuple[str, str]]:
    codes = env_list("SITE_LANGUAGES") or TRANSLATED
    for code in codes:
        if "name_local" not in LANG_INFO.get(code, {}):
            raise ImproperlyConfigured(
                f"SITE_LANGUAGES names {code!r}, which is no language that Django knows; "
                "give codes such as en,de,pt-br"
            )
    return [(code, str(LANG_INFO[code]["name_local"])) for code in codes]


LANGUAGES = _offered()
"""Codes, each with what the language calls itself."""
LANGUAGE_CODE = env_choice("LANGUAGE_CODE", [code for code, _name in LANGUAGES])
"""What a visitor gets whose browser asks for none of them."""
