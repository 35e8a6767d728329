"""The pictures on drawn covers: one of several compositions for each item.

Each composition draws its shapes on a page of 240 by 360 and says where title and creator go.
Everything follows from the palette and a seeded random source: the same item, the same cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from catalog.cover_colours import Palette, is_dark

WIDTH, HEIGHT = 240, 360


@dataclass(frozen=True)
class Layout:
    """Where the words go: a box for the title, a baseline for the creator."""

    left: float = 22
    top: float = 30
    width: float = 196
    height: float = 120
    creator_y: float = 338
    size: float = 40
    face: str = "serif"
    capitals: bool = False
    anchor: str = "middle"
    ink: str = ""
    creator_ink: str = ""


Composition = Callable[[Palette, Random], tuple[str, Layout]]


def bands(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Three bands, like the paperbacks of the thirties."""
    top = 96 + 24 * random.random()
    middle = top / 2 + 2
    marks = (
        f"M120 {middle - 24:.0f}c20 16 20 32 0 48c-20-16-20-32 0-48z",
        f"M98 {middle:.0f}a22 22 0 0 1 44 0zm0 6h44v4h-44zm7 9h30v4h-30z",
        f"M120 {middle - 24:.0f}l7 17 17 7-17 7-7 17-7-17-17-7 17-7z",
        f"M92 {middle - 16:.0f}q14-8 28 2q14-10 28-2v32q-14-8-28 2q-14-10-28-2z",
    )
    mark = f'<path fill="{colours.pale}" d="{marks[int(random.random() * len(marks))]}"/>'
    art = (
        f'<path fill="{colours.pale}" d="M0 0h240v360H0z"/>'
        f'<path fill="{colours.deep}" d="M0 0h240v{top:.0f}H0zM0 276h240v84H0z"/>'
        f'<path fill="{colours.strong}" d="M0 {top:.0f}h240v5H0zM0 271h240v5H0z"/>' + mark
    )
    creator_ink = colours.pale
    return art, Layout(
        top=top + 18, height=240 - top, creator_y=322, size=34, face="sans", capitals=True,
        ink=colours.dark, creator_ink=creator_ink,
    )  # fmt: skip


def horizon(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A sun over hills."""
    x, y, r = 60 + 120 * random.random(), 202 + 14 * random.random(), 40 + 16 * random.random()
    art = page(colours) + f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" fill="{colours.strong}"/>'
    for place, fill in enumerate((colours.soft, colours.deep, colours.dark)):
        base = 222 + 38 * place
        a, b = 26 + 40 * random.random(), 26 + 40 * random.random()
        art += (
            f'<path fill="{fill}" d="M0 {base}C60 {base - a:.0f} 90 {base + b * 0.6:.0f} 140 {base}'
            f'S210 {base - b:.0f} 240 {base - 8}V360H0z"/>'
        )
    return art, Layout(top=26, height=108, creator_y=340, creator_ink=colours.pale)


def arches(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Arches within arches, and a light at the end."""
    art, fills = page(colours), (colours.deep, colours.soft, colours.strong, colours.pale)
    for place, fill in enumerate(fills):
        half, top = 84 - 21 * place, 150 + 24 * place
        art += (
            f'<path fill="{fill}" d="M{120 - half} 312V{top + half}'
            f'a{half} {half} 0 0 1 {2 * half} 0V312z"/>'
        )
    if random.random() < 0.5:
        art += (
            f'<path fill="{colours.dark}" d="M120 262c7 0 9 8 6 13l4 37h-20l4-37c-3-5-1-13 6-13z"/>'
        )
    else:
        art += f'<circle cx="120" cy="262" r="9" fill="{colours.dark}"/>'
    art += f'<path fill="{colours.ink}" d="M24 312h192v2H24z"/>'
    return art, Layout(height=108, top=28, creator_y=340)


def waves(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Rows of waves below, a moon above."""
    art = page(colours)
    art += f'<circle cx="{58 + 124 * random.random():.0f}" cy="62" r="24" fill="{colours.strong}"/>'
    fills = (colours.soft, colours.deep, colours.strong, colours.dark)
    step = 22 + 8 * random.random()
    for row in range(6):
        y, shift = 214 + row * 25, -40 * (row % 2) - 20
        curve = f"M{shift} {y}" + f"q20-{step:.0f} 40 0t40 0" * 4
        art += f'<path fill="{fills[row % 4]}" d="{curve}V360H{shift}z"/>'
    art += f'<path fill="{colours.dark}" d="M0 318h240v42H0z"/>'
    return art, Layout(top=96, height=88, size=36, creator_y=344, creator_ink=colours.pale)


def tiles(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A field of quarter circles and squares."""
    fills = (colours.strong, colours.soft, colours.deep, colours.pale)
    art = page(colours)
    for cell in range(16):
        x, y = cell % 4 * 60, cell // 4 * 52 + 152
        kind, fill = int(random.random() * 6), fills[int(random.random() * 4)]
        back = fills[int(random.random() * 4)]
        art += f'<path fill="{back}" d="M{x} {y}h60v52h-60z"/>'
        shapes = (
            f"M{x} {y}h60a60 52 0 0 1-60 52z",
            f"M{x + 60} {y}v52a60 52 0 0 1-60-52z",
            f"M{x} {y + 52}v-52a60 52 0 0 1 60 52z",
            f"M{x} {y + 52}a30 52 0 0 1 60 0z",
            f"M{x} {y}l60 52h-60z",
            f"M{x + 30} {y + 6}a20 20 0 0 1 0 40a20 20 0 0 1 0-40z",
        )
        art += f'<path fill="{fill}" d="{shapes[kind]}"/>'
    return art, Layout(
        left=18, top=24, height=90, width=204, size=36, face="sans", anchor="start", creator_y=138
    )


def frame(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A bookbinder's frame with a rosette."""
    petals = 6 + 2 * int(random.random() * 4)
    art = page(colours) + (
        f'<path fill="none" stroke="{colours.strong}" stroke-width="3" d="M12 12h216v336H12z"/>'
        f'<path fill="none" stroke="{colours.ink}" stroke-width="1" d="M19 19h202v322H19z"/>'
    )
    for x, y in ((19, 19), (221, 19), (19, 341), (221, 341)):
        art += f'<circle cx="{x}" cy="{y}" r="9" fill="{colours.ground}"/>'
        art += f'<circle cx="{x}" cy="{y}" r="5" fill="{colours.strong}"/>'
    for ring, (length, fill) in enumerate(((46, colours.strong), (30, colours.deep))):
        for petal in range(petals):
            turn = (petal + ring / 2) * 360 / petals
            art += (
                f'<path fill="{fill}" transform="translate(120 236) rotate({turn:.1f})" '
                f'd="M0 0c{length / 4:.0f}-{length / 2:.0f} {length / 5:.0f}-{length} 0-{length}'
                f'c-{length / 5:.0f} 0-{length / 4:.0f} {length / 2:.0f} 0 {length}"/>'
            )
    art += f'<circle cx="120" cy="236" r="8" fill="{colours.pale}"/>'
    return art, Layout(left=34, width=172, top=42, height=124, size=36, creator_y=322)


def rays(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Rays from a low sun."""
    count, x = 18 + 2 * int(random.random() * 5), 70 + 100 * random.random()
    art = page(colours)
    for ray in range(0, count, 2):
        ends = [
            f"L{x - 420 * math.cos(turn):.0f} {286 - 420 * math.sin(turn):.0f}"
            for turn in (math.pi * ray / count, math.pi * (ray + 1) / count)
        ]
        art += f'<path fill="{colours.soft}" d="M{x:.0f} 286{"".join(ends)}z"/>'
    art += (
        f'<path fill="{colours.strong}" d="M{x - 58:.0f} 286a58 58 0 0 1 116 0z"/>'
        f'<path fill="{colours.deep}" d="M0 286h240v74H0z"/>'
        f'<path fill="{colours.pale}" d="M22 40h196v132H22z"/>'
    )
    return art, Layout(
        left=34, width=172, top=50, height=112, size=34, creator_y=330, ink=colours.dark,
        creator_ink=colours.pale if is_dark(colours.deep) else colours.dark,
    )  # fmt: skip


def branch(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A branch with leaves and berries."""
    lean = 24 * random.random() - 12
    art = page(colours) + (
        f'<path fill="none" stroke="{colours.deep}" stroke-width="3" '
        f'd="M120 318Q{120 + lean:.0f} 240 120 150"/>'
    )
    for place in range(7):
        y, side = 300 - place * 22, 1 if place % 2 else -1
        length = 58 - place * 4 + 10 * random.random()
        fill = (colours.strong, colours.soft)[place % 2]
        near, far = length * 0.3, length * 0.7
        art += (
            f'<path fill="{fill}" transform="translate(120 {y}) scale({side} 1) rotate(-28)" '
            f'd="M0 0C{near:.0f}-{near * 1.2:.0f} {far:.0f}-{near * 1.2:.0f} {length:.0f} 0'
            f'C{far:.0f} {near:.0f} {near:.0f} {near:.0f} 0 0"/>'
        )
        if random.random() < 0.6:
            art += f'<circle cx="{120 - side * 20}" cy="{y - 12}" r="6" fill="{colours.deep}"/>'
    return art, Layout(height=104, size=36, creator_y=342)


def stripes(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Cloth stripes, and a paper label."""
    art, x, fills = page(colours), 0.0, (colours.deep, colours.soft, colours.strong)
    place = 0
    while x < WIDTH:
        width = (6, 14, 26)[int(random.random() * 3)]
        art += f'<path fill="{fills[place % 3]}" d="M{x:.0f} 0h{width}v360h-{width}z"/>'
        x, place = x + width + (4, 10)[int(random.random() * 2)], place + 1
    art += (
        f'<path fill="{colours.pale}" d="M26 64h188v176H26z"/>'
        f'<path fill="none" stroke="{colours.dark}" d="M31.5 69.5h177v165h-177z"/>'
    )
    return art, Layout(
        left=40, width=160, top=82, height=112, size=32, creator_y=222, ink=colours.dark,
        creator_ink=colours.dark,
    )  # fmt: skip


def peaks(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Mountains of cut paper, a star or two, the title at their feet."""
    art = page(colours)
    for _star in range(9):
        x, y, r = 240 * random.random(), 110 * random.random(), 0.8 + 1.4 * random.random()
        art += f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}" fill="{colours.ink}"/>'
    for place, fill in enumerate((colours.soft, colours.strong, colours.deep)):
        x, peak = 40 + 160 * random.random(), 54 + 44 * place
        art += f'<path fill="{fill}" d="M{x - 170:.0f} 220L{x:.0f} {peak}L{x + 170:.0f} 220z"/>'
        light = f"M{x:.0f} {peak}L{x + 170:.0f} 220h-130z"
        art += f'<path fill="{colours.pale}" opacity=".3" d="{light}"/>'
    art += f'<path fill="{colours.dark}" d="M0 212h240v148H0z"/>'
    return art, Layout(top=228, height=84, size=36, creator_y=340, ink=colours.pale,
                       creator_ink=colours.pale)  # fmt: skip


COMPOSITIONS: tuple[Composition, ...] = (
    bands, horizon, arches, waves, tiles, frame, rays, branch, stripes, peaks,
)  # fmt: skip


def page(colours: Palette) -> str:
    """The ground of a cover."""
    return f'<path fill="{colours.ground}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
