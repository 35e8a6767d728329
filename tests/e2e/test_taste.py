"""My taste in a browser: the map by keyboard, by mouse and as a list, and axe on all of it."""

import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import find, rate
from tests.e2e.test_looks import SCREENS, look
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITH_A_MAP = "from tests.recommendations.worlds import published; published('markov', has_map=True)"


@pytest.fixture(scope="module", autouse=True)
def _map(site: Site) -> None:
    """A model with a map, once the site has loaded it beside the one it serves."""
    site.ask(WITH_A_MAP)

    def is_shown() -> bool:
        with urllib.request.urlopen(f"{site.address}/my/taste/", timeout=20) as page:
            return b'id="taste-map"' in page.read()

    def is_shown_by_all() -> bool:  # each process of the site loads it for itself
        with ThreadPoolExecutor(8) as many:  # at once, or one process may answer all of them
            return all(many.map(lambda _: is_shown(), range(24)))

    wait_until(is_shown_by_all, seconds=60, what="the model with a map")


def map_of(page: Page) -> None:
    """My taste, with its map drawn."""
    page.goto("/my/taste/")
    page.locator("#taste-map[data-ready]").wait_for(timeout=60_000)
    page.locator("#taste-canvas").scroll_into_view_if_needed()


def rated_some(page: Page) -> None:
    for title, stars in (("Emma", 5), ("Dracula", 4), ("Persuasion", 4.5)):
        find(page, title)
        rate(page, stars)


def test_the_map_is_walked_by_keyboard_and_enter_opens(visit: Callable[..., Page]) -> None:
    page = visit()
    rated_some(page)
    map_of(page)
    canvas, tip = page.locator("#taste-canvas"), page.locator("#taste-tip")
    canvas.focus()
    seen = set()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "+", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        expect(tip).to_be_visible()
        seen.add(tip.inner_text())
    assert len(seen) > 2
    title = tip.locator("a").inner_text()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.keyboard.press("ArrowRight")
    title = tip.locator("a").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_the_map_is_moved_and_zoomed_by_mouse_and_a_plain_wheel_scrolls_the_page(
    visit: Callable[..., Page],
) -> None:
    page = visit(viewport=SCREENS["laptop"], reduced_motion="reduce")
    map_of(page)
    canvas = page.locator("#taste-canvas")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    near = page.locator("#taste-map.is-near")
    expect(near).to_have_count(0)
    page.mouse.wheel(0, 200)
    expect(near).to_have_count(0)
    page.get_by_role("button", name="Zoom in").click()
    expect(near).to_have_count(1)
    page.get_by_role("button", name="Show all of it").click()
    expect(near).to_have_count(0)


def test_without_javascript_the_map_is_a_list(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/my/taste/")
    expect(page.locator("#taste-map")).to_be_hidden()
    page.get_by_text("The map as a list").click()
    regions = page.locator("#taste-regions > li")
    assert regions.count() > 1
    region = regions.first
    expect(region.get_by_role("heading")).not_to_be_empty()
    title = region.locator("a").first.inner_text()
    region.locator("a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("screen", SCREENS)
def test_my_taste_and_a_year_fit_their_screen_and_are_accessible(
    visit: Callable[..., Page], screen: str
) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    page.goto("/my/taste/")
    page.wait_for_load_state("networkidle")
    look(page, "taste-empty", screen)
    rated_some(page)
    map_of(page)
    page.get_by_text("The map as a list").click()
    page.locator("details", has_text="As a table").first.locator("summary").click()
    page.locator("#taste-canvas").focus()
    page.keyboard.press("ArrowRight")
    look(page, "taste", screen)
    page.get_by_role("navigation", name="Years in review").get_by_role("link").first.click()
    page.wait_for_load_state("networkidle")
    look(page, "taste-year", screen)
