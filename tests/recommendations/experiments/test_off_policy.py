"""Estimates from simulated logs of which the truth is known."""

import numpy as np
import pytest

from recommendations.experiments.off_policy import Log, NoOverlap, doubly_robust, ips, snips

KINDS, ACTIONS = 4, 5
WORLD = np.random.default_rng(1)
LIKED = WORLD.beta(0.4, 0.6, (KINDS, ACTIONS))  # chance of a reward, by kind of person and action
SERVED = WORLD.dirichlet(np.full(ACTIONS, 2.0), KINDS)
WANTED = WORLD.dirichlet(np.full(ACTIONS, 2.0), KINDS)
TRUTH = float((WANTED * LIKED).sum(axis=1).mean())
GUESS = np.clip(
    LIKED + WORLD.normal(0, 0.05, LIKED.shape), 0, 1
)  # fitted elsewhere, not quite right


def log(rng, *, people=300, each=5):
    """Rows of one person resemble each other: they are all of one kind."""
    kind = np.repeat(rng.integers(0, KINDS, people), each)
    drawn = SERVED[kind].cumsum(axis=1) > rng.random((len(kind), 1))
    action = drawn.argmax(axis=1)
    rewards = (rng.random(len(kind)) < LIKED[kind, action]).astype(float)
    made = Log.of(
        rewards, SERVED[kind, action], WANTED[kind, action], np.repeat(np.arange(people), each)
    )
    guesses = {
        "guessed": GUESS[kind, action],
        "guessed_of_target": (WANTED[kind] * GUESS[kind]).sum(axis=1),
    }
    return made, guesses


def estimates(rounds=400, seed=2):
    rng = np.random.default_rng(seed)
    found = {"ips": [], "snips": [], "dr": []}
    for _ in range(rounds):
        one, guesses = log(rng)
        for name, made in (
            ("ips", ips(one)),
            ("snips", snips(one)),
            ("dr", doubly_robust(one, **guesses)),
        ):
            found[name].append(made)
    return found


def test_all_of_them_find_the_truth_and_their_intervals_hold_it():
    for made in estimates().values():
        values = np.array([one.value for one in made])
        assert values.mean() == pytest.approx(TRUTH, abs=4 * values.std() / 20)
        held = np.mean([one.interval[0] <= TRUTH <= one.interval[1] for one in made])
        assert 0.92 <= held <= 0.98  # 95 %, plus or minus three standard errors of 400 rounds


def test_a_good_guess_makes_the_estimate_narrower():
    spread = {name: np.std([one.value for one in made]) for name, made in estimates(200).items()}
    assert spread["dr"] < 0.9 * spread["ips"]
    assert spread["snips"] < spread["ips"]


def test_a_bad_guess_leaves_it_right():
    rng = np.random.default_rng(5)
    values = []
    for _ in range(300):
        one, guesses = log(rng)
        values.append(
            doubly_robust(one, **{name: 0.3 + 0 * guess for name, guess in guesses.items()}).value
        )
    assert np.mean(values) == pytest.approx(TRUTH, abs=4 * np.std(values) / np.sqrt(300))


def test_by_hand():
    one = Log.of([1, 0, 1, 0] * 20, [0.5] * 80, [1, 0, 0, 1] * 20)
    assert ips(one).value == 0.5  # two of four rows weigh 2, and one of the two was rewarded
    assert snips(one).value == 0.5
    assert ips(one).effective == 40.0


def test_the_same_policy_gets_what_was_got():
    one = Log.of([1, 0, 0, 1] * 20, [0.25] * 80, [0.25] * 80)
    assert ips(one).value == snips(one).value == 0.5
    assert ips(one).effective == 80.0


@pytest.mark.parametrize(
    ("propensities", "targets", "said"),
    [
        ([np.nan] * 100, [1] * 100, "Nothing was shown by lot"),
        ([1.0] * 100, [0] * 100, "was ever shown"),
        ([1.0] * 100, [1] * 20 + [0] * 80, "covers 20 %"),
        ([0.1] * 100, [1] * 60 + [0] * 40, "average to 6"),
        ([0.02] * 1 + [1.0] * 99, [1.0] + [0.5] * 99, "worth"),
    ],
)
def test_without_overlap_it_refuses_in_words(propensities, targets, said):
    with pytest.raises(NoOverlap, match=said):
        ips(Log.of([1] * 100, propensities, targets))


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="one of each"):
        Log.of([1], [0.5, 0.5], [1])
    with pytest.raises(ValueError, match="above 0"):
        Log.of([1, 1], [0.0, 0.5], [1, 1])
    with pytest.raises(ValueError, match="from 0 to 1"):
        Log.of([1], [0.5], [2])
