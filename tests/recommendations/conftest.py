"""Every test has its own folder of models."""

from datetime import timedelta

import pytest

from recommendations import engine, ladder, reasons


@pytest.fixture(autouse=True)
def _own_artifacts(settings, tmp_path, monkeypatch):
    settings.ARTIFACTS_ROOT = tmp_path / "artifacts"
    monkeypatch.setattr(engine, "PATIENCE_BESIDE", engine.PATIENCE)  # most tests are in no hurry
    monkeypatch.setattr(engine, "RECENT_SECONDS", 60)  # and a busy machine is slow
    monkeypatch.setattr(ladder, "FRESH_SECONDS_IF_NONE", ladder.FRESH_SECONDS)
    monkeypatch.setattr(reasons, "JUST_NOW", timedelta(hours=1))
    engine.forget_all()
