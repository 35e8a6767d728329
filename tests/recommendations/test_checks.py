"""`manage.py check` names what would keep the loop from working."""

import os

import pytest

from recommendations import checks


def ids(found):
    return [message.id for message in found]


def test_a_folder_that_can_be_made_is_fine(settings, tmp_path):
    settings.ARTIFACTS_ROOT = tmp_path / "a" / "b"
    assert checks.check_artifacts_root() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is writable for root")
def test_a_folder_that_cannot_be_written_is_named(settings, tmp_path):
    tmp_path.chmod(0o500)
    settings.ARTIFACTS_ROOT = tmp_path / "models"
    assert ids(checks.check_artifacts_root()) == ["recommendations.W001"]


def test_a_file_in_the_place_of_the_folder_is_named(settings, tmp_path):
    (tmp_path / "models").write_text("")
    settings.ARTIFACTS_ROOT = tmp_path / "models"
    assert ids(checks.check_artifacts_root()) == ["recommendations.W001"]


def test_an_unknown_budget_is_named(settings):
    assert checks.check_budget() == []
    settings.TRAIN_BUDGET = "enormous"
    assert ids(checks.check_budget()) == ["recommendations.W002"]


def test_a_deployment_without_a_broker_is_told(settings):
    settings.CELERY_BROKER_URL = ""
    assert ids(checks.check_broker()) == ["recommendations.I003"]
    settings.CELERY_BROKER_URL = "redis://localhost/0"
    assert checks.check_broker() == []
