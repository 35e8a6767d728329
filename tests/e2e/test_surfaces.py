"""Surfaces in a browser: what a reader of several books sees, and how a keeper sets them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import find, rate, sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
READ = ("Dracula", "Frankenstein", "The Turn of the Screw", "Jane Eyre", "Wuthering Heights")
AS_BEFORE = """
from recommendations.models import Placement
from recommendations.placements.defaults import DEFAULTS
from recommendations.placements.model import row_of
for placed in DEFAULTS.values():
    Placement(**row_of(placed)).save()
"""


@pytest.fixture(autouse=True)
def _as_before(site: Site) -> Iterator[None]:
    yield
    site.ask(AS_BEFORE)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_home_page_of_a_reader_is_full_of_lists(
    visit: Callable[..., Page], screen: str
) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    for title in READ:
        find(page, title)
        rate(page, 5)
    page.goto("/")
    expect(page.get_by_role("heading", name="Because you liked")).to_be_visible()
    page.wait_for_load_state("networkidle")
    look(page, "surfaces-home", screen)
    page.locator("#panel-because-you-liked").scroll_into_view_if_needed()
    look(page, "surfaces-liked", screen)
    page.locator("#panel-new").scroll_into_view_if_needed()
    look(page, "surfaces-below", screen)
    page.goto("/how-ranking-works/")
    expect(page.get_by_text("Out of your bubble")).to_be_visible()
    page.get_by_role("heading", name="Which lists there are").scroll_into_view_if_needed()
    look(page, "surfaces-how", screen)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_keeper_previews_and_changes_a_surface(visit: Callable[..., Page], screen: str) -> None:
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    page.goto("/admin/recommendations/placement/")
    expect(page.get_by_text("Out of your bubble")).to_be_visible()
    look(page, "placements", screen)
    page.goto("/admin/recommendations/placement/popular/change/")
    page.locator("[name=weight_new]").fill("1")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("say what the list is now")).to_be_visible()
    page.locator("[name=title]").fill("Much read, or new")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="What you would see")).to_be_visible()
    page.wait_for_load_state("networkidle")
    look(page, "placement-preview", screen)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto("/how-ranking-works/")
    expect(page.get_by_text("50 % what came last")).to_be_visible()
    page.goto("/admin/recommendations/placement/popular/history/")
    expect(page.get_by_text("Much read, or new").first).to_be_visible()
