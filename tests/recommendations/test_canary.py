"""A new model is tried on some people, the same ones all the time, and what they do decides."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Item, ItemView, Person
from recommendations import canary, engine, services
from recommendations.canary import Group, Trial
from recommendations.models import ModelRun, RetrainSettings
from recommendations.visit import Visit
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


def trial(share=30):
    """A live model, and a newer one that is tried."""
    old, new = published("markov"), published("ease")
    services.make_live(old)
    canary.start_canary(new, share=share)
    new.refresh_from_db()
    return old, new


def views(run, *, canary_items, live_items, people=1500):
    """Every person looks at so many items, a group's people all at as many."""
    crowd = Person.objects.bulk_create(Person() for _ in range(people))
    shelf = list(Item.objects.all()[:20])
    at = run.canary_since + timedelta(hours=1)
    rows, seen = [], {True: 0, False: 0}
    for person in crowd:
        is_in = engine.in_canary(run, person.pk)
        most = (canary_items if is_in else live_items) + seen[is_in] % 3
        seen[is_in] += 1
        rows += [ItemView(person=person, item=item, viewed_at=at) for item in shelf[:most]]
    ItemView.objects.bulk_create(rows)
    return crowd


def a_day_later(run):
    return run.canary_since + timedelta(hours=26)


def test_a_share_of_people_get_the_canary_and_keep_it():
    checkerboard()
    old, new = trial(share=30)
    answers = {pk: engine.current(pk).run_id for pk in range(1, 400)}
    share = sum(run_id == new.pk for run_id in answers.values()) / len(answers)
    assert 0.15 < share < 0.45
    assert answers == {pk: engine.current(pk).run_id for pk in range(1, 400)}
    assert engine.current().run_id == old.pk


def test_a_visitor_without_an_account_may_get_it_too():
    checkerboard()
    _old, new = trial(share=50)
    visitors = Person.objects.bulk_create(Person(session_key=f"s{n}") for n in range(40))
    assert new.pk in {Visit(visitor).model.run_id for visitor in visitors}


def test_another_run_draws_other_people():
    one, other = ModelRun(canary_share=30), ModelRun(canary_share=30)
    drawn = [{pk for pk in range(1000) if engine.in_canary(run, pk)} for run in (one, other)]
    assert drawn[0] != drawn[1]
    assert drawn[0] & drawn[1]


def test_it_takes_one_query_as_without(django_assert_num_queries):
    checkerboard()
    trial(share=50)
    engine.current(1)
    with django_assert_num_queries(1):
        [engine.current(pk) for pk in [2]]


def test_the_database_refuses_a_second_canary_and_a_live_one():
    published()
    fields = {"status": "succeeded", "canary_share": 10, "canary_since": timezone.now()}
    run = ModelRun.objects.create(trigger="admin", artifact="run-1", **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelRun.objects.create(trigger="admin", artifact="run-2", **fields)
    ModelRun.objects.filter(is_live=True).update(is_live=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelRun.objects.filter(pk=run.pk).update(is_live=True)


@pytest.mark.parametrize("share", [0, 51, 100])
def test_a_share_that_is_none_is_refused(share):
    run = published()
    with pytest.raises(services.CannotServe, match="1 to 50 %"):
        canary.start_canary(run, share=share)


def test_a_canary_that_people_take_up_more_with_is_live_for_all():
    checkerboard()
    old, new = trial()
    views(new, canary_items=8, live_items=5)
    assert "It goes on" in canary.judge_canary(now=new.canary_since + timedelta(hours=2))
    assert "Promoted: it is no worse" in canary.judge_canary(now=a_day_later(new))
    assert ModelRun.objects.live() == new
    assert ModelRun.objects.canary() is None
    new.refresh_from_db()
    assert "people of the canary took up 8.9" in new.canary_outcome or "9.0" in new.canary_outcome


def test_a_canary_that_people_take_up_less_with_is_dropped():
    checkerboard()
    old, new = trial()
    views(new, canary_items=4, live_items=6)
    assert "Dropped: it is worse" in canary.judge_canary(now=a_day_later(new))
    assert ModelRun.objects.live() == old
    assert ModelRun.objects.canary() is None


def test_few_people_decide_nothing_and_two_weeks_end_it():
    checkerboard()
    old, new = trial()
    views(new, canary_items=9, live_items=1, people=100)
    assert "It goes on" in canary.judge_canary(now=a_day_later(new))
    assert ModelRun.objects.canary() == new
    outcome = canary.judge_canary(now=new.canary_since + timedelta(days=15))
    assert "two weeks have decided nothing" in outcome
    assert ModelRun.objects.live() == old


def test_looking_every_hour_rarely_drops_a_canary_that_is_just_as_good():
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(200):
        counts = rng.poisson(3.0, size=(2, 4000))
        looks = range(200, 4001, 100)
        trials = (Trial(*(Group.of(row[:n].tolist()) for row in counts)) for n in looks)
        wrong += any(abs(trial.difference) > trial.half_width for trial in trials)
    assert wrong <= 10


def test_a_canary_whose_artifact_is_damaged_is_dropped_and_the_live_model_serves():
    checkerboard()
    old, new = trial(share=50)
    (engine.artifact_folder(new) / "manifest.json").unlink()
    assert {engine.current(pk).run_id for pk in range(1, 30)} == {old.pk}
    new.refresh_from_db()
    assert (new.canary_share, new.canary_outcome) == (0, "Its model cannot be served.")
    assert "has no manifest.json" in new.artifact_problem


def test_a_canary_that_fails_to_answer_is_dropped_and_nobody_sees_an_error():
    checkerboard()
    old, new = trial(share=50)
    person = next(p for p in Person.objects.all() if engine.in_canary(new, p.pk))

    def fail(_model):
        raise RuntimeError("broken")

    assert Visit(person).ask_model(fail) is None
    new.refresh_from_db()
    assert new.canary_outcome == "It failed to answer a question."
    assert Visit(person).model.run_id == old.pk


def test_making_another_model_live_ends_the_trial():
    checkerboard()
    _old, new = trial()
    services.make_live(published_beside())
    new.refresh_from_db()
    assert new.canary_outcome == "Another model was made live."


def published_beside():
    run = published()
    ModelRun.objects.filter(is_live=True).update(is_live=False)
    return run


def test_with_a_share_set_a_new_model_is_tried_first_and_the_next_one_waits(settings):
    checkerboard()
    old = published()
    settings.CANARY_SHARE = 10
    new, newest = published(), published()
    assert ModelRun.objects.live() == old
    assert ModelRun.objects.canary() == new
    assert (newest.is_live, newest.canary_share, newest.status) == (False, 0, "succeeded")


def test_with_a_share_set_the_first_model_and_the_one_after_it_are_live_at_once(settings):
    checkerboard()
    settings.CANARY_SHARE = 10
    first = published()
    assert ModelRun.objects.live() == first
    ModelRun.objects.update(trigger=ModelRun.Trigger.FIRST)
    assert ModelRun.objects.live() == first
    assert published().is_live


def test_old_artifacts_are_deleted_but_never_the_canarys():
    checkerboard()
    _old, new = trial()
    RetrainSettings(keep_artifacts=2, keep_days=0).save()
    others = [published() for _ in range(5)]
    assert not ModelRun.objects.get(pk=others[0].pk).artifact
    new.refresh_from_db()
    assert new.artifact
    assert engine.artifact_folder(new).is_dir()


def test_a_dropped_canary_says_why():
    checkerboard()
    _old, new = trial()
    assert canary.drop_canary("The lists looked odd.")
    assert not canary.drop_canary("Again.")
    new.refresh_from_db()
    assert new.canary_outcome == "The lists looked odd."


def test_the_operator_may_promote_it():
    checkerboard()
    _old, new = trial()
    assert canary.promote_canary() == new
    assert ModelRun.objects.live() == new
    with pytest.raises(services.CannotServe, match="No model is being tried"):
        canary.promote_canary()
