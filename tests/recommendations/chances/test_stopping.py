"""When a trial is over: not before the quota, then by what is likely, at twice of it surely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.chances.stopping import Counted, likely, verdict
from recommendations.models import ItemChance

State = ItemChance.State
counts = st.tuples(st.integers(0, 400), st.floats(0, 1), st.floats(0, 1)).map(
    lambda found: Counted(found[0], int(found[0] * found[1]), found[0] * found[2])
)


@given(counts, st.integers(1, 100))
def test_nothing_ends_before_its_quota_and_all_ends_at_twice_of_it(counted, quota):
    found = verdict(counted, quota=quota)
    if counted.seen < quota:
        assert found == State.TRIED
    if counted.seen >= 2 * quota:
        assert found in (State.FOUND, State.ENDED)


@given(counts, st.integers(0, 20))
def test_more_openings_never_make_an_audience_less_likely(counted, more):
    richer = Counted(counted.seen, min(counted.opened + more, counted.seen), counted.usual)
    assert likely(richer) >= likely(counted) - 1e-9
    assert 0 <= likely(counted) <= 1


@pytest.mark.parametrize(
    ("seen", "opened", "usual", "state"),
    [
        (50, 10, 10, State.FOUND),
        (50, 0, 10, State.ENDED),
        (50, 5, 10, State.TRIED),  # exactly half: nobody can say
        (100, 20, 20, State.FOUND),
        (100, 4, 20, State.ENDED),
        (49, 49, 1, State.TRIED),  # promised is promised
    ],
)
def test_known_cases(seen, opened, usual, state):
    assert verdict(Counted(seen, opened, usual), quota=50) == state


def test_where_nothing_is_ever_opened_one_opening_is_an_audience():
    assert verdict(Counted(100, 1, 0.0), quota=50) == State.FOUND


def test_an_item_like_all_others_finds_its_audience_nine_times_in_ten():
    rng = np.random.default_rng(5)
    usual = 0.15

    def found(rate):
        hits = 0
        for _ in range(400):
            for seen in (50, 75, 100):
                opened = int(rng.binomial(seen, rate))
                state = verdict(Counted(seen, opened, usual * seen), quota=50)
                if state != State.TRIED:
                    break
            hits += state == State.FOUND
        return hits / 400

    assert found(usual) > 0.9
    assert found(0.2 * usual) < 0.1
