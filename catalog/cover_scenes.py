"""More pictures for drawn covers: bold shapes and small scenes, as on posters.

Compositions like those of `cover_art`, in a file of their own.
"""

from __future__ import annotations

from random import Random

from catalog.cover_art import Composition, Layout, page
from catalog.cover_colours import Palette, is_dark


def eclipse(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Circles around a far point, cut by the edges."""
    x, y = 40 + 160 * random.random(), 300 + 50 * random.random()
    fills = (colours.soft, colours.strong, colours.deep, colours.pale, colours.strong)
    art = page(colours)
    for place, fill in enumerate(fills):
        art += f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{178 - 36 * place}" fill="{fill}"/>'
    return art, Layout(left=20, top=20, width=200, height=84, size=38, face="sans", anchor="start",
                       creator_y=118)  # fmt: skip


def skyline(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A town at night, some windows lit."""
    art = page(colours)
    art += (
        f'<circle cx="{50 + 140 * random.random():.0f}" cy="168" r="26" fill="{colours.strong}"/>'
    )
    for row, (fill, low, high) in enumerate(((colours.soft, 176, 60), (colours.deep, 226, 62))):
        x, roofs, lights = -6.0, f"M-6 360V{low}", ""
        while x < 240:
            width, top = 26 + 22 * random.random(), low - high / 2 + high * random.random()
            roofs += f"L{x:.0f} {top:.0f}h{width:.0f}"
            for light in range(6 if row else 0):
                if random.random() < 0.55:
                    left, height = x + 6 + 11 * (light % 2), top + 12 + 20 * (light // 2)
                    lights += f"M{left:.0f} {height:.0f}h6v9h-6z"
            x += width
        art += f'<path fill="{fill}" d="{roofs}V360z"/>'
        if lights:
            art += f'<path fill="{colours.pale}" d="{lights}"/>'
    art += f'<path fill="{colours.dark}" d="M0 306h240v54H0z"/>'
    return art, Layout(top=24, height=108, creator_y=338, creator_ink=colours.pale)


def slant(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Broad slanting bands, and large plain letters above."""
    art, y = page(colours), 168.0
    lean = (60 + 50 * random.random()) * (1 if random.random() < 0.5 else -1)
    for fill in (colours.strong, colours.deep, colours.soft, colours.pale, colours.deep):
        height = 24 + 26 * random.random()
        left, right = y + lean / 2, y - lean / 2
        art += (
            f'<path fill="{fill}" d="M0 {left:.0f}L240 {right:.0f}V{right + height:.0f}'
            f'L0 {left + height:.0f}z"/>'
        )
        y += height + 6 * int(random.random() * 2)
    art += f'<path fill="{colours.dark}" d="M0 318h240v42H0z"/>'
    return art, Layout(left=18, top=20, width=204, height=96, size=42, face="sans", anchor="start",
                       creator_y=344, creator_ink=colours.pale)  # fmt: skip


def dots(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A grid of dots that grow towards one side, and one of another colour."""
    art, chosen = page(colours), int(random.random() * 42)
    down = random.random() < 0.5
    for place in range(42):
        column, row = place % 6, place // 6
        grown = (row if down else 6 - row) / 6
        fill = colours.strong if place == chosen else colours.soft
        r = 13 if place == chosen else 4 + 11 * grown
        art += f'<circle cx="{25 + 38 * column}" cy="{148 + 27 * row}" r="{r:.1f}" fill="{fill}"/>'
    return art, Layout(top=22, height=98, size=38, creator_y=346, face="sans", left=18, width=204)


def contours(colours: Palette, random: Random) -> tuple[str, Layout]:
    """The lines of a map around a hill, or the rings of a tree."""
    x, y = 80 + 80 * random.random(), 236 + 20 * random.random()
    wobble = [0.8 + 0.4 * random.random() for _corner in range(4)]
    art = page(colours)
    for ring in range(9, 0, -1):
        right, down, left, up = (ring * 17 * side for side in wobble)
        path = (
            f"M{x + right:.0f} {y:.0f}"
            f"C{x + right:.0f} {y + down * 0.6:.0f} {x + right * 0.5:.0f} {y + down:.0f} {x:.0f} "
            f"{y + down:.0f}S{x - left:.0f} {y + down * 0.5:.0f} {x - left:.0f} {y:.0f}"
            f"S{x - left * 0.6:.0f} {y - up:.0f} {x:.0f} {y - up:.0f}"
            f"S{x + right:.0f} {y - up * 0.6:.0f} {x + right:.0f} {y:.0f}z"
        )
        fill = (colours.strong, colours.soft, colours.deep)[ring % 3]
        art += f'<path fill="{fill}" d="{path}"/>'
    art += f'<path fill="{colours.pale}" d="M22 26h196v104H22z"/>'
    return art, Layout(left=34, width=172, top=36, height=60, size=32, creator_y=118,
                       ink=colours.dark, creator_ink=colours.dark)  # fmt: skip


def sail(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A small boat on a wide sea."""
    x, top = 84 + 72 * random.random(), 214 + 10 * random.random()
    art, canvas = page(colours), colours.pale if is_dark(colours.ground) else colours.deep
    art += f'<circle cx="{240 - x:.0f}" cy="{top - 44:.0f}" r="22" fill="{colours.strong}"/>'
    art += f'<path fill="{colours.soft}" d="M0 {top:.0f}h240v146H0z"/>'
    art += (
        f'<path fill="{canvas}" d="M{x:.0f} {top - 62:.0f}c22 18 30 38 32 58h-32z"/>'
        f'<path fill="{colours.strong}" d="M{x - 4:.0f} {top - 50:.0f}c-16 16-22 30-24 46h24z"/>'
        f'<path fill="{colours.dark}" d="M{x - 34:.0f} {top:.0f}h72c-4 14-12 20-22 20h-30'
        f'c-10 0-16-8-20-20z"/>'
    )
    for row in range(4):
        shift = -30 * random.random()
        waves = f"M{shift:.0f} {top + 30 + row * 26:.0f}" + "q15-9 30 0t30 0" * 5
        art += (
            f'<path fill="{(colours.deep, colours.dark)[row % 2]}" d="{waves}V360H{shift:.0f}z"/>'
        )
    return art, Layout(top=24, height=104, size=38, creator_y=342, creator_ink=colours.pale)


def leaves(colours: Palette, random: Random) -> tuple[str, Layout]:
    """Large leaves over the whole cover, and the words on a round label."""
    art = page(colours)
    for place in range(22):
        x, y = place % 4 * 74 + 10 * random.random() - 6, place // 4 * 66 + 14 * random.random()
        turn, length = 360 * random.random(), 62 + 22 * random.random()
        fill = (colours.strong, colours.soft, colours.deep)[int(random.random() * 3)]
        art += (
            f'<path fill="{fill}" transform="translate({x:.0f} {y:.0f}) rotate({turn:.0f})" '
            f'd="M0 0C{length * 0.2:.0f}-{length * 0.4:.0f} {length * 0.7:.0f}-{length * 0.4:.0f} '
            f"{length:.0f} 0C{length * 0.7:.0f} {length * 0.4:.0f} {length * 0.2:.0f} "
            f'{length * 0.4:.0f} 0 0"/>'
        )
    art += f'<circle cx="120" cy="172" r="98" fill="{colours.pale}"/>'
    return art, Layout(left=44, width=152, top=112, height=92, size=32, creator_y=230,
                       ink=colours.dark, creator_ink=colours.dark)  # fmt: skip


def curtain(colours: Palette, random: Random) -> tuple[str, Layout]:
    """A stage: folds to both sides, a light on the floor."""
    art = page(colours)
    middle = 110 + 20 * random.random()
    ground = colours.dark if is_dark(colours.ground) else colours.deep
    light = f"M{middle:.0f} 150L{middle + 66:.0f} 304H{middle - 66:.0f}z"
    art += f'<path fill="{ground}" d="M0 150h240v210H0z"/>'
    art += f'<path fill="{colours.pale}" opacity=".35" d="{light}"/>'
    floor = f"M{middle - 66:.0f} 304a66 16 0 0 1 132 0a66 16 0 0 1-132 0z"
    art += f'<path fill="{colours.pale}" d="{floor}"/>'
    for fold in range(4):
        width, fill = 26 - 4 * fold, (colours.strong, colours.soft)[fold % 2]
        for x, side in ((fold * 18, 1), (240 - fold * 18, -1)):
            cut = f"M{x} 150h{side * width}q{side * 6} 90-4 174H{x}z"
            art += f'<path fill="{fill}" d="{cut}"/>'
    art += f'<path fill="{colours.strong}" d="M0 150' + "q20 26 40 0" * 6 + 'V146H0z"/>'
    art += f'<path fill="{colours.dark}" d="M0 324h240v36H0z"/>'
    return art, Layout(top=22, height=100, size=38, creator_y=346, creator_ink=colours.pale)


SCENES: tuple[Composition, ...] = (
    eclipse, skyline, slant, dots, contours, sail, leaves, curtain,
)  # fmt: skip
