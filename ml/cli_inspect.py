"""`python -m ml inspect`: what an artifact is, in words, once its checksums were verified."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ml.artifact import Artifact, load_artifact
from ml.serving import Recommender


def inspect(arguments: Namespace) -> None:
    artifact = load_artifact(arguments.model)
    Recommender(artifact)
    sys.stdout.write("\n".join(_words(artifact)) + "\n")


def _words(artifact: Artifact) -> Iterator[str]:
    manifest = artifact.manifest
    counts = manifest["counts"]
    yield f"{manifest['label']} ({manifest['kind']})"
    yield f"made      {manifest.get('created', 'at an unknown time')}"
    yield (
        f"from      {counts['events']:,} events ({counts['ratings']:,} of them ratings) "
        f"of {counts['people']:,} people on {counts['items']:,} items"
    )
    yield f"newest    {_moment(manifest.get('cut_off'))}"
    yield f"scale     {manifest['scale'][0]:g} to {manifest['scale'][1]:g}"
    for part in manifest["components"]:
        yield f"part      {part['name']} ({part['scorer']}), weight {part['weight']:g}"
    yield from _figures(manifest.get("figures", {}))
    yield from _section("config", manifest.get("config", {}))
    yield from _section("version", manifest.get("versions", {}))
    for name, array in sorted(artifact.arrays.items()):
        yield f"array     {name} {array.dtype} {'x'.join(map(str, array.shape))}"
    size = sum(facts["bytes"] for facts in manifest["files"].values())
    yield f"files     {len(manifest['files'])} of {size:,} bytes, all checksums verified"


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return "the events have no times"
    try:
        return f"event of {datetime.fromtimestamp(seconds, UTC).isoformat(timespec='seconds')}"
    except (ValueError, OverflowError, OSError):
        return f"event at {seconds:g} seconds since 1970"


def _figures(figures: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _figures(value, f"{path}{name} ")
        else:
            yield f"figure    {path}{name} {value}"


def _section(title: str, values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{title:<9} {name} {value}"
