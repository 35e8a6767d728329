"""Finding things: suggestions by keyboard, slips, filters that combine, orders, and languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_journeys import find, rate
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]


def results(page: Page) -> list[str]:
    return page.locator(".browse-list .card-title").all_inner_texts()


def test_suggestions_are_walked_by_keyboard(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")  # the skip link
    page.locator("#search").focus()
    page.keyboard.type("moby di", delay=30)
    expect(page.get_by_role("option").first).to_contain_text("Moby-Dick")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.type("c")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Moby-Dick")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_slip_is_forgiven(visit: Visit, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    page.locator("#search").fill("wuthring hights")
    page.locator("#search").press("Enter")
    page.wait_for_url("**/browse/?q=*")
    assert results(page)[0] == "Wuthering Heights"


def test_filters_combine_stay_in_the_address_and_are_let_go(visit: Visit) -> None:
    page = visit("/browse/")
    all_found = page.locator(".browse-count").inner_text()
    page.locator(".facets").get_by_role("link").first.click()
    expect(page.locator(".chip-chosen")).to_have_count(1)
    page.wait_for_load_state()
    narrowed = results(page)
    shared = page.url
    page.goto("/")
    page.goto(shared)
    assert results(page) == narrowed
    page.locator(".chip-chosen").click()
    expect(page.locator(".browse-count")).to_have_text(all_found)


def test_one_click_lies_between_everybody_s_order_and_one_s_own(visit: Visit) -> None:
    page = visit()
    find(page, "Emma")
    rate(page, 5)
    page.goto("/browse/?sort=for-you")
    expect(page.get_by_text("In the order of your taste")).to_be_visible()
    page.get_by_role("link", name=re.compile("same for everybody")).click()
    expect(page.get_by_text("In the order of your taste")).to_have_count(0)


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_speak_another_language_and_turn_round(visit: Visit, screen: str) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("link", name="Stöbern").first).to_be_visible()
    look(page, "home-german", screen)
    page.get_by_role("button", name="العربيّة").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    look(page, "home-arabic", screen)
    page.goto("/browse/")
    look(page, "browse-arabic", screen)
