"""The served site's files, as far as they can be held without building anything."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
STAGES = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]


def stage(name: str) -> str:
    return next(text for text in STAGES if text.splitlines()[0].endswith(f" AS {name}"))


def test_the_web_image_is_made_without_tensorflow() -> None:
    assert "requirements-web.txt -c" in stage("packages")
    assert "--from=packages" in stage("web")
    assert "--from=trainer-packages" in stage("trainer")


def test_no_image_runs_as_root() -> None:
    for name in ("web", "trainer"):
        assert "\nUSER site\n" in stage(name)


def test_only_the_trainer_has_the_image_with_tensorflow() -> None:
    services = COMPOSE["services"]
    targets = {name: part["build"]["target"] for name, part in services.items() if "build" in part}
    assert targets.pop("trainer") == "trainer"
    assert set(targets) == {"web", "worker", "importer", "beat", "migrate"}
    assert set(targets.values()) == {"web"}


def test_a_secret_that_is_not_set_stops_the_start() -> None:
    text = (ROOT / "compose.yaml").read_text()
    for name in ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "DJANGO_ALLOWED_HOSTS"):
        used = re.findall(rf"\${{{name}(..)", text)
        assert used
        assert set(used) == {":?"}


def test_every_package_of_the_code_is_in_the_image() -> None:
    copied = set(re.findall(r"^COPY (\w+) ", stage("code"), flags=re.MULTILINE))
    assert copied == {"config", "catalog", "recommendations", "ml", "templates"}
