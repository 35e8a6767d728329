"""The settings, read in processes of their own with one variable wrong, or all as in production."""

import os
import re
import subprocess
import sys
from pathlib import Path
from string import ascii_letters

import pytest
from django.test import Client

from config.environment import database_from

ROOT = Path(__file__).resolve().parent.parent
SECRET = "s" * 50


def read_settings(expression: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_python(f"from config import settings; print({expression})", **variables)


def run_python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_command(["-c", code], **variables)


def run_command(words: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Python with these words, as a process that knows these variables and no others."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "VAR_DIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=env | variables, capture_output=True, text=True
    )


def test_it_does_not_start_without_a_secret() -> None:
    done = read_settings("settings.DEBUG")
    assert done.returncode != 0
    assert "DJANGO_SECRET_KEY is missing or shorter than 32 characters" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["-m", "gunicorn", "--check-config", "-c", "config/gunicorn_conf.py", "config.wsgi"],
        ["-m", "celery", "-A", "config", "worker"],
        ["-m", "celery", "-A", "config", "beat"],
    ],
)
def test_no_process_starts_without_a_secret(command: list[str], tmp_path: Path) -> None:
    done = run_command(command, VAR_DIR=str(tmp_path))
    assert done.returncode != 0
    assert "DJANGO_SECRET_KEY is missing" in done.stdout + done.stderr


DEPLOY_CHECK = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]


def test_production_settings_pass_djangos_own_check(tmp_path: Path) -> None:
    done = run_command(DEPLOY_CHECK, VAR_DIR=str(tmp_path), DJANGO_SECRET_KEY=ascii_letters)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("weak", [{"HTTPS_ONLY": "0"}, {"DJANGO_DEBUG": "1"}])
def test_that_check_fails_where_one_of_them_is_weak(weak: dict[str, str], tmp_path: Path) -> None:
    secret = {"VAR_DIR": str(tmp_path), "DJANGO_SECRET_KEY": ascii_letters}
    assert run_command(DEPLOY_CHECK, **secret, **weak).returncode != 0


def test_make_check_runs_it() -> None:
    recipe = (ROOT / "Makefile").read_text()
    assert re.search(r"^check: lint test", recipe, flags=re.MULTILINE)
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", recipe, flags=re.MULTILINE)
    assert lint is not None
    assert " ".join(DEPLOY_CHECK) in lint[1]


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DJANGO_DEBUG", "maybe", "DJANGO_DEBUG='maybe' is neither true nor false"),
        ("RETRAIN_AFTER_EVENTS", "many", "RETRAIN_AFTER_EVENTS='many' is not a whole number"),
        ("TRAIN_TIME_LIMIT", "0", "TRAIN_TIME_LIMIT=0 is below 1"),
        ("DATABASE_URL", "mysql://a/b", "DATABASE_URL begins with 'mysql'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT='xml' is none of line, json"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL='loud' is none of INFO, DEBUG"),
        ("METRICS_TOKEN", "guessed", "METRICS_TOKEN is shorter than 16 characters"),
        ("ARTIFACTS_URL", "ftp://a/b", "ARTIFACTS_URL begins with 'ftp'"),
        ("ARTIFACTS_URL", "s3://", "ARTIFACTS_URL begins with 's3'"),
        ("ARTIFACTS_URL", "s3://name:secret@a/b", "ARTIFACTS_URL holds keys"),
        ("ARTIFACTS_URL", "s3://a/b?colour=red", "ARTIFACTS_URL asks for colour"),
        ("ARTIFACTS_KEY", "short", "ARTIFACTS_KEY holds a key shorter than 32 characters"),
        ("API_USER_RATE", "many", "API_USER_RATE='many' is no rate such as 600/min"),
        ("API_ANON_RATE", "0/min", "API_ANON_RATE='0/min' is no rate"),
        ("TRUSTED_PROXIES", "proxy", "TRUSTED_PROXIES: 'proxy' does not appear to be"),
        ("CANARY_SHARE", "51", "CANARY_SHARE=51 is above 50"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str, complaint: str) -> None:
    done = read_settings("settings.DEBUG", DJANGO_SECRET_KEY=SECRET, **{name: value})
    assert done.returncode != 0
    assert complaint in done.stderr


def test_production_is_https_only_unless_told_otherwise() -> None:
    names = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.DEBUG"
    assert read_settings(names, DJANGO_SECRET_KEY=SECRET).stdout == "True True False\n"


def test_a_postgresql_address_is_taken_apart() -> None:
    found = database_from("postgresql://ann:p%40ss@db:5433/shop")
    assert {name: found[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")} == {
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db",
        "PORT": "5433",
        "NAME": "shop",
    }
    assert found["OPTIONS"]["pool"]
    assert found["OPTIONS"]["options"] == "-c statement_timeout=0"


def test_pages_do_not_wait_for_a_slow_database() -> None:
    served = database_from("postgresql://db/shop", patience=5)["OPTIONS"]
    assert served["options"] == "-c statement_timeout=5000"
    assert served["pool"] == {"timeout": 5}
    assert database_from("sqlite:////tmp/x.sqlite3", patience=5)["OPTIONS"]["timeout"] == 5


def test_sqlite_takes_the_write_lock_at_once_and_logs_ahead() -> None:
    options = database_from("sqlite:////tmp/x.sqlite3")["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_a_unix_socket_serves_as_broker_and_as_cache() -> None:
    done = read_settings(
        "settings.CELERY_BROKER_URL, settings.CACHES['default']['LOCATION']",
        DJANGO_SECRET_KEY=SECRET,
        REDIS_URL="unix:///run/valkey.sock",
    )
    assert (
        done.stdout
        == "redis+socket:///run/valkey.sock?virtual_host=0 unix:///run/valkey.sock?db=2\n"
    )


def test_every_variable_is_in_the_operations_guide() -> None:
    files = (ROOT / "config" / name for name in ("settings.py", "stores.py", "accounts.py"))
    source = "".join(path.read_text() for path in files)
    guide = (ROOT / "docs" / "operations.md").read_text()
    names = set(re.findall(r"(?:environ(?:\.get)?[\[(]|env_\w+\()\s*\"(\w+)\"", source))
    assert len(names) > 20
    assert not {name for name in names if f"`{name}`" not in guide}


def test_a_web_process_needs_only_the_web_packages() -> None:
    """What requirements.txt adds to requirements-web.txt is what a training needs, alone."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    added = {line.split("==")[0] for line in lines if line and not line.startswith(("#", "-r"))}
    assert added == {"tensorflow", "tensorflow-cpu", "scikit-learn", "threadpoolctl"}


@pytest.mark.django_db
def test_pages_run_no_inline_scripts_and_only_the_admin_may(client: Client) -> None:
    page = client.get("/account/login/")["Content-Security-Policy"]
    admin = client.get("/admin/login/")["Content-Security-Policy"]
    assert "'unsafe-inline'" not in page
    assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" in admin


def test_the_page_of_the_api_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert "<style" not in page.text
    assert "https://" not in page.text
