"""A visitor's first minute: rate three by keyboard, see the site change, join, and keep it all."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_journeys import sign_up
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]


def titles(page: Page) -> list[str]:
    return page.locator("#wall .question-title").all_inner_texts()


def picked(page: Page) -> list[str]:
    return page.locator("#panel-for-you .card-title").all_inner_texts()


def test_a_visitors_first_minute_by_keyboard(visit: Visit) -> None:
    page = visit()
    page.get_by_role("link", name="Rate a few").press("Enter")
    page.wait_for_url("**/welcome/")
    before = picked(page)
    asked = titles(page)
    assert len(asked) == 12
    page.locator("#wall input[type=radio]").first.focus()
    for _ in range(3):
        answered = titles(page)[0]
        page.keyboard.press("End")  # no radio heeds it: nothing is sent by accident
        for _step in range(9):
            page.keyboard.press("ArrowRight")
        with page.expect_response(re.compile(r"/welcome/\d+/$")) as answer:
            page.keyboard.press("Enter")
        assert answer.value.status == 200
        first = page.locator("#wall .question").first
        expect(first.locator(".question-title")).not_to_have_text(answered)
        expect(first.locator("input:focus")).to_have_count(1)
    assert titles(page)[0] not in asked
    expect(page.get_by_text("3 ratings: your home page is personal now.")).to_be_visible()
    expect(page.get_by_text("because you rated").first).to_be_visible()
    assert picked(page) != before
    page.get_by_role("link", name="Keep this: make an account").press("Enter")
    page.wait_for_url("**/account/signup/")
    sign_up(page, "newcomer")
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    expect(page.get_by_text("because you rated").first).to_be_visible()
    expect(page.get_by_role("link", name="Rate a few")).to_have_count(0)
    page.goto("/my/ratings/")
    expect(page.get_by_role("main").get_by_role("link", name=asked[0], exact=True)).to_be_visible()


def test_a_click_on_a_star_is_an_answer_that_can_be_undone(visit: Visit) -> None:
    page = visit("/welcome/")
    first, second, *_others = titles(page)
    page.locator("#wall .question").first.locator(".half").nth(7).click()
    expect(page.get_by_text(f"You rated {first} 4 out of 5.")).to_be_visible()
    assert first not in titles(page)
    assert second in titles(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#wall .question-title").first).to_have_text(first)
    page.get_by_role("button", name=re.compile("I know none")).click()
    expect(page.get_by_text("Here are others.")).to_be_visible()
    assert not {first, second} & set(titles(page))


def test_without_scripts_it_is_forms(visit: Visit) -> None:
    page = visit("/welcome/", java_script_enabled=False)
    question = page.locator("#wall .question").first
    title = question.locator(".question-title").inner_text()
    question.locator("input[type=radio][value='5']").check(force=True)
    question.get_by_role("button", name="Rate").click()
    expect(page.get_by_text(f"You rated {title} 5 out of 5.")).to_be_visible()
    question = page.locator("#wall .question").first
    title = question.locator(".question-title").inner_text()
    question.get_by_role("button", name="Don’t know it").click()
    expect(page.get_by_text(f"You do not know {title}.")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_it_fits_every_screen_and_is_accessible(visit: Visit, screen: str) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    look(page, "invitation", screen)
    page.goto("/welcome/")
    page.wait_for_load_state("networkidle")
    look(page, "welcome", screen)
    for count in range(3):
        page.locator("#wall .question").nth(count).locator(".half").nth(8).click()
        expect(page.get_by_text(re.compile(rf"\b{count + 1} ratings?[,:]"))).to_be_visible()
    page.wait_for_load_state("networkidle")
    look(page, "welcome-personal", screen)
