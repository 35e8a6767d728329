"""OAuth 2, where it is switched on: a program asks, is told yes, reads, refreshes, and is ended.

Off, which is the default, there is nothing of it.
"""

import json
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from tests.test_settings import SECRET, run_command


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder: Path = tmp_path_factory.mktemp("oauth")
    done = run_command(
        ["-m", "tests.oauth_flow"],
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_SECRET_KEY=SECRET,
        DJANGO_ALLOWED_HOSTS="testserver",
        DJANGO_DEBUG="1",
        HTTPS_ONLY="0",
        OAUTH_PROVIDER="1",
        LOG_LEVEL="CRITICAL",
        VAR_DIR=str(folder),
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


EXPECTED = {
    "stranger": [302, "/account/login/"],
    "page": [200, True, True],
    "policy": True,
    "no": True,
    "without_pkce": True,
    "plain_pkce": True,
    "other_scope": True,
    "implicit": True,
    "elsewhere": 400,
    "wrong_verifier": 400,
    "given": [200, "read", 3600, "Bearer"],
    "code_again": 400,
    "read": 200,
    "scope_missing": 403,
    "govern_missing": 403,
    "delete_token": 403,
    "plain_kept": [],
    "refreshed": [200, 200],
    "old_refresh": 400,
    "after_reuse": 401,
    "write": 201,
    "revoked": [200, 401],
    "revoked_refresh": 400,
    "listed": True,
    "others_revoke": 404,
    "still": 200,
    "ended": [401, 400, False],
    "closed": 401,
    "expired": 401,
    "applications": 404,
    "own": 200,
}


@pytest.mark.slow
@pytest.mark.parametrize("step", EXPECTED)
def test_a_program_goes_the_whole_way(said: dict[str, object], step: str) -> None:
    assert said[step] == EXPECTED[step]


@pytest.mark.slow
def test_no_step_is_left_out(said: dict[str, object]) -> None:
    assert said.keys() == EXPECTED.keys()


@pytest.mark.django_db
def test_it_is_off_unless_asked_for() -> None:
    assert settings.OAUTH_PROVIDER is False
    assert not apps.is_installed("oauth2_provider")
    assert Client().get("/oauth/authorize/").status_code == 404
