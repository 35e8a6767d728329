"""A training's configuration checks itself and survives JSON."""

import json
from dataclasses import replace

import pytest

from ml.config import BUDGETS, TrainConfig


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("limit", [float("inf"), 30.0])
def test_it_comes_back_from_json_as_it_was(budget, limit):
    config = replace(TrainConfig.for_budget(budget), time_limit=limit)
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 100}, "multiple of heads"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"epochs": 0}, "epochs is 0"),
    ],
)
def test_a_bad_value_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**change)


def test_an_unknown_budget_and_an_unknown_setting_are_named():
    with pytest.raises(ValueError, match="lavish"):
        TrainConfig.for_budget("lavish")
    with pytest.raises(ValueError, match="speed"):
        TrainConfig.from_json({"speed": 1})
