"""The network in TensorFlow, its twin in NumPy, and a training from start to artifact."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ml.artifact import Artifact, ArtifactError
from ml.baselines import fit_baseline
from ml.config import TrainConfig
from ml.evaluate import judge
from ml.features import content_to_learn
from ml.serving import Recommender
from ml.snapshot import KINDS, History
from ml.split import Split, leave_last_out, whole_taste
from tests.ml.worlds import checkerboard, items_of, snapshot_of

pytestmark = pytest.mark.slow
TINY = TrainConfig(width=16, heads=4, content_width=8, history=20, least_steps=100, epochs=1)


@cache
def trained() -> Artifact:
    from ml.hybrid import fit

    return fit(checkerboard(), TINY)


def without_rules(artifact: Artifact) -> Recommender:
    """The network alone."""
    encoder = {**artifact.manifest["components"][0], "weight": 1.0}
    manifest = {**artifact.manifest, "components": [encoder]}
    return Recommender(replace(artifact, manifest=manifest))


def lead_over_popularity(model: Recommender, split: Split) -> float:
    """In recall@10, on the split's targets."""
    popular = Recommender(fit_baseline(split.train, "popularity"))
    ours, theirs = (
        judge(each, split.given, split.targets).mean("recall@10") for each in (model, popular)
    )
    return ours - theirs


def mixed_history(length: int) -> History:
    rng = np.random.default_rng(length)
    return History(
        item=rng.integers(0, 40, length).astype(np.int32),
        kind=rng.integers(0, len(KINDS), length).astype(np.int8),
        stars=np.where(rng.random(length) < 0.5, rng.integers(1, 6, length), np.nan).astype("f4"),
        time=np.sort(rng.random(length) * 1e7),
    )


def tensorflow_scores(model, history: History) -> np.ndarray:
    """The same scores by the training's own code."""
    import tensorflow as tf

    from ml.encoding import gap_codes, level_codes

    first = np.arange(len(history)) == 0
    codes = (
        history.item,
        history.kind.astype(np.int32),
        level_codes(history.stars, (1.0, 5.0)),
        gap_codes(history.time, first),
    )
    item, kind, level, gap = (
        tf.constant(np.concatenate([[start], code])[None, -20:].astype(np.int32))
        for start, code in zip((-1, 0, 0, 0), codes, strict=True)
    )
    vectors, bias = model.items(None, model.met)
    x = model.event_vectors(tf.gather(vectors, tf.maximum(item, 0)), item < 0, kind, level, gap)
    person = model.encode(x, training=False)[:, -1]
    return (person @ tf.transpose(vectors) + bias).numpy()[0]


@pytest.mark.parametrize("length", [0, 1, 7, 19, 20, 45])
def test_numpy_gives_the_scores_of_tensorflow(length):
    from ml.encoding import EncoderScorer
    from ml.hybrid import encoder_settings
    from ml.train import new_model, set_up

    world = checkerboard()
    set_up(TINY)
    model = new_model(world, content_to_learn(world), TINY)
    twin = EncoderScorer(model.arrays(), encoder_settings(TINY, world))
    history = mixed_history(length)
    expected = tensorflow_scores(model, history)
    assert twin.scores_many([history])[0] == pytest.approx(expected, abs=1e-4)


def test_the_network_finds_the_sides_of_a_checkerboard():
    split = leave_last_out(checkerboard())
    from ml.hybrid import fit

    hybrid = Recommender(fit(split.train, TINY))
    assert lead_over_popularity(hybrid, split) > 0.15


def test_a_sample_of_the_items_is_enough_to_find_the_sides():
    split = leave_last_out(checkerboard())
    from ml.hybrid import fit

    few = replace(TINY, full_softmax=10, negatives=16)
    network = without_rules(fit(split.train, few))
    assert lead_over_popularity(network, split) > 0.1


def test_the_loss_of_a_sample_is_about_that_of_all_items():
    import tensorflow as tf

    from ml.inputs import batches, make_inputs
    from ml.train import Trainer, new_model, seed_of, set_up

    world = checkerboard()
    set_up(TINY)
    losses = []
    for config in (TINY, replace(TINY, full_softmax=10, negatives=4096)):
        still = replace(config, dropout=0.0, event_dropout=0.0, id_dropout=0.0)
        trainer = Trainer(
            new_model(world, content_to_learn(world), still),
            make_inputs(world, ordered=True),
            still,
            10,
        )
        rng = np.random.default_rng(1)
        before, target = next(batches(world, history=20, positions=400, rng=rng))
        loss, count = trainer.loss(tf.constant(before), tf.constant(target), seed_of(still, 0))
        losses.append(float(loss / count))
    assert losses[1] == pytest.approx(losses[0], abs=0.05)


def test_whole_taste_is_learned_from_people_whose_order_means_nothing():
    split = whole_taste(checkerboard())
    from ml.hybrid import fit

    artifact = fit(split.train, replace(TINY, ordered=False))
    assert artifact.manifest["config"]["ordered"] is False
    assert lead_over_popularity(Recommender(artifact), split) > 0.15


def test_an_item_without_events_is_placed_by_its_content():
    world = checkerboard()
    keep = world.events.item >= 2  # items 0 and 1 lose all their events
    cold = world.with_events(world.events.take(keep))
    from ml.hybrid import fit

    hybrid = Recommender(fit(cold, TINY))
    even, odd = hybrid.scores(world.history(0)), hybrid.scores(world.history(1))
    assert even[0] - even[1] > odd[0] - odd[1]


def test_a_liked_and_a_disliked_item_do_not_say_the_same():
    hybrid = Recommender(trained())
    liked, disliked = (
        History(np.array([0], "i4"), np.zeros(1, "i1"), np.array([stars], "f4"), np.array([np.nan]))
        for stars in (5.0, 1.0)
    )
    assert np.abs(hybrid.scores(liked) - hybrid.scores(disliked)).max() > 1e-3


def test_a_warm_start_takes_a_tenth_of_the_steps_and_knows_new_items():
    from ml.hybrid import fit

    before = trained()
    grown = checkerboard(items=44)
    steps: list[int] = []
    after = fit(grown, TINY, start_from=before, on_event=lambda e: steps.append(e.get("of", 0)))
    assert 0 < max(steps) <= 12
    assert len(Recommender(after).items) == 44
    split = leave_last_out(grown)
    assert judge(Recommender(after), split.given, split.targets).mean("recall@10") > 0.4


def test_a_warm_start_from_a_baseline_is_refused():
    from ml.hybrid import fit

    with pytest.raises(ArtifactError, match="hybrid"):
        fit(checkerboard(), TINY, start_from=fit_baseline(checkerboard(), "markov"))


def test_one_seed_gives_one_model():
    from ml.hybrid import fit

    one, two = trained().arrays, fit(checkerboard(), TINY).arrays
    assert all(np.array_equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    "world",
    [
        snapshot_of([[0]], items=1),
        snapshot_of([[0, 1, 0]], items=items_of(3, texts=["", "naïve", "日本語 の 本"])),
        snapshot_of([[0, 1], [1, 0]], items=2, stars=[[3.0, 3.0], [3.0, 3.0]], scale=(3.0, 3.0)),
        snapshot_of([[0, 1, 2], [2, 1]], items=4, times=False),
    ],
    ids=["one event", "one person", "all ratings equal", "no times"],
)
def test_next_to_no_data_still_gives_a_finite_model(world):
    from ml.hybrid import fit

    hybrid = Recommender(fit(world, TINY))
    assert np.all(np.isfinite(hybrid.scores(world.history(0))))
    assert np.all(np.isfinite(hybrid.scores(History.empty())))
