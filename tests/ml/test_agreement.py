"""Agreement of people: known answers, and what holds for all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from ml.agreement import SHRINK, agreement, offsets


def matrix(rows):
    return csr_array(np.array(rows, dtype=np.float32))


def test_agreement_is_a_correlation_over_what_both_rated_shrunk_by_how_much_that_is():
    known = matrix([[1, -1, 1, 0], [1, -1, 0, 2], [-1, 1, -1, 0], [0, 0, 0, 3]])
    alike, both = agreement(known, 0)
    assert both.tolist() == [0, 2, 3, 0]
    assert alike.tolist() == pytest.approx([0, 2 / (2 + SHRINK), -3 / (3 + SHRINK), 0])


def test_offsets_take_off_what_everybody_thinks_and_ones_own_leniency():
    person, item = np.repeat([0, 1], 40), np.tile(np.arange(40), 2)
    kind = np.tile(np.where(np.arange(40) < 20, 2.0, 4.0), 2)
    off = offsets(person, item, kind + np.repeat([0.5, -0.5], 40))
    assert off.reshape(2, 40).mean(axis=1) == pytest.approx([0, 0], abs=1e-6)
    assert off[:40] == pytest.approx(off[40:])
    assert len(offsets(np.array([], int), np.array([], int), np.array([]))) == 0


ratings = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 7)), st.integers(1, 10), min_size=1
)


@given(ratings)
def test_it_is_mutual_bounded_and_nobody_agrees_with_themselves(said):
    person, item = (np.array(column) for column in zip(*said, strict=True))
    off = offsets(person, item, np.array(list(said.values())) / 2)
    known = csr_array((off, (person, item)), shape=(6, 8))
    known.sort_indices()
    found = [agreement(known, row) for row in range(6)]
    alike, both = (np.stack(part) for part in zip(*found, strict=True))
    assert np.allclose(alike, alike.T, atol=1e-5)
    assert np.array_equal(both, both.T)
    assert np.all(np.abs(alike) <= both / (both + SHRINK) + 1e-5)
    assert not alike.diagonal().any()
