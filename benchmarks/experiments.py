"""Whether experiments find what is there, and nothing else: python -m benchmarks.experiments

Made-up people (`clicks`) are shown lists of rankers of which the better one is known. Prints (a)
after how many visits an A/B test and team-draft interleaving have found the better ranker; (b) how
often there is a false alarm where nothing differs and somebody looks every day; (c) how far
off-policy estimates are from the truth, and how often their intervals hold it. Everything is
computed by `recommendations.experiments`, as on the site. `--save NAME`, `--rounds N`, `--seed N`.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path
from random import Random

import django
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.clicks import EXAMINED, SHOWN, Sessions
from recommendations.experiments.interleaving import chances, team_draft
from recommendations.experiments.off_policy import (
    Estimate,
    Log,
    NoOverlap,
    doubly_robust,
    ips,
    snips,
)
from recommendations.experiments.sequences import Signs, Sums, difference

RESULTS = Path(__file__).resolve().parent / "results"
EVERY, VISITS = 20, 4
"""So many people lie between two looks, and so often does each come."""
Counts = NDArray[np.int64]


def found_by_split(
    rng: np.random.Generator, noises: tuple[float, float], *, most: int
) -> tuple[int | None, bool]:
    """(after how many visits, whether it was the second ranker); None where it was never sure."""
    people = most // VISITS
    sessions = Sessions.made_up(rng, noises, people=people, each=VISITS)
    arm = rng.integers(0, 2, people)
    shown = sessions.lists[np.repeat(arm, VISITS), np.arange(people * VISITS)]
    y = sessions.opened(rng, shown).sum(axis=1).reshape(people, VISITS).sum(axis=1)
    sums = [Sums(), Sums()]
    for start in range(0, people, EVERY):
        now = slice(start, start + EVERY)
        sums = [sums[at] + Sums.of(y[now][arm[now] == at]) for at in (0, 1)]
        said = difference(sums[1], sums[0])
        if said.excludes_zero:
            return (start + EVERY) * VISITS, said.value > 0
    return None, False


def signs_of(rng: np.random.Generator, sessions: Sessions, *, each: int = 1) -> Counts:
    """(P,): 1 where the second ranker's items are opened more by a person, -1, or 0."""
    chance = Random(int(rng.integers(2**31)))
    drafts = [
        team_draft(list(first), list(second), n=first.size, flip=lambda: chance.random() < 0.5)
        for first, second in zip(*sessions.lists, strict=True)
    ]
    shown = np.array([[item for item, _side in draft] for draft in drafts])
    sides = np.array([[side for _item, side in draft] for draft in drafts])
    opened = sessions.opened(rng, shown)
    return np.asarray(np.sign((opened * (2 * sides - 1)).reshape(-1, each * SHOWN).sum(axis=1)))


def found_by_interleaving(
    rng: np.random.Generator, noises: tuple[float, float], *, most: int
) -> tuple[int | None, bool]:
    """The same, with both rankers in every list; simulated in parts, as it mostly ends early."""
    wins = losses = visits = 0
    while visits < most:
        sessions = Sessions.made_up(rng, noises, people=EVERY, each=VISITS)
        signs = signs_of(rng, sessions, each=VISITS)
        visits += EVERY * VISITS
        wins, losses = wins + int((signs > 0).sum()), losses + int((signs < 0).sum())
        if Signs(wins, losses).evidence >= 20:
            return visits, wins > losses
    return None, False


def false_alarms(rng: np.random.Generator, *, days: int, people: int) -> dict[str, bool]:
    """Whether each way to look was ever sure, of two rankers that are equally good."""
    sessions = Sessions.made_up(rng, (1.0,), people=2 * days * people)
    y = sessions.opened(rng, sessions.lists[0]).sum(axis=1).reshape(2, days, people)
    clicks, seen = y, np.full_like(y, EXAMINED.size)
    said = {"sequence": False, "per item seen": False, "t-test": False}
    arms = [[Sums(), Sums()] for _ in range(2)]
    for day in range(days):
        for at in (0, 1):
            arms[0][at] += Sums.of(clicks[at, day])
            arms[1][at] += Sums.of(clicks[at, day], seen[at, day])
        said["sequence"] |= difference(arms[0][1], arms[0][0]).excludes_zero
        said["per item seen"] |= difference(arms[1][1], arms[1][0], is_ratio=True).excludes_zero
        both = [clicks[at, : day + 1].ravel() for at in (0, 1)]
        said["t-test"] |= bool(stats.ttest_ind(*both, equal_var=False).pvalue < 0.05)
    return said


def false_alarm_of_signs(rng: np.random.Generator, *, days: int, people: int) -> bool:
    """The same of interleaving two rankers that are equally good and differ in their noise."""
    signs = signs_of(rng, Sessions.made_up(rng, (1.0, 1.0), people=days * people))
    by_day = signs.reshape(days, people)
    wins, losses = ((by_day == sign).sum(axis=1).cumsum() for sign in (1, -1))
    return any(
        Signs(int(w), int(lost)).evidence >= 20 for w, lost in zip(wins, losses, strict=True)
    )


def drawn(rng: np.random.Generator, *, rows: int) -> tuple[float, dict[str, Estimate]]:
    """One place is drawn by lot among twelve items; another policy leans to what is liked more.

    (the other policy's true rate, its estimates); the guess of rewards is off by a fifth.
    """
    sessions = Sessions.made_up(rng, (1.5,), people=rows)
    at = np.arange(rows)
    items = sessions.lists[0]
    liked = np.take_along_axis(sessions.liked, items, axis=1)  # (rows, 12)
    served = np.tile(np.exp(-np.arange(SHOWN) / 4), (rows, 1))
    wanted = np.exp(2 * (liked > np.median(liked)) + rng.normal(0, 0.5, liked.shape))
    served, wanted = (one / one.sum(axis=1, keepdims=True) for one in (served, wanted))
    shown = (served.cumsum(axis=1) > rng.random((rows, 1))).argmax(axis=1)
    rewards = (rng.random(rows) < liked[at, shown]).astype(float)
    guess = np.clip(0.8 * liked + 0.02, 0, 1)
    log = Log.of(rewards, served[at, shown], wanted[at, shown])
    expected = (wanted * guess).sum(axis=1)
    robust = doubly_robust(log, guessed=guess[at, shown], guessed_of_target=expected)
    truth = float((wanted * liked).sum(axis=1).mean())
    return truth, {"IPS": ips(log), "SNIPS": snips(log), "doubly robust": robust}


def interleaved(
    rng: np.random.Generator, *, rows: int, places: int = 1
) -> tuple[float, dict[str, Estimate]]:
    """What the second ranker alone would get at the first places, from interleaved lists."""
    sessions = Sessions.made_up(rng, (1.5, 0.7), people=rows)
    coin = Random(int(rng.integers(2**31)))
    shown, likely = [], []
    for first, second in zip(*sessions.lists, strict=True):
        both = [list(first[:places]), list(second[:places])]
        draft = team_draft(*both, n=places, flip=lambda: coin.random() < 0.5)
        shown.append([item for item, _side in draft])
        told = chances(*both, n=places)
        likely.append([place[item] for place, item in zip(told, shown[-1], strict=True)])
    own = np.array(shown)
    target = sessions.lists[1][:, :places]
    rewards = sessions.opened(rng, own).astype(float)
    people = np.repeat(np.arange(rows), places)
    log = Log.of(rewards.ravel(), np.ravel(likely), (own == target).ravel(), people)
    at = np.arange(rows)[:, None]
    liked = sessions.liked * 0.8 + 0.02
    guess = [(liked[at, one] * EXAMINED[:places]).ravel() for one in (own, target)]
    robust = doubly_robust(log, guessed=guess[0], guessed_of_target=guess[1])
    truth = float((sessions.liked[at, target] * EXAMINED[:places]).mean())
    return truth, {"IPS": ips(log), "SNIPS": snips(log), "doubly robust": robust}


# --- tables --------------------------------------------------------------------------------------
def finding(rng: np.random.Generator, rounds: int) -> list[str]:
    lines = [
        "| rankers | opened a list | A/B: visits, median (nine in ten) | found "
        "| interleaved | found | times fewer |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, noises in (("far apart", (2.0, 0.5)), ("apart", (1.5, 0.9)), ("close", (1.3, 1.0))):
        sample = Sessions.made_up(rng, noises, people=4000)
        values = " / ".join(f"{sample.expected(at).mean():.2f}" for at in (0, 1))
        most = 60_000
        split = [found_by_split(rng, noises, most=most) for _ in range(rounds)]
        mixed = [found_by_interleaving(rng, noises, most=most) for _ in range(rounds)]
        cells, medians = [], []
        for runs in (split, mixed):
            visits = [after if after is not None else most for after, _right in runs]
            medians.append(float(np.median(visits)))
            right = sum(right for _after, right in runs)
            cells += [
                f"{np.median(visits):,.0f} ({np.quantile(visits, 0.9):,.0f})",
                f"{right} of {rounds}",
            ]
        ratio = f"{medians[0] / medians[1]:.0f}"
        lines.append(f"| {name} | {values} | {' | '.join(cells)} | {ratio} |")
    return lines


def alarming(rng: np.random.Generator, rounds: int, *, days: int = 60) -> list[str]:
    lines = ["| looked at every day for 60 days | false alarms |", "| --- | --- |"]
    people = 25
    found = [false_alarms(rng, days=days, people=people) for _ in range(rounds)]
    signs = [false_alarm_of_signs(rng, days=days, people=people) for _ in range(rounds // 2)]
    for name, label in (
        ("sequence", "A/B, opened per person"),
        ("per item seen", "A/B, opened per item seen"),
        ("t-test", "Welch's t-test, naively"),
    ):
        lines.append(f"| {label} | {_share([one[name] for one in found])} |")
    lines.append(f"| interleaved | {_share(signs)} |")
    return lines


def estimating(rng: np.random.Generator, rounds: int, *, rows: int = 1000) -> list[str]:
    lines = [
        f"| from {rows:,} lists | estimate | mean error | standard deviation "
        "| standard error said | 95 % interval holds the truth | rows it is worth |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for label, simulated in (
        ("one place by lot", drawn),
        ("interleaved, first place", interleaved),
    ):
        made = [simulated(rng, rows=rows) for _ in range(rounds)]
        truth = float(np.mean([true for true, _one in made]))
        for name in made[0][1]:
            own = [one[name] for _true, one in made]
            errors = np.array([one[name].value for _true, one in made]) - truth
            held = [one.interval[0] <= truth <= one.interval[1] for one in own]
            lines.append(
                f"| {label} | {name} | {errors.mean():+.5f} | {errors.std():.5f} "
                f"| {np.mean([one.error for one in own]):.5f} | {100 * np.mean(held):.1f} % "
                f"| {np.mean([one.effective for one in own]):,.0f} |"
            )
    try:
        interleaved(rng, rows=rows, places=8)
    except NoOverlap as refused:
        lines += ["", f"Of the second ranker's first eight places it refuses to say: “{refused}”"]
    return lines


def _share(alarms: list[bool]) -> str:
    n, count = len(alarms), sum(alarms)
    low, high = stats.binomtest(count, n).proportion_ci(method="wilson")
    return f"{100 * count / n:.1f} % ({100 * low:.1f} to {100 * high:.1f}; {count} of {n})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", default="")
    arguments = parser.parse_args()
    rng, started = np.random.default_rng(arguments.seed), time.perf_counter()
    lines = [
        "# Experiments on made-up people",
        "",
        f"`python -m benchmarks.experiments --rounds {arguments.rounds}`: every number is over "
        f"that many worlds ({arguments.rounds * 5} for false alarms). Python "
        f"{platform.python_version()}, {os.cpu_count()} cores.",
        "",
        "## The better ranker is found",
        f"{VISITS} visits of each person; somebody looks after every {EVERY} people.",
        "",
        *finding(rng, arguments.rounds),
        "",
        "## False alarms, where both are equally good",
        "25 people a day in each arm; 95 % intervals of the rates in brackets.",
        "",
        *alarming(rng, arguments.rounds * 5),
        "",
        "## What a policy would get, from a log of interleaved lists",
        *estimating(rng, arguments.rounds * 2),
        "",
    ]
    text = "\n".join(lines)
    print(text)  # noqa: T201
    if arguments.save:
        (RESULTS / f"{arguments.save}.md").write_text(text)
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.path.insert(0, str(RESULTS.parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()  # a refusal is in the language of the site
    main()
