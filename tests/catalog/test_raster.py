"""Drawings become the pixels that a browser would show."""

import pytest

from catalog.outward.outlines import subpaths, transform
from catalog.outward.raster import rasterise

RED, CLEAR = (255, 0, 0, 255), (0, 0, 0, 0)


def pixels(inside, *places):
    drawing = f'<svg viewBox="0 0 40 40">{inside}</svg>'
    picture = rasterise(drawing, width=40, height=40)
    return [picture.getpixel(place) for place in places]


@pytest.mark.parametrize(
    "path",
    [
        "M10 10H30V30H10z",
        "m10 10h20v20h-20z",
        "M10 10L30 10 30 30 10 30Z",
        "M10 10q10 0 20 0t0 20h-20z",
        "M10 10c5 0 15 0 20 0s0 20 0 20h-20z",
        "M0 0zm10 10h20v20h-20z",
        "M10 20a10 10 0 0 1 20 0a10 10 0 0 1-20 0z",
    ],
)
def test_a_path_is_filled_inside_and_nowhere_else(path):
    assert pixels(f'<path fill="#f00" d="{path}"/>', (20, 20), (4, 20)) == [RED, CLEAR]


def test_a_subpath_that_turns_the_other_way_is_a_hole():
    ring = "M4 4h32v32h-32z M12 12v16h16v-16z"
    assert pixels(f'<path fill="#f00" d="{ring}"/>', (8, 8), (20, 20)) == [RED, CLEAR]


def test_subpaths_apart_are_both_filled_whichever_way_they_turn():
    two = "M2 2h10v10h-10z M28 28v10h10v-10z"
    assert pixels(f'<path fill="#f00" d="{two}"/>', (6, 6), (33, 33)) == [RED, RED]


def test_drawing_goes_on_where_a_closed_subpath_began():
    path = "M4 4h8v8h-8zl30 0v30z"
    assert subpaths(path)[1].points[0] == (4, 4)


def test_transforms_go_from_the_inside_out():
    square = '<path fill="#f00" transform="scale(2)" d="M2 2h6v6h-6z"/>'
    moved = f'<g transform="translate(20 0)">{square}</g>'
    assert pixels(moved, (30, 10), (10, 10)) == [RED, CLEAR]
    assert transform("rotate(90)")[:2] == pytest.approx((0, 1))
    with pytest.raises(ValueError, match="skewX"):
        transform("skewX(3)")


def test_strokes_circles_and_corners():
    ring = '<circle cx="20" cy="20" r="14" fill="none" stroke="#f00" stroke-width="4"/>'
    assert pixels(ring, (34, 20), (20, 20)) == [RED, CLEAR]
    card = '<rect width="40" height="40" rx="12" fill="#f00"/>'
    assert pixels(card, (20, 1), (1, 1)) == [RED, CLEAR]


def test_opacity_and_gradients():
    half = '<path fill="#f00" opacity=".5" d="M0 0h40v40h-40z"/>'
    assert pixels(half, (20, 20))[0][3] == pytest.approx(128, abs=1)
    fade = (
        '<defs><linearGradient id="h"><stop offset="0" stop-color="#f00"/>'
        '<stop offset="1" stop-color="#f00" stop-opacity="0"/></linearGradient></defs>'
        '<path fill="url(#h)" d="M0 0h40v40h-40z"/>'
    )
    left, right = pixels(fade, (2, 20), (37, 20))
    assert left[3] > 200 > 60 > right[3]


def test_words_without_outlines_are_left_out():
    assert pixels('<text x="0" y="20" font-size="20">紅</text>', (10, 15)) == [CLEAR]
