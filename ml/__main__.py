"""The command line: `python -m ml train|recommend|predict|similar|evaluate|inspect`.

This file knows the arguments and how commands end; each command is a function in an ml/cli_*.py,
imported only when it runs, after the number of threads was set. Whatever is wrong ends with
status 2 and one line on standard error.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

BASELINES = ("popularity", "recent-popularity", "markov", "ease")
BUDGETS = ("fast", "default", "best")
PROTOCOLS = ("next-event", "whole-taste", "cold", "rating")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

SPREADING = (("ml.cli_lists", "recommend"),)
"""Commands that give each core people of its own, instead of sharing each product of matrices."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    threads = 1 if arguments.run in SPREADING else arguments.threads
    if threads:
        os.environ.update({name: str(threads) for name in THREAD_VARIABLES})
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    signal.signal(signal.SIGTERM, _stop)
    module, function = arguments.run
    try:
        getattr(importlib.import_module(module), function)(arguments)
    except MemoryError as error:
        return _fail(f"too little memory ({error}); use a smaller data set or a larger machine")
    except ImportError as error:
        return _fail(f"{error}; install requirements.txt, and have memory for what it holds")
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _fail(f"{name}{error.strerror or error}; name a place that can be read and written")
    except ValueError as error:
        if type(error) is ValueError:
            raise
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _fail(message: str) -> int:
    sys.stderr.write(f"error: {' '.join(message.split())}\n")
    return 2


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Ends the command as an exception does, so that nothing half-written stays."""
    raise SystemExit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m ml", description="Train, use and judge recommendation models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, help_: str, run: tuple[str, str]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_, description=help_)
        added.set_defaults(run=run)
        added.add_argument("--threads", type=_count, help="how many cores to use; default all")
        return added

    train = command("train", "train a model on a data set folder", ("ml.cli_train", "train"))
    train.add_argument("folder", type=Path, metavar="FOLDER")
    train.add_argument("model", type=Path, metavar="MODEL", help="the folder to write")
    _add_training_options(train)
    train.add_argument("--start-from", type=Path, metavar="MODEL", help="warm start")
    train.add_argument("--no-map", action="store_true", help="leave out the map of the catalogue")
    train.add_argument("--log", type=Path, metavar="FILE", help="progress is added to it, too")

    recommend = command("recommend", "lists for people", ("ml.cli_lists", "recommend"))
    recommend.add_argument("model", type=Path, metavar="MODEL")
    recommend.add_argument("events", type=Path, metavar="EVENTS", help="like interactions.csv")
    recommend.add_argument("out", type=Path, metavar="OUT")
    recommend.add_argument("--top", type=_count, default=100)
    recommend.add_argument("--among", type=Path, metavar="FILE", help="a CSV with item_id")
    recommend.add_argument("--include-seen", action="store_true")
    recommend.add_argument("--diversity", type=_share, default=0.0, metavar="X", help="0 to 1")

    predict = command("predict", "predicted ratings", ("ml.cli_lists", "predict"))
    predict.add_argument("model", type=Path, metavar="MODEL")
    predict.add_argument("events", type=Path, metavar="EVENTS", help="like interactions.csv")
    predict.add_argument("pairs", type=Path, metavar="PAIRS", help="a CSV with user_id,item_id")
    predict.add_argument("out", type=Path, metavar="OUT")

    similar = command("similar", "items like each item", ("ml.cli_lists", "similar"))
    similar.add_argument("model", type=Path, metavar="MODEL")
    similar.add_argument("out", type=Path, metavar="OUT")
    similar.add_argument("--top", type=_count, default=20)

    evaluate = command(
        "evaluate", "split, train and judge beside the baselines", ("ml.cli_evaluate", "evaluate")
    )
    evaluate.add_argument("folder", type=Path, metavar="FOLDER")
    evaluate.add_argument("--protocol", choices=PROTOCOLS, required=True)
    _add_training_options(evaluate)

    inspect = command("inspect", "what a model is, in words", ("ml.cli_inspect", "inspect"))
    inspect.add_argument("model", type=Path, metavar="MODEL")
    return parser


def _add_training_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--baseline", choices=BASELINES, help="a simple model, not the hybrid one")
    parser.add_argument("--seed", type=_seed, default=1)
    parser.add_argument(
        "--goal",
        choices=("next", "taste"),
        help="what comes next, or what else somebody likes; by default next, where there are times",
    )
    parser.add_argument("--budget", choices=BUDGETS, default="default")
    parser.add_argument(
        "--time-limit", type=_seconds, metavar="SECONDS", help="stop in good order after this"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number below {2**31}")
    return int(text)


def _seconds(text: str) -> float:
    return _number(text, above=0.0, most=1e9)


def _share(text: str) -> float:
    return _number(text, above=-1e-12, most=1.0)


def _number(text: str, *, above: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not above < value <= most:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number from {max(above, 0):g} to {most:g}"
        )
    return value


if __name__ == "__main__":
    sys.exit(main())
