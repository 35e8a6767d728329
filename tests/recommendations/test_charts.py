"""Numbers become drawings whose places can be worked out by hand: 600 wide, 160 high."""

import math

import pytest

from recommendations.charts import HEIGHT, WIDTH, Axis, Series, bars, curve, lines


def test_an_axis_takes_round_steps_that_hold_all_values():
    axis = Axis.over([0.11, 0.178])
    assert axis.ticks == pytest.approx([0.2, 0.15, 0.1, 0.05, 0.0])
    assert axis.places == "2g"
    assert (axis.y(0.2), axis.y(0.0)) == (pytest.approx(0.0), pytest.approx(HEIGHT))


def test_an_axis_need_not_begin_at_zero():
    axis = Axis.over([6.2, 7.9], from_zero=False)
    assert (axis.low, axis.high) == (6.0, 8.0)


@pytest.mark.parametrize(
    "values", [[], [None], [0.0], [0, 0], [math.nan, math.inf], [3.0], [-1.0, -1.0], [1e9], [1e-7]]
)
@pytest.mark.parametrize("from_zero", [True, False])
def test_an_axis_stands_whatever_it_is_given(values, from_zero):
    axis = Axis.over(values, from_zero=from_zero)
    assert axis.high > axis.low
    assert 2 <= len(axis.ticks) <= 7
    known = [value for value in values if value is not None and math.isfinite(value)]
    assert all(-1e-6 <= axis.y(value) <= HEIGHT + 1e-6 for value in known)


def test_a_line_goes_through_its_values_and_breaks_where_one_is_missing():
    chart = lines([Series("Hybrid", [0, 4, None, 2])])
    assert chart.axis.high == 4
    assert chart.shapes[0].path == "M75 160L225 0M525 80"
    assert chart.shapes[0].dots == "M75 160h0M225 0h0M525 80h0"


def test_whiskers_reach_from_one_end_of_an_interval_to_the_other():
    chart = lines([Series("Hybrid", [2, 3], [(1, 3), None])], titles=["Run 1", "Run 2"])
    assert chart.shapes[0].whiskers == f"M150 {160 * (1 - 1 / 3):.1f}V0"
    assert [(slot.x, slot.width, slot.title) for slot in chart.slots] == [
        (0.0, 300.0, "Run 1"),
        (300.0, 300.0, "Run 2"),
    ]


def test_the_axis_holds_intervals_too():
    assert lines([Series("Hybrid", [1.0], [(0.5, 3.9)])]).axis.high == 4


def test_bars_stand_upon_each_other_and_nothing_is_not_drawn():
    chart = bars([Series("Ratings", [1, 0]), Series("Views", [3, 4])])
    assert chart.axis.high == 4
    first, second = chart.shapes
    assert first.path == "M30 160V120h240V160z"
    assert second.path == "M30 120V0h240V120zM330 160V0h240V160z"


def test_a_curve_ends_where_its_training_got_to():
    chart = curve("Loss", [(0, 8.0), (50, 6.0)], until=100)
    assert chart.shapes[0].path == "M0 0L300 160"


def test_nothing_at_all_is_an_empty_drawing():
    for chart in (lines([]), bars([]), lines([Series("Hybrid", [])]), curve("Loss", [], until=0)):
        assert [shape.path for shape in chart.shapes if shape.path] == []
        assert chart.box == f"0 0 {WIDTH:g} {HEIGHT:g}"
