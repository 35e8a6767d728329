"""Judging against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml.artifact import Artifact
from ml.evaluate import judge, judge_answers, judge_ratings, judge_stars
from ml.serving import Recommender
from ml.split import Targets
from tests.ml.worlds import snapshot_of


def sure_of(stars: float, *, reach: float, items: int) -> dict[str, np.ndarray]:
    """A component of predicted ratings that says the same of every item."""
    arrays = {
        "level": np.array([stars, 1, 1]),
        "errors": np.array([-reach, reach]),
        "items": np.zeros((items + 1, 1)),
        "doubts": np.zeros((items + 1, 1)),
        "tastes": np.zeros((items, 1)),
        "person": np.zeros((3, 1)),
        "precision": np.full((1, 1), 1e12),
    }
    return {f"ratings.{name}": array.astype(np.float32) for name, array in arrays.items()}


def fixed(*scores: float) -> Recommender:
    """Ranks everyone's items by these scores; predicts 3, give or take 1."""
    snapshot = snapshot_of([], items=len(scores))
    return Recommender(
        Artifact(
            {
                "scale": [1, 5],
                "components": [{"name": "prior", "scorer": "prior", "weight": 1.0}],
            },
            snapshot.items.ids,
            {
                "prior.scores": np.array(scores, dtype=np.float32),
                **sure_of(3, reach=1, items=len(scores)),
            },
        )
    )


def targets(*pairs: tuple[int, int], stars: float = np.nan) -> Targets:
    users, items = zip(*pairs, strict=True) if pairs else ((), ())
    return Targets(
        np.array(users, dtype=np.int32),
        np.array(items, dtype=np.int32),
        np.full(len(pairs), stars, dtype=np.float32),
    )


def test_given_items_are_masked_and_targets_found_where_they_stand():
    given = snapshot_of([[0], [1, 2]], items=4)
    # person 0 sees 1, 2, 3: target 2 is second; person 1 sees 0, 3: target 0 is first
    figures = judge(fixed(4, 3, 2, 1), given, targets((0, 2), (1, 0)))
    np.testing.assert_allclose(figures.per_user["ndcg@10"], [1 / math.log2(3), 1])
    assert figures.mean("recall@10") == 1
    assert figures.users.tolist() == [0, 1]
    assert figures.coverage == 1


def test_several_targets_of_one_person_are_judged_together():
    given = snapshot_of([[0]], items=4)
    figures = judge(fixed(4, 3, 2, 1), given, targets((0, 1), (0, 3)), at=(1, 2))
    assert figures.mean("recall@1") == 1
    assert figures.mean("recall@2") == 0.5
    assert figures.mean("ndcg@2") == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_a_target_that_was_given_is_never_found():
    figures = judge(fixed(4, 3), snapshot_of([[0]], items=2), targets((0, 0)))
    assert figures.mean("recall@10") == 0


def test_the_list_can_be_kept_among_some_items():
    among = np.array([False, False, True, True])
    figures = judge(fixed(4, 3, 2, 1), snapshot_of([[]], items=4), targets((0, 2)), among=among)
    assert figures.mean("ndcg@10") == 1


def test_nobody_to_judge_is_no_error():
    figures = judge(fixed(1, 2), snapshot_of([], items=2), targets())
    assert figures.to_json() == {
        "people": 0,
        "ndcg@10": 0,
        "ndcg@10_se": 0,
        "recall@10": 0,
        "recall@10_se": 0,
        "popularity": 0,
        "popularity_se": 0,
        "novelty": 0,
        "novelty_se": 0,
        "coverage": 0,
        "gini": 0,
    }
    assert judge_ratings(fixed(1), snapshot_of([], items=1), targets())["ratings"] == 0


def test_figures_do_not_depend_on_batches(monkeypatch):
    given = snapshot_of([[user % 3] for user in range(7)], items=5)
    wanted = targets(*((user, 3 + user % 2) for user in range(7)))
    whole = judge(fixed(1, 2, 3, 4, 5), given, wanted)
    monkeypatch.setattr("ml.evaluate.batch_size", lambda items: 2)
    parts = judge(fixed(1, 2, 3, 4, 5), given, wanted)
    np.testing.assert_array_equal(whole.per_user["ndcg@10"], parts.per_user["ndcg@10"])


def test_predicted_ratings_are_judged_with_their_intervals():
    given = snapshot_of([[], []], items=1)
    both = Targets(*(np.array(x) for x in ([0, 1], [0, 0])), np.array([4.0, 5.0]))
    figures = judge_ratings(fixed(1), given, both)
    assert figures["rmse"] == pytest.approx(math.sqrt((1 + 4) / 2), abs=1e-5)
    assert figures["bias"] == -1.5
    assert figures["interval_held"] == 0.5
    assert figures["interval_width"] == 2
    assert (figures["interval_below"], figures["interval_above"]) == (0, 0.5)
    # width 2 for both, and 2 / (1 - .8) for each star that the second lies above its interval
    assert figures["interval_score"] == pytest.approx(2 + 10 / 2)


def test_intervals_are_judged_for_each_third_of_the_people_by_their_activity():
    # the mistaken one is who did most; who has no target counts in no third
    wanted = targets((0, 1), (2, 4), (2, 3), (3, 4), stars=4.0)
    figures = judge_stars(Knowing(), wanted, activity=np.array([5, 0, 9, 1]))
    parts = [figures[f"interval_held_{part}"] for part in ("few", "some", "many")]
    assert parts == [1.0, 1.0, 0.5]
    assert "interval_held_few" not in judge_stars(Knowing(), wanted)


def test_popularity_and_novelty_are_of_what_training_knew():
    known = snapshot_of([[0], [0], [0, 1]], items=4)
    given = snapshot_of([[], []], items=4)
    hits = judge(fixed(4, 3, 2, 1), given, targets((0, 3)), known=known)
    # 4 items, counts 3, 1, 0, 0: percentiles 1, 2/3, 1/6, 1/6; all four are listed
    assert hits.mean("popularity") == pytest.approx(0.5)
    # shares (3+1)/(3+1), (1+1)/4, 1/4, 1/4: 0, 1, 2 and 2 bits
    assert hits.mean("novelty") == pytest.approx(5 / 4)


def test_the_more_lists_share_their_items_the_more_unequal_is_the_catalogue():
    same = judge(fixed(*range(40)), snapshot_of([[], []], items=40), targets((0, 1), (1, 1)))
    # each person met what the other is shown
    halves = snapshot_of([range(20), range(20, 40)], items=40)
    apart = judge(fixed(*range(40)), halves, targets((0, 1), (1, 1)))
    assert (same.coverage, apart.coverage) == (10 / 40, 20 / 40)
    assert (same.gini, apart.gini) == (pytest.approx(0.75), pytest.approx(0.5))


class Knowing:
    """Answers that know each person by name: person u wants item u + 1, at 4 stars."""

    def scores(self, users: np.ndarray) -> np.ndarray:
        return np.eye(5, dtype=np.float32)[users + 1]

    def ratings(self, user: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        stars = np.where(rows == user + 1, 4, 1).astype(np.float32)
        return stars, stars, stars


def test_other_models_are_judged_by_what_they_answer_about_each_person():
    given = snapshot_of([[0], [0], [0]], items=5)
    wanted = targets((0, 1), (2, 3), stars=4.0)
    figures = judge_answers(Knowing(), given, wanted)
    assert figures.mean("ndcg@10") == 1
    assert figures.users.tolist() == [0, 2]
    assert judge_stars(Knowing(), wanted)["rmse"] == 0


def test_figures_of_different_people_can_be_joined():
    given = snapshot_of([[0], [0]], items=5)
    both = judge_answers(Knowing(), given, targets((0, 1))).with_people_of(
        judge_answers(Knowing(), given, targets((1, 4)))
    )
    assert both.users.tolist() == [0, 1]
    assert both.mean("ndcg@10") == pytest.approx((1 + 1 / math.log2(5)) / 2)


def test_a_person_who_is_judged_several_times_counts_once():
    given = snapshot_of([[], [], []], items=3)
    figures = judge(fixed(3, 2, 1), given, targets((0, 0), (1, 1), (2, 2)), at=(1,))
    people = figures.by_person(np.array([4, 9, 4], dtype=np.int32))
    assert people.users.tolist() == [4, 9]
    assert people.per_user["recall@1"].tolist() == [0.5, 0]
    assert people.mean("recall@1") == 0.25
    assert people.to_json()["people"] == 2
    assert figures.by_person(None) is figures
