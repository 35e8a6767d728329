"""Steering in a browser: sliders and their preview, what is left out of a card, with and without
scripts, and axe on both pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_journeys import find, for_you, rate
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PREVIEW = "#steering-preview"


def rated_some(page: Page, *, scripts: bool = True) -> None:
    for title in ("Emma", "Dracula", "Persuasion"):
        find(page, title)
        rate(page, 5, scripts=scripts)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_slider_renews_the_preview_and_saving_renews_for_you(
    visit: Callable[..., Page], screen: str
) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    rated_some(page)
    before = for_you(page)
    page.goto("/my/steering/")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("button", name="Preview")).to_be_hidden()
    look(page, "steering", screen)
    slider = page.get_by_role("slider", name="Popular or niche")
    slider.focus()
    with page.expect_response("**/my/steering/"):
        slider.press("End")
    expect(page.locator(PREVIEW)).to_contain_text("steered: less popular")
    shown = page.locator(f"{PREVIEW} .card-title").all_inner_texts()
    assert for_you(page) == before, "nothing is kept before it is saved"
    page.goto("/my/steering/")
    page.get_by_role("slider", name="Popular or niche").press("End")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Your list follows it from now on.")).to_be_visible()
    assert for_you(page)[: len(shown)] == shown
    page.goto("/how-ranking-works/")
    expect(page.get_by_role("main")).to_contain_text("less popular")
    look(page, "how-ranking", screen)


def test_a_reason_that_is_left_out_leaves_the_list_in_the_same_answer(
    visit: Callable[..., Page],
) -> None:
    page = visit(viewport=SCREENS["laptop"], reduced_motion="reduce")
    rated_some(page)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    panel = page.locator("#panel-for-you")
    expect(panel).to_contain_text("From your 3 ratings")
    panel.locator(".card-more").first.click()
    page.locator(".card-actions .why summary").click()
    page.locator(".card-actions .why-leave-out button").first.click()
    expect(page.locator(".card-actions .why-left")).to_contain_text("is left out of your lists now")
    expect(panel).to_contain_text("From your 2 ratings")
    page.locator(".card-actions .why-left button").click()
    expect(panel).to_contain_text("From your 3 ratings")


def test_all_of_it_works_without_scripts(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    rated_some(page, scripts=False)
    page.goto("/my/steering/")
    page.locator("#steer-diversity").press("End")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("This is a preview: nothing is saved yet.")).to_be_visible()
    expect(page.locator(PREVIEW)).to_contain_text("steered: more varied")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(PREVIEW)).to_contain_text("steered: more varied")
    page.get_by_role("button", name="Back to the middle").click()
    expect(page.locator(PREVIEW)).not_to_contain_text("steered")
