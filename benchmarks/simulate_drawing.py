"""The picture of `simulate.py`: small line charts on one SVG that follows light and dark.

Geometry comes from `recommendations.charts`, as in the admin's pictures. Nothing else is needed: a
browser draws it, and its style knows both colour schemes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from recommendations import charts

WIDE, HIGH = 960, 36
LEFT, TOP, ROOM = 56, 44, 30
COLOURS = (
    ("#2159c5", "#8ab4ff"),
    ("#b3261e", "#ff9d94"),
    ("#1b7340", "#7fd8a0"),
    ("#8a5a00", "#f2c063"),
    ("#6b3fa0", "#cbb0f5"),
    ("#5f6368", "#b6bbc1"),
)
DASHES = ("", "7 4", "2 4", "10 3 2 3", "5 2", "12 5")
STYLE = """text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px } .small { font-size: 12px; fill: #57606a }
.grid { stroke: #d0d7de; fill: none }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
.paper { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9da7b3 } .grid { stroke: #3d444d } .paper { fill: #0d1117 }
}"""


@dataclass(frozen=True)
class Panel:
    """One chart: a line for each arm that has one, None where it has not."""

    title: str
    lines: Sequence[Sequence[float] | None]
    first: str
    last: str
    unit: str = ""


def drawing(panels: Sequence[Panel], names: Sequence[str], *, title: str) -> str:
    """The whole SVG: two panels in a row, and what each line is."""
    rows = (len(panels) + 1) // 2
    room = charts.HEIGHT + TOP + ROOM
    height = round(rows * room + HIGH + 24 * ((len(names) + 2) // 3))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}{_colours(len(names))}</style>",
        f'<rect class="paper" width="{WIDE}" height="{height}"/>',
    ]
    for at, panel in enumerate(panels):
        x, y = (at % 2) * WIDE / 2, (at // 2) * room
        parts.append(_panel(panel, x=x, y=y))
    parts += _names(names, y=rows * room + HIGH)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, *, x: float, y: float) -> str:
    known = [list(line) for line in panel.lines if line is not None]
    axis = charts.Axis.over([value for line in known for value in line])
    scale = (WIDE / 2 - LEFT - 24) / charts.WIDTH
    parts = [f'<g transform="translate({x + LEFT:.0f} {y + TOP:.0f})">']
    parts.append(f'<text class="title" x="{12 - LEFT}" y="-18">{escape(panel.title)}</text>')
    parts.append(f'<g transform="scale({scale:.4f} 1)"><path class="grid" d="{axis.grid}"/>')
    for at, line in enumerate(panel.lines):
        if line is not None:
            chart = charts.lines([charts.Series("", list(line))], axis=axis)
            parts.append(
                f'<path class="line c{at}" vector-effect="non-scaling-stroke" '
                f'd="{chart.shapes[0].path}"/>'
            )
    parts.append("</g>")
    for tick in axis.ticks:
        parts.append(
            f'<text class="small" x="-8" y="{axis.y(tick) + 4:.1f}" text-anchor="end">'
            f"{tick:g}{panel.unit}</text>"
        )
    end = WIDE / 2 - LEFT - 24
    parts.append(f'<text class="small" y="{charts.HEIGHT + 18}">{escape(panel.first)}</text>')
    parts.append(
        f'<text class="small" x="{end:.0f}" y="{charts.HEIGHT + 18}" text-anchor="end">'
        f"{escape(panel.last)}</text></g>"
    )
    return "\n".join(parts)


def _names(names: Sequence[str], *, y: float) -> list[str]:
    found = []
    for at, name in enumerate(names):
        x, line = 24 + (at % 3) * 310, y + 24 * (at // 3)
        found.append(f'<path class="line c{at}" d="M{x} {line:.0f}h36"/>')
        found.append(f'<text x="{x + 46}" y="{line + 5:.0f}">{escape(name)}</text>')
    return found


def _colours(count: int) -> str:
    light = "".join(
        f".c{at} {{ stroke: {COLOURS[at][0]}; stroke-dasharray: {DASHES[at] or 'none'} }}"
        for at in range(count)
    )
    dark = "".join(f".c{at} {{ stroke: {COLOURS[at][1]} }}" for at in range(count))
    return f"{light} @media (prefers-color-scheme: dark) {{ {dark} }}"
