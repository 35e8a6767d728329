"""The settings of a surface: they check themselves, and come back from JSON as they were."""

import json
from math import nan

import pytest

from recommendations.placements.settings import PlacementSettings, SettingsError, Source

FULL = PlacementSettings(
    "for-you",
    sources={"personal": 3, "new": 1, "popular": 0},
    is_on=False,
    size=8,
    title="Yours",
    diversity=0.25,
    exploration=0.1,
    rotation=1.0,
    only_attributes=("genres:Comedy", "tags:a:b"),
    fallback=False,
)


def test_they_come_back_from_json_as_they_were():
    said = json.loads(json.dumps(FULL.as_json()))
    assert PlacementSettings.from_json(said) == FULL
    assert PlacementSettings.from_json({"name": "new"}) == PlacementSettings("new")


def test_shares_compare_weights_and_leave_out_what_has_none():
    assert FULL.shares == {Source.PERSONAL: 0.75, Source.NEW: 0.25}
    assert list(PlacementSettings("a", sources={"new": 1, "personal": 3}).shares) == [
        Source.PERSONAL,
        Source.NEW,
    ]


def test_a_change_makes_another_value_and_is_checked():
    other = FULL.changed(exploration=0.5)
    assert (other.exploration, FULL.exploration) == (0.5, 0.1)
    with pytest.raises(SettingsError, match="from 0, none, to 1"):
        FULL.changed(exploration=1.5)


def test_what_was_handed_over_may_change_later():
    weights = {"personal": 1.0}
    kept = PlacementSettings("for-you", sources=weights)
    weights["new"] = 5.0
    assert kept.sources == {"personal": 1.0}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "For you"}, "small letters with hyphens"),
        ({"name": "x" * 40}, "small letters with hyphens"),
        ({"size": 0}, "switch it off"),
        ({"size": 61}, "from 1 to 60"),
        ({"size": True}, "from 1 to 60"),
        ({"size": "12"}, "from 1 to 60"),
        ({"title": "x" * 81}, "shorten it"),
        ({"diversity": nan}, "from 0, none, to 1"),
        ({"rotation": -0.1}, "from 0, none, to 1"),
        ({"exploration": "0.1"}, "from 0, none, to 1"),
        ({"is_on": 1}, "on or off"),
        ({"sources": {}}, "at least one source"),
        ({"sources": {"new": 0}}, "at least one source"),
        ({"sources": {"magic": 1}}, "There is no source 'magic'; choose among personal"),
        ({"sources": {"new": -1}}, "weight of new"),
        ({"sources": ["new"]}, "names with weights"),
        ({"only_attributes": "genres:Comedy"}, "list of KIND:NAME"),
        ({"only_attributes": ["Comedy"]}, "'Comedy' is no attribute"),
        ({"only_attributes": [f"tags:{n}" for n in range(21)]}, "20 at most"),
        ({"colour": "red"}, "There is no setting 'colour'; there are"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_cure(wrong, words):
    with pytest.raises(SettingsError, match=words) as refused:
        PlacementSettings.from_json({"name": "for-you", **wrong})
    assert set(refused.value.problems) == set(wrong)
