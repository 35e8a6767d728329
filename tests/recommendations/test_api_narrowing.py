"""Lists of the API among some items only, and with what is no news."""

import pytest
from django.core.cache import caches

from catalog import services as events
from catalog.models import Item, Person
from recommendations import dismissals
from tests.problems import wrong_fields
from tests.recommendations.experiments.trials import started
from tests.recommendations.test_api import FOR_YOU, ids, member, with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
LISTS = pytest.mark.parametrize(
    "address", [FOR_YOU, *(f"/api/v1/surfaces/{name}/" for name in ("for-you", "popular", "new"))]
)


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    for at, item in enumerate(shelf):
        Item.objects.filter(pk=item.pk).update(year=1800 + at)
    published("markov")
    return shelf


@pytest.fixture
def ada(shelf):
    return with_token(member("ada", shelf[0:6:2]))


@LISTS
def test_a_list_is_made_among_what_passes_all_filters(ada, shelf, address):
    wide = {"limit": 100}
    assert set(ids(ada.get(address, {**wide, "genre": "Odd"}))) == {x.pk for x in shelf[1::2]}
    asked = {**wide, "attribute": "genres:Even", "year_min": 1808, "year_max": 1814}
    assert set(ids(ada.get(address, asked))) == {shelf[at].pk for at in (8, 10, 12, 14)}
    assert ids(ada.get(address, {**wide, "genre": "Nothing"})) == []


@pytest.mark.parametrize("kind", ["markov", "ease", "popularity"])
def test_a_filter_leaves_the_order_as_it_is(shelf, kind):
    published(kind)
    ada = with_token(member("ada", shelf[0:6:2]))
    whole = ids(ada.get(FOR_YOU, {"limit": 100}))
    some = ids(ada.get(FOR_YOU, {"limit": 100, "genre": "Even"}))
    even = {item.pk for item in shelf[0::2]}
    assert some == [pk for pk in whole if pk in even]


def test_a_narrow_filter_finds_what_the_model_put_last(ada, shelf):
    last = ids(ada.get(FOR_YOU, {"limit": 100}))[-1]
    year = Item.objects.get(pk=last).year
    assert ids(ada.get(FOR_YOU, {"limit": 1, "year_min": year, "year_max": year})) == [last]


@LISTS
def test_what_is_no_news_is_shown_where_it_is_asked_for(ada, shelf, address):
    own = {item.pk for item in shelf[0:6:2]}
    assert own.isdisjoint(ids(ada.get(address, {"limit": 100})))
    assert own <= set(ids(ada.get(address, {"limit": 100, "include_seen": 1})))
    dismissals.dismiss(Person.objects.get(user__username="ada"), shelf[0])
    assert shelf[0].pk not in ids(ada.get(address, {"limit": 100, "include_seen": 1}))


def test_filters_hold_in_an_experiment_too(ada, shelf):
    started({"diversity": 0.5})
    odd = {item.pk for item in shelf[1::2]}
    found = ids(ada.get(FOR_YOU, {"limit": 100, "genre": "Odd"}))
    assert found
    assert set(found) <= odd


@LISTS
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"attribute": "none"}, "attribute"),
        ({"year_min": "soon"}, "year_min"),
        ({"year_max": 10000}, "year_max"),
        ({"include_seen": "perhaps"}, "include_seen"),
        ({"genre": "x" * 201}, "genre"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(ada, address, query, field):
    answer = ada.get(address, query)
    assert wrong_fields(answer) == [field]
