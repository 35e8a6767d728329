"""Dials: out of range, unknown, and that their measures follow them for everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.dials import Dials, Measures, TasteError, closeness, log_popularity, tilt
from ml.rerank import standardised

SETTINGS = (-1.0, -0.5, 0.0, 0.5, 1.0)


def measures_of(size: int, *, seed: int) -> Measures:
    rng = np.random.default_rng(seed)
    return Measures(
        closeness=rng.uniform(0, 1, size),
        events=rng.integers(0, 1000, size),
        moment=rng.integers(1900, 2026, size).astype(np.float32),
        attributes={"genres:Comedy": rng.random(size) < 0.3},
    )


def more_of(dial: str, measures: Measures) -> np.ndarray:
    """(P,): what a dial that is turned up asks for."""
    match dial:
        case "adventurous":
            return -measures.closeness
        case "niche":
            return -log_popularity(measures.events)
        case "old":
            return -measures.moment.astype(np.float64)
        case _:
            return measures.attributes[dial].astype(np.float64)


def dials_of(dial: str, setting: float, **others: float) -> Dials:
    if dial == "genres:Comedy":
        return Dials(attributes={dial: setting}, **others)
    return Dials(**{dial: setting, **others})


ALL = pytest.mark.parametrize("dial", ["adventurous", "niche", "old", "genres:Comedy"])


@ALL
@given(size=st.integers(1, 60), n=st.integers(1, 20), seed=st.integers(0, 1000))
def test_the_measure_of_a_list_follows_its_dial(dial, size, n, seed):
    measures = measures_of(size, seed=seed)
    scores = standardised(np.random.default_rng(seed + 1).standard_cauchy(size))
    found = []
    for setting in SETTINGS:
        values = scores + tilt(dials_of(dial, setting), measures, size=size)
        found.append(more_of(dial, measures)[np.argsort(-values, kind="stable")[:n]].mean())
    assert np.all(np.diff(found) >= -1e-9)


@ALL
def test_it_follows_with_the_other_dials_set_too(dial):
    others = {name: 0.7 for name in ("adventurous", "niche", "old") if name != dial}
    for seed in range(20):
        measures = measures_of(50, seed=seed)
        scores = standardised(np.random.default_rng(seed + 1).standard_normal(50))
        found = []
        for setting in SETTINGS:
            values = scores + tilt(dials_of(dial, setting, **others), measures, size=50)
            found.append(more_of(dial, measures)[np.argsort(-values)[:10]].mean())
        assert np.all(np.diff(found) >= -1e-9)


def test_no_dial_changes_nothing_and_needs_to_know_nothing():
    assert not Dials()
    assert tilt(Dials(), Measures(), size=3).tolist() == [0, 0, 0]


def test_old_asks_for_earlier_years_and_leaves_unknown_ones_alone():
    moment = np.array([1950, 2000, np.nan], dtype=np.float32)
    assert tilt(Dials(old=1), Measures(moment=moment), size=3).tolist() == [1, -1, 0]
    assert tilt(Dials(old=-1), Measures(moment=moment), size=3).tolist() == [-1, 1, 0]


def test_niche_asks_for_fewer_events():
    added = tilt(Dials(niche=0.5), Measures(events=np.array([0, 9, 99])), size=3)
    assert added[0] > added[1] > added[2]


def test_adventurous_asks_for_what_is_far_from_the_events():
    added = tilt(Dials(adventurous=1), Measures(closeness=np.array([0.0, 1.0])), size=2)
    assert added.tolist() == [1, -1]


def test_a_rare_attribute_weighs_as_much_as_a_common_one():
    measures = Measures(attributes={"rare": np.arange(9) == 0, "common": np.arange(9) > 0})
    rare = tilt(Dials(attributes={"rare": 0.5}), measures, size=9)
    common = tilt(Dials(attributes={"common": 0.5}), measures, size=9)
    assert rare.max() == common.max() > 0


@pytest.mark.parametrize(
    "dials",
    [Dials(adventurous=1), Dials(niche=1), Dials(old=1), Dials(attributes={"genres:Opera": 1})],
)
def test_a_dial_of_which_nothing_is_known_is_refused(dials):
    with pytest.raises(TasteError, match="nothing is known for the dial"):
        tilt(dials, Measures(), size=3)


@pytest.mark.parametrize("dial", [1.01, -2, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["adventurous", "niche", "old", "genres:Opera"])
def test_a_dial_out_of_range_is_refused_by_name(name, dial):
    set_to = {"attributes": {name: dial}} if ":" in name else {name: dial}
    with pytest.raises(TasteError, match=name):
        Dials(**set_to)


def test_closeness_is_the_mean_of_the_three_nearest_events():
    near = np.array([[0.1, 0], [0.9, 0], [0.3, 0], [0.6, 1]], dtype=np.float32)
    np.testing.assert_allclose(closeness(near), [0.6, 1 / 3], rtol=1e-6)


def test_closeness_takes_what_events_there_are():
    assert closeness(np.array([[0.25, 0.5]])).tolist() == [0.25, 0.5]
    assert closeness(np.empty((0, 2))).tolist() == [0, 0]
