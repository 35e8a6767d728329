"""People with known tastes use the whole site: python -m benchmarks.simulate [--quick] [--save]

1,000 simulated people come for 30 days to a site with 600 items and two new ones a day; the site
learns each night. The same people come at the same hours to each arm, which differ in what the site
does; `simulate_site` says through which of its parts, `simulate_world` what people want. Prints
what each arm is worth to people, and what it shows of the catalogue; `--save` writes
`results/simulate.md` and draws `docs/images/simulation.svg`. Arms run in processes of their own,
`--jobs` at a time; nothing is left behind.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import simulate_figures as figures  # noqa: E402
from benchmarks.scratch import prepare  # noqa: E402
from benchmarks.simulate_drawing import Panel, drawing  # noqa: E402
from benchmarks.simulate_site import ARMS, Site  # noqa: E402
from benchmarks.simulate_world import World  # noqa: E402

QUOTA = 40
QUICK = {"people": 250, "days": 14, "items": 200, "new": 1}
QUICK_QUOTA = 15
DEFAULT = ("everything", "no-exploration", "no-diversity", "popular")


def main() -> None:
    arguments = parsed()
    if arguments.arm:
        one_arm(arguments)
        return
    world = world_of(arguments)
    wanted = [arm.name for arm in ARMS] if arguments.arms == "all" else arguments.arms.split(",")
    arms = [arm for arm in ARMS if arm.name in wanted]
    with tempfile.TemporaryDirectory(prefix="catalogue-simulate-") as work:
        place = Path(arguments.keep or work)
        place.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(arguments.jobs) as pool:
            paths = list(pool.map(lambda arm: child(arm.name, place), arms))
        found = [json.loads(path.read_text()) for path in paths]
    text = told(world, arms, found, quota=arguments.quota)
    sys.stdout.write(f"{text}\n")
    if arguments.save:
        (ROOT / "benchmarks/results/simulate.md").write_text(f"# A simulated site\n\n{text}\n")
        picture = ROOT / "docs/images/simulation.svg"
        picture.write_text(drawn(world, arms, found, quota=arguments.quota))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--items", type=int, default=600, help="on the first day")
    parser.add_argument("--new", type=int, default=2, help="new items a day")
    parser.add_argument("--quota", type=int, default=QUOTA)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--keep", default="", help="a folder: arms that are there are not run again"
    )
    parser.add_argument("--arms", default=",".join(DEFAULT), help="with commas between, or all")
    parser.add_argument("--quick", action="store_true", help="small, in two minutes")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--arm", default="", help=argparse.SUPPRESS)
    parser.add_argument("--out", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.quick:
        vars(arguments).update(QUICK, quota=QUICK_QUOTA)
    unknown = set(arguments.arms.split(",")) - {"all", *(arm.name for arm in ARMS)}
    if unknown:
        known = ", ".join(arm.name for arm in ARMS)
        parser.error(f"--arms: there is no {', '.join(sorted(unknown))}; there are {known}")
    if arguments.days <= figures.LATE:
        parser.error(f"--days {arguments.days} is too short: give {figures.LATE + 1} or more")
    return arguments


def world_of(arguments: argparse.Namespace) -> World:
    return World(arguments.people, arguments.items, arguments.new, arguments.days, arguments.seed)


def child(name: str, work: Path) -> Path:
    """An arm in a process of its own; what it found."""
    out = work / f"{name}.json"
    if out.exists():
        return out
    command = [sys.executable, "-m", "benchmarks.simulate", *sys.argv[1:]]
    subprocess.run([*command, "--arm", name, "--out", str(out)], check=True, cwd=ROOT)
    return out


def one_arm(arguments: argparse.Namespace) -> None:
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="catalogue-simulate-", dir=place) as work:
        prepare(Path(work), TRAIN_THREADS="1")
        arm = next(arm for arm in ARMS if arm.name == arguments.arm)
        site = Site(world_of(arguments), arm, quota=arguments.quota)
        found = site.run(lambda line: sys.stderr.write(f"{line}\n"))
        Path(arguments.out).write_text(json.dumps(found))


def told(world: World, arms: Sequence[Any], found: Sequence[Any], *, quota: int) -> str:
    rows = [
        (arm.label, figures.figures(world, one, found[0], quota=quota))
        for arm, one in zip(arms, found, strict=True)
    ]
    work: Counter[str] = Counter()
    for one in found:
        work.update(one["seconds"])
    spent = ", ".join(f"{name} {seconds:,.0f} s" for name, seconds in work.items())
    visits = sum(found[0]["visits"])
    parts = [
        f"{world.people:,} people, {world.days} days, {visits:,.0f} visits in each arm; "
        f"{world.start} items and {world.new_a_day} new ones a day; seed {world.seed}. "
        f"{platform.machine()}, {os.cpu_count()} cores; all arms together took {spent}.",
        figures.table(rows, quota=quota),
        f"Small genres have {figures.small_share(world):.1%} of the catalogue, new items "
        f"{world.new_a_day * world.days / world.there(world.days - 1):.1%} at the end.",
    ]
    for label, one in rows:
        if one.states:
            parts.append(f"{label.capitalize()}: {figures.ledger_words(one, quota=quota)}")
    served = {name for one in found for name in one["chosen"]}
    parts.append(f"Models that the gate chose: {', '.join(sorted(served)) or 'none'}.")
    return "\n\n".join(parts)


def drawn(world: World, arms: Sequence[Any], found: Sequence[Any], *, quota: int) -> str:
    seen = [np.array(one["seen"]) for one in found]  # (days, I) each
    new_share = [
        figures.by_day(100 * own[:, world.start :].sum(axis=1), own.sum(axis=1)) for own in seen
    ]
    panels = [
        Panel(
            "Joy a visit",
            [figures.by_day(one["joy_by_day"], one["visits_by_day"]) for one in found],
            "day 1",
            f"day {world.days}",
        ),
        Panel("New items, of what is seen", new_share, "day 1", f"day {world.days}", " %"),
        Panel(
            f"New items seen {quota} times, by age",
            [_reached(own, world, quota) for own in seen],
            "the day it is added",
            f"{figures.LATE} days later",
            " %",
        ),
        Panel(
            "Gini of exposure, over five days",
            [_ginis(own, world) for own in seen],
            "day 5",
            f"day {world.days}",
        ),
    ]
    title = "What the arms of the simulation are worth to people, and what they show"
    return drawing(panels, [arm.label for arm in arms], title=title)


def _reached(seen: np.ndarray, world: World, quota: int) -> list[float]:
    judged = range(world.start, world.there(world.days - 1 - figures.LATE))
    ages = np.zeros(figures.LATE + 1)
    for item in judged:
        added = (item - world.start) // world.new_a_day
        total = np.cumsum(seen[added : added + figures.LATE + 1, item])
        ages += total >= quota
    return [float(100 * value / len(judged)) for value in ages]


def _ginis(seen: np.ndarray, world: World) -> list[float]:
    return [
        figures.gini(seen[day - 4 : day + 1, : world.there(day)].sum(axis=0))
        for day in range(4, world.days)
    ]


if __name__ == "__main__":
    main()
