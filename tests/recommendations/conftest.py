"""Every test has its own folder of models."""

import pytest

from recommendations import engine


@pytest.fixture(autouse=True)
def _own_artifacts(settings, tmp_path, monkeypatch):
    settings.ARTIFACTS_ROOT = tmp_path / "artifacts"
    monkeypatch.setattr(engine, "_loaded", {})
    monkeypatch.setattr(engine, "_retry_at", {})
