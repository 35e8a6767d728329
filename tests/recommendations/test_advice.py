"""What is said of which numbers. Most worlds here are in order but for one thing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recommendations.advice import (
    Catalogue,
    Numbers,
    Severity,
    Traffic,
    Training,
    findings,
    is_bad,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WELL = Numbers(
    now=NOW,
    catalogue=Catalogue(items=500),
    traffic=Traffic(
        days=[100] * 59,
        last_hour=30,
        same_hours=[30] * 7,
        last_day=100,
        busiest="Ann",
        of_busiest=9,
        ratings=500,
        same_ratings=150,
    ),
    training=Training(trained_at=NOW - timedelta(hours=5), new_events=20, least_events=20),
)


def found(part, **values):
    changed = replace(WELL, **{part: replace(getattr(WELL, part), **values)})
    return findings(changed)


def names(part, **values):
    return [finding.name for finding in found(part, **values)]


def yesterday(count, *, before=100):
    return [before] * 58 + [count]


def test_a_site_in_order_needs_nothing():
    assert findings(WELL) == []


def test_an_empty_site_needs_nothing():
    assert findings(Numbers(now=NOW, training=Training(least_events=20))) == []


# --- events --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, ["drop-day"]),
        (24, ["drop-day"]),
        (26, []),
        (100, []),
        (290, []),
        (310, ["flood-day"]),
        (9000, ["flood-day"]),
    ],
)
def test_yesterday_is_compared_with_what_is_usual(count, said):
    assert names("traffic", days=yesterday(count)) == said


def test_a_week_is_compared_with_the_same_days_of_other_weeks():
    """Sundays are quiet: 5 events instead of 400. The 59th day is a Sunday."""
    days = [5 if (at - 58) % 7 == 0 else 400 for at in range(59)]
    assert names("traffic", days=days) == []
    monday = [*days, 400]
    assert names("traffic", days=monday) == []
    assert names("traffic", days=[*days, 5]) == ["drop-day"]


def test_one_strange_week_does_not_change_what_is_usual():
    days = yesterday(100)
    days[-8] = 50_000
    assert names("traffic", days=days) == []
    days[-1] = 4_000
    assert names("traffic", days=days) == ["flood-day"]


@pytest.mark.parametrize("count", [0, 1200])
def test_where_numbers_are_restless_anyway_it_takes_more_to_be_unusual(count):
    restless = [10, 500, 30, 800, 20, 600, 40, 700]
    days = [0] * 59
    days[2::7] = [*restless, count]
    assert names("traffic", days=days) == []
    days[2::7] = [*restless, 3000]
    assert names("traffic", days=days) == ["flood-day"]


def test_small_numbers_say_nothing():
    assert names("traffic", days=yesterday(0, before=10)) == []
    assert names("traffic", days=yesterday(40, before=2)) == []


def test_a_young_site_has_nothing_usual_yet():
    assert names("traffic", days=[100] * 20 + [0]) == []
    assert names("traffic", days=[]) == []


def test_the_last_hour_is_looked_at_too():
    assert names("traffic", last_hour=0) == ["drop-hour"]
    assert names("traffic", last_hour=900) == ["flood-hour"]
    assert names("traffic", last_hour=0, same_hours=[30, 30]) == []


def test_numbers_are_in_the_sentence():
    [finding] = found("traffic", days=yesterday(9000))
    assert finding.sentence == "Yesterday there were 9,000 events; 100 are usual."


def test_an_account_that_made_much_of_a_day_is_named():
    [finding] = found("traffic", last_day=1000, of_busiest=300)
    assert finding.sentence == "Ann made 300 of the last day's 1,000 events."
    assert names("traffic", last_day=1000, of_busiest=299) == []
    assert names("traffic", last_day=50, of_busiest=50) == []


def test_ratings_that_are_all_the_same_are_noticed():
    assert names("traffic", ratings=500, same_ratings=451) == ["same-ratings"]
    assert names("traffic", ratings=500, same_ratings=450) == []
    assert names("traffic", ratings=99, same_ratings=99) == []


def test_events_from_the_future_are_bad():
    [finding] = found("traffic", in_future=1)
    assert finding.severity is Severity.BAD
    assert finding.sentence == "1 event is dated in the future."


# --- items ---------------------------------------------------------------------------------------
def test_what_is_missing_on_many_items_is_said():
    assert names("catalogue", undescribed=101) == ["descriptions"]
    assert names("catalogue", undescribed=100) == []
    [finding] = found("catalogue", without_genres=400)
    assert finding.sentence == "80 % of items have no genre."


def test_a_tiny_catalogue_may_lack_descriptions():
    assert names("catalogue", items=9, undescribed=9, without_genres=9) == []


def test_an_item_without_title_and_doubles_are_said():
    assert names("catalogue", untitled=1) == ["titles"]
    assert names("catalogue", doubles=2) == ["doubles"]


# --- the model -----------------------------------------------------------------------------------
def test_a_model_that_cannot_be_served_is_bad_and_the_reason_is_said():
    [finding] = found("training", problem="manifest.json is missing")
    assert finding.severity is Severity.BAD
    assert "manifest.json is missing" in finding.sentence


def test_an_old_model_is_bad_once_something_is_new():
    old = NOW - timedelta(days=3, minutes=1)
    assert names("training", trained_at=old) == ["old-model"]
    assert names("training", trained_at=old, new_events=0) == []
    assert names("training", trained_at=old, interval=timedelta(days=7)) == []


def test_three_broken_runs_are_bad_two_are_chance():
    assert names("training", broken=3, error="The disk is full") == ["runs-fail"]
    assert names("training", broken=2) == []


def test_a_run_that_nobody_takes_means_that_no_worker_listens():
    waits = NOW - timedelta(minutes=6)
    assert names("training", waits_since=waits) == ["no-worker"]
    assert names("training", waits_since=NOW - timedelta(minutes=4)) == []


def test_queues_that_nobody_works_off_are_named():
    assert names("training", unheard=["train"]) == ["no-consumer"]
    found = findings(Numbers(now=NOW, training=Training(unheard=["default", "train"])))
    assert any("“default”, “train”" in str(finding.sentence) for finding in found)


def test_no_model_is_said_as_soon_as_there_is_enough_to_learn_from():
    assert names("training", trained_at=None, new_events=20) == ["no-model"]
    assert names("training", trained_at=None, new_events=19) == []


# --- together ------------------------------------------------------------------------------------
def test_what_is_bad_comes_first():
    numbers = replace(
        WELL,
        catalogue=replace(WELL.catalogue, doubles=3),
        traffic=replace(WELL.traffic, days=yesterday(9000), in_future=2),
    )
    assert [finding.name for finding in findings(numbers)] == ["future", "flood-day", "doubles"]
    assert is_bad(findings(numbers))
    assert not is_bad(findings(replace(numbers, traffic=WELL.traffic)))
