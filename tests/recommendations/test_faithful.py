"""A card's reason is its reason: leaving out what it names lowers it, through the site itself."""

import numpy as np
import pytest

from benchmarks.faithfulness import cards_of
from catalog import services as events
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["markov", "ease"])
def test_nineteen_of_twenty_cards_fall_without_what_they_name(kind):
    shelf, _crowd = checkerboard(items=60, people=120, events=10)
    events.recount()
    published(kind)
    rng = np.random.default_rng(3)
    tried = []
    for n in range(20):
        liked = rng.permutation(np.arange(n % 2, 60, 2))[:6]
        tried += cards_of(reader_of([shelf[at] for at in liked]), rng)
    assert len(tried) >= 50
    assert sum(lower or below for lower, below in tried) >= 0.95 * len(tried)
