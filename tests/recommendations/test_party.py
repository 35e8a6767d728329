"""Lists that are made together are the lists that each person gets alone, with fewer questions."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import services
from catalog.models import Item, ItemView, Person
from recommendations import canary, dismissals, selectors
from recommendations import services as models
from recommendations.dataset import history_of
from recommendations.histories import histories_of
from recommendations.models import Impression, ModelRun, Steering
from recommendations.party import lists_of
from recommendations.visit import Visit
from tests.recommendations.experiments.trials import started
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
LIMIT = 6


def make(visit):
    return selectors.for_you(visit.person, limit=LIMIT, visit=visit)


def told(picks):
    shown = [(pick.item.pk, pick.score, pick.rung, str(pick.reason)) for pick in picks.items]
    return shown, picks.rung, picks.model_label, picks.explanation, picks.steered, picks.tried


@pytest.fixture
def crowd():
    """People of all sorts, of whom the items were shown to some; and nobody in particular."""
    items, _readers = checkerboard()
    services.recount()
    published("markov")
    people = [Person.objects.create(session_key=f"s{n}") for n in range(12)]
    for n, person in enumerate(people):
        for k in range(n % 5):
            services.rate_item(person, items[(3 * n + k) % len(items)], stars=1 + (n + k) % 5)
        services.record_view(person, items[-1 - n % 4])
    dismissals.dismiss(people[1], items[1])
    Steering.objects.create(person=people[3], diversity=0.9, niche=0.5)
    Person.objects.filter(pk=people[5].pk).update(is_unpersonalised=True)
    Person.objects.filter(pk=people[6].pk).update(is_private=True)
    before = timezone.now() - timedelta(days=2)
    for person in people[7:]:
        Impression.objects.create(
            person=person,
            item=items[n % len(items)],
            surface="for-you",
            hour=before.replace(minute=0, second=0, microsecond=0),
            position=0,
            rung="personal",
            rendered_at=before,
            seen_at=before,
        )
    Item.objects.filter(pk=items[2].pk).update(is_listed=False)
    return [*Person.objects.filter(session_key__startswith="s").order_by("pk"), None]


@pytest.mark.parametrize(
    "trial",
    [None, {}, {"changes": {"rotation": 1.0, "diversity": 0.3}}, {"design": "interleaved"}],
)
def test_each_gets_what_they_would_get_alone(crowd, trial):
    if trial is not None:
        started(trial.get("changes", {"diversity": 0.5}), design=trial.get("design", "ab"))
    alone = [told(make(Visit(person))) for person in crowd]
    together = lists_of([*crowd, crowd[0]], make)
    assert [told(picks) for _visit, picks in together] == [*alone, alone[0]]
    assert [visit.person for visit, _picks in together] == [*crowd, crowd[0]]
    assert len({str(shown) for shown, *_more in alone}) > 3


def test_a_canary_answers_the_same_people(crowd):
    live = ModelRun.objects.get(is_live=True)
    new = published("ease")
    models.make_live(live)
    canary.start_canary(new, share=50)
    alone = [told(make(Visit(person))) for person in crowd]
    assert len({label for _shown, _rung, label, *_more in alone if label}) == 2
    assert [told(picks) for _visit, picks in lists_of(crowd, make)] == alone


@pytest.mark.parametrize("design", [None, "ab", "interleaved"])
def test_many_cost_no_more_questions_than_two(crowd, design):
    if design:
        started({"diversity": 0.5, "rotation": 1.0}, design=design)

    def asked(people):
        with CaptureQueriesContext(connection) as found:
            lists_of(people, make)
        return len(found)

    lists_of(crowd, make)  # what a process learns once
    two = [crowd[3], crowd[7]]  # one of them steers
    assert asked(crowd) == asked(two) <= 6
    assert asked([None]) <= 3


def test_pasts_are_the_same_however_many_are_asked_for(crowd):
    people, item = crowd[:-1], crowd[0].item_views.get().item
    start = timezone.now() - timedelta(days=9)
    for person in people[:2]:
        looks = (
            ItemView(person=person, item=item, viewed_at=start + timedelta(hours=n))
            for n in range(9)
        )
        ItemView.objects.bulk_create(looks)
    for limit in (3, 200):
        assert histories_of(people, limit=limit) == {
            person.pk: history_of(person, limit=limit) for person in people
        }
    assert histories_of([]) == {}
