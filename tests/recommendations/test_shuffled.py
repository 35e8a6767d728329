"""Where items were shuffled among events there is no taste to learn, and the gate finds none.

What is left is how often each item occurs: nothing personal may win, however often it is tried.
The same worlds before they were shuffled have a taste, and there something personal does win.
"""

import numpy as np
import pytest

from ml.baselines import fit_baseline, shared_arrays
from ml.datafolder import save_snapshot
from ml.evaluate import judge
from ml.serving import Recommender
from ml.snapshot import Events, Snapshot, Vocabulary
from recommendations import candidates, gate, trainer
from tests.ml.worlds import items_of

pytestmark = pytest.mark.once
SEEDS = range(24)
DAY = 86_400.0
WORLDS = {
    "equal items": {"people": 60, "items": 24, "events": 8, "steep": 0.0},
    "popular ones": {"people": 90, "items": 40, "events": 8, "steep": 0.7},
}


def tastes(seed, *, people, items, events, steep):
    """Two halves of a catalogue, and people who like one of them only."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, items // 2 + 1) ** steep
    chosen = [
        2 * rng.choice(items // 2, events, replace=False, p=weight / weight.sum()) + person % 2
        for person in range(people)
    ]
    moments = np.sort(rng.random((people, events)), axis=1) * 100 * DAY
    found = Events.sorted(
        user=np.repeat(np.arange(people, dtype=np.int32), events),
        item=np.concatenate(chosen).astype(np.int32),
        kind=np.zeros(people * events, dtype=np.int8),
        stars=rng.integers(1, 11, people * events).astype(np.float32) / 2,
        time=moments.ravel(),
    )
    return Snapshot(items_of(items), Vocabulary(tuple(map(str, range(people)))), found, (0.5, 5.0))


def shuffled(snapshot, seed):
    events = snapshot.events
    item = np.random.default_rng(seed).permutation(events.item)
    return snapshot.with_events(Events(events.user, item, events.kind, events.stars, events.time))


def judged(name, label, recommender, past):
    problem = candidates.fault_of(name, recommender, past.given)
    figures = judge(recommender, past.given, past.targets, known=past.train).by_person(past.whose)
    shown = round(figures.coverage * len(past.given.items))
    values = figures.per_user[gate.MEASURE]
    return gate.Candidate(name, label, values, problem, shown, figures.coverage)


def baselines(past):
    shared = shared_arrays(past.train, factors=False)
    return [
        judged(name, name, Recommender(fit_baseline(past.train, name, shared=shared)), past)
        for name in gate.BASELINES
    ]


@pytest.mark.parametrize("world", WORLDS)
def test_rules_find_no_taste_where_items_were_shuffled(world):
    for seed in SEEDS:
        past, _ = candidates.split_past_from_future(shuffled(tastes(seed, **WORLDS[world]), seed))
        assert past.people >= candidates.ENOUGH_JUDGED
        choice = gate.choose(baselines(past), live="ease")
        assert choice.winner in gate.IMPERSONAL, (seed, choice.verdict)
        assert choice.verdict.count("is not better than") == 2
        assert "beyond doubt" in choice.verdict


@pytest.mark.parametrize("world", WORLDS)
def test_rules_find_the_taste_that_is_there_before(world):
    for seed in list(SEEDS)[:4]:
        past, _ = candidates.split_past_from_future(tastes(seed, **WORLDS[world]))
        assert gate.choose(baselines(past)).winner in ("markov", "ease"), seed


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_network_finds_no_taste_where_items_were_shuffled(seed, tmp_path, settings):
    settings.TRAIN_THREADS = 1
    world = shuffled(tastes(seed, **WORLDS["popular ones"]), seed)
    past, _ = candidates.split_past_from_future(world)
    folder = save_snapshot(past.train, tmp_path / "past")
    job = trainer.Job(folder, tmp_path / "hybrid", gate.HYBRID, 40.0, "fast")
    trainer.run(job, on_event=lambda event: None)
    network = Recommender(candidates.load_artifact(job.out))
    found = [*baselines(past), judged(gate.HYBRID, "The hybrid", network, past)]
    choice = gate.choose(found)
    assert choice.winner in gate.IMPERSONAL, choice.verdict
    assert gate.choose(found, live=gate.HYBRID).winner != gate.HYBRID
    assert "The hybrid is " in choice.verdict
