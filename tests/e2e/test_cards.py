"""What a card offers, by keyboard alone: rate, shelve, dismiss, undo; and without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_journeys import find, rate
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]


def first_card(page: Page, panel: str = "for-you") -> Locator:
    return page.locator(f"#panel-{panel} .card").first


def press_through(page: Page, target: Locator, *, most: int = 40) -> None:
    """Tab, as often as it takes."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by Tab")


def opened(page: Page, card: Locator) -> Locator:
    """The card's actions, opened by keyboard; `card` may be gone when they close."""
    more = card.locator(".card-more")
    card.locator(".card-link").focus()
    page.keyboard.press("Tab")
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog")
    expect(box).to_be_visible()
    return box


def title_of(card: Locator) -> str:
    return card.locator(".card-title").inner_text()


def test_a_card_is_rated_by_keyboard_and_leaves_the_list(visit: Visit) -> None:
    page = visit()
    card = first_card(page)
    title = title_of(card)
    box = opened(page, card)
    press_through(page, box.locator("input[name=stars]").first)
    with page.expect_response(re.compile(r"/rate/$")) as answer:
        for _ in range(8):
            page.keyboard.press("ArrowRight")
    assert answer.value.ok
    expect(box.get_by_text(re.compile("stars?$")).last).to_be_visible()
    expect(page.locator("#panel-for-you .card-title", has_text=title)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(page.locator("#panel-for-you :focus")).to_have_count(1)  # the keyboard is not lost
    page.goto("/my/ratings/")
    expect(page.get_by_role("main").get_by_role("link", name=title, exact=True)).to_be_visible()


def test_a_card_is_shelved_by_keyboard_and_the_box_closes_where_it_was_opened(visit: Visit) -> None:
    page = visit()
    card = page.locator("#panel-new .card").first
    title = title_of(card)
    box = opened(page, card)
    press_through(page, box.get_by_role("button", name="Want"))
    page.keyboard.press("Enter")
    expect(box.get_by_role("button", name="Want")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(card.locator(".card-more")).to_be_focused()
    page.goto("/my/shelves/")
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


def test_a_card_is_dismissed_by_keyboard_and_brought_back(visit: Visit) -> None:
    page = visit()
    card = first_card(page)
    title = title_of(card)
    box = opened(page, card)
    press_through(page, box.get_by_role("button", name="Not interested"))
    page.keyboard.press("Enter")
    gone = page.locator("#panel-for-you .card-gone")
    expect(gone).to_contain_text(f"Not interested in {title}")
    expect(gone.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(gone).to_have_count(0)
    expect(first_card(page).locator(".card-title")).to_have_text(title)
    expect(first_card(page).locator(".card-more")).to_be_focused()
    page.goto("/my/dismissed/")
    expect(page.get_by_text("You have dismissed nothing")).to_be_visible()


def test_what_was_dismissed_leaves_the_panel_by_itself_once_it_is_left(visit: Visit) -> None:
    page = visit()
    card = first_card(page)
    title = title_of(card)
    box = opened(page, card)
    box.get_by_role("button", name="Not interested").click()
    expect(page.locator("#panel-for-you .card-gone")).to_be_visible()
    page.locator("#search").focus()
    page.mouse.move(1, 1)
    expect(page.locator("#panel-for-you .card-gone")).to_have_count(0, timeout=15_000)
    expect(page.locator(".panel .card-title", has_text=re.compile(f"^{title}$"))).to_have_count(0)
    page.goto("/my/dismissed/")
    page.get_by_role("button", name=f"Undo {title}").click()
    expect(page.get_by_text("May be recommended to you again.", exact=True)).to_be_visible()
    page.goto("/")
    expect(page.locator(".panel .card-title", has_text=title).first).to_be_attached()


def test_without_scripts_a_card_leads_to_its_page_where_all_of_it_works(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    card = first_card(page)
    title = title_of(card)
    card.locator(".card-more").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("button", name="Not interested").click()
    said = page.locator("#said")
    expect(said).to_contain_text(f"{title} is not recommended to you any more.")
    page.goto("/")
    expect(page.locator(".panel .card-title", has_text=re.compile(f"^{title}$"))).to_have_count(0)
    page.goto("/my/dismissed/")
    page.get_by_role("button", name=f"Undo {title}").click()
    expect(said).to_contain_text(f"{title} may be recommended to you again.")


def test_why_this_names_what_the_reader_did(visit: Visit) -> None:
    page = visit()
    find(page, "Dracula")
    rate(page, 5)
    page.goto("/")
    box = opened(page, page.locator("#panel-for-you .card", has_text="because you rated").first)
    press_through(page, box.locator("summary"))
    page.keyboard.press("Enter")
    expect(box.get_by_text("because you rated Dracula 5")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_an_opened_card_and_a_dismissed_one_look_right_and_are_accessible(
    visit: Visit, screen: str
) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    find(page, "Dracula")
    rate(page, 5)
    page.goto("/")
    box = opened(page, first_card(page))
    box.locator("summary").click()
    look(page, "card", screen)
    box.get_by_role("button", name="Not interested").click()
    expect(page.locator(".card-gone").first).to_be_visible()
    look(page, "card-dismissed", screen)
    page.goto("/my/dismissed/")
    look(page, "dismissed", screen)
