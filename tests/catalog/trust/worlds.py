"""A made-up world of honest ratings: items known to some or to all, people with leniency."""

import numpy as np

from benchmarks.attacks import World

DAY = 86_400.0
BEGIN = 1_600_000_000.0


def honest_world(*, people=400, items=300, seed=1):
    random = np.random.default_rng(seed)
    fame = 1 / np.arange(1, items + 1) ** 0.7
    quality = random.normal(3.4, 0.6, items)
    raters, rated, stars, times = [], [], [], []
    for person in range(people):
        own = random.choice(items, random.integers(10, 60), replace=False, p=fame / fame.sum())
        came = BEGIN + random.uniform(0, 700 * DAY)
        raters.append(np.full(len(own), person))
        rated.append(own)
        given = quality[own] + random.normal(0, 0.4) + random.normal(0, 0.8, len(own))
        stars.append(np.clip(np.rint(2 * given), 1, 10) / 2)
        stay = random.choice([600.0, 90 * DAY])  # all in one sitting, or over months
        times.append(came + np.append(0.0, random.uniform(0, stay, len(own) - 1)))
    columns = [np.concatenate(part) for part in (raters, rated, stars, times)]
    return World(*columns)
