"""Of thousands of steps a run keeps a few hundred at most, the first and the newest among them."""

import json

import pytest

from recommendations.curves import MOST, Curves


def step(number, *, of=100_000, loss=None):
    return {"event": "step", "stage": "fit", "step": number, "of": of} | (
        {} if loss is None else {"loss": loss}
    )


def filled(count):
    curves = Curves()
    for number in range(1, count + 1):
        curves.add("training/hybrid", step(number, loss=10 - number / count))
    return curves.to_json()["series"]["training/hybrid"]


@pytest.mark.parametrize("count", [1, 2, MOST - 1, MOST, MOST + 1, 5 * MOST, 70_001])
def test_a_curve_is_bounded_and_keeps_both_ends(count):
    kept = filled(count)
    steps = [at for at, _loss in kept["loss"]]
    assert len(steps) <= MOST
    assert (steps[0], steps[-1]) == (1, count)
    assert steps == sorted(set(steps))
    assert kept["of"] == 100_000


def test_what_is_kept_is_spread_evenly():
    steps = [at for at, _loss in filled(5 * MOST)["loss"]]
    gaps = {late - early for early, late in zip(steps[:-2], steps[1:-1], strict=True)}
    assert len(gaps) == 1


def test_trainings_of_one_run_are_kept_apart():
    curves = Curves()
    curves.add("training/hybrid", step(1, loss=8.0))
    curves.add("fitting/hybrid", step(1, loss=7.0))
    found = curves.to_json()["series"]
    assert {name: entry["loss"] for name, entry in found.items()} == {
        "training/hybrid": [[1, 8.0]],
        "fitting/hybrid": [[1, 7.0]],
    }


def test_validation_is_kept_by_name():
    curves = Curves()
    assert curves.add("training/ease", {"event": "validation", "ndcg@10": 0.12, "people": 7})
    assert curves.to_json() == {"series": {}, "validation": {"training/ease": 0.12}}


@pytest.mark.parametrize(
    "event",
    [
        {"event": "step", "step": 1, "of": 1},
        step(1, loss=float("nan")),
        step(1, loss="much"),
        {"event": "validation", "ndcg@10": None},
        {"event": "done"},
        {},
    ],
)
def test_what_cannot_be_drawn_is_left_out(event):
    curves = Curves()
    assert not curves.add("training/hybrid", event)
    assert curves.to_json() == {"series": {}, "validation": {}}


def test_it_is_json_as_it_stands():
    kept = filled(300)
    assert json.loads(json.dumps(kept)) == kept
