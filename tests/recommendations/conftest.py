"""Every test has its own folder of models."""

import pytest

from recommendations import engine


@pytest.fixture(autouse=True)
def _own_artifacts(settings, tmp_path, monkeypatch):
    settings.ARTIFACTS_ROOT = tmp_path / "artifacts"
    monkeypatch.setattr(engine, "PATIENCE_BESIDE", engine.PATIENCE)  # most tests are in no hurry
    engine.forget_all()
