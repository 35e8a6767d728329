"""My library in a real browser: by keyboard alone, without JavaScript, and by dragging."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.e2e.test_journeys import find, rate, sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]
REMOVE = re.compile(r"/my/remove/ratings/\d+/$")
ENTRY = re.compile(r"/my/lists/\d+/items/\d+/$")


def shows(page: Page, titles: list[str]) -> None:
    """The rows have these titles, as soon as the page that was asked for is there."""
    expect(page.locator(".row-title")).to_have_text(titles)


def rate_two(page: Page, *, scripts: bool = True) -> None:
    for title, stars in (("Emma", 5), ("Dracula", 2)):
        page.goto("/")
        find(page, title)
        rate(page, stars, scripts=scripts)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.id"))


def tab_to(page: Page, name: str, *, most: int = 60) -> None:
    """Presses Tab until what has the focus is called so."""
    for _step in range(most):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(f"Tab never reached {name}; it is at {focused(page)}")


def test_ratings_are_filtered_changed_removed_and_brought_back_by_keyboard(visit: Visit) -> None:
    page = visit()
    rate_two(page)
    page.goto("/my/ratings/?sort=highest")
    shows(page, ["Emma", "Dracula"])
    tab_to(page, "filter-text")
    page.keyboard.type("drac")
    expect(page.locator(".row-title")).to_have_text(["Dracula"])
    expect(page).to_have_url(re.compile(r"\?q=drac&sort=highest$"))
    assert focused(page) == "filter-text"
    for _letter in "drac":
        page.keyboard.press("Backspace")
    expect(page.locator(".row-title")).to_have_count(2)

    page.locator(".row").filter(has_text="Dracula").get_by_role("radio", checked=True).focus()
    with page.expect_response(re.compile("/rate/$")) as answer:
        page.keyboard.press("ArrowRight")
    assert answer.value.ok
    expect(page.locator(".row").filter(has_text="Dracula").locator(".rate-said")).to_have_text(
        "2½ stars"
    )

    page.locator(".row").filter(has_text="Dracula").get_by_role("combobox").focus()
    with page.expect_response(re.compile("/shelf/$")) as answer:
        page.keyboard.press("D")
    assert answer.value.ok

    tab_to(page, "Remove")
    page.keyboard.press("Enter")
    expect(page.locator(".row-title")).to_have_text(["Emma"])
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your rating of Dracula is back.")).to_be_visible()
    page.goto("/my/ratings/?shelf=doing")
    shows(page, ["Dracula"])


@pytest.mark.parametrize("goes_on", [False, True])
def test_the_way_back_has_the_focus_unless_somebody_has_gone_on(
    goes_on: bool, visit: Visit
) -> None:
    page = visit()
    held: list[Route] = []
    rate_two(page)
    page.goto("/my/ratings/")
    page.route(REMOVE, lambda route: held.append(route))
    dracula, emma = (page.locator(".row").filter(has_text=title) for title in ("Dracula", "Emma"))
    shelf = emma.get_by_role("combobox")
    with page.expect_request(REMOVE):
        dracula.get_by_role("button", name="Remove").press("Enter")
    if goes_on:
        shelf.focus()
    with page.expect_response(re.compile("/shelf/$")) as answer:  # is asked and answered meanwhile
        shelf.evaluate(
            "one => { one.value = 'done'; one.dispatchEvent(new Event('change', {bubbles: true})) }"
        )
    assert answer.value.ok
    expect(page.locator(".htmx-request:not([data-removes])")).to_have_count(0)
    held[0].continue_()
    shows(page, ["Emma"])
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(shelf if goes_on else page.get_by_role("button", name="Undo")).to_be_focused()


def test_all_of_it_works_without_javascript(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    rate_two(page, scripts=False)
    page.goto("/my/ratings/")
    page.get_by_label("Order").select_option("lowest")
    page.get_by_role("button", name="Filter").click()
    shows(page, ["Dracula", "Emma"])
    page.locator(".row").filter(has_text="Emma").get_by_role("button", name="Remove").click()
    shows(page, ["Dracula"])
    page.get_by_role("button", name="Undo").click()
    shows(page, ["Dracula", "Emma"])

    page.goto("/my/lists/")
    page.get_by_label("Title", exact=True).fill("Best")
    page.get_by_role("main").get_by_role("button", name="Save").click()
    for title in ("Emma", "Dracula"):
        page.locator("#find").fill(title)
        page.get_by_role("main").get_by_role("button", name="Search").click()
        page.get_by_role("button", name=f"Add {title}").click()
    shows(page, ["Emma", "Dracula"])
    page.get_by_role("button", name="Move Dracula up").click()
    shows(page, ["Dracula", "Emma"])
    page.get_by_role("button", name="Take off Emma").click()
    shows(page, ["Dracula"])
    page.get_by_role("button", name="Undo").click()
    shows(page, ["Dracula", "Emma"])

    page.goto("/")
    find(page, "Emma")
    page.locator(".write > summary").click()
    page.get_by_label("Your review", exact=True).fill("A joy. ||They marry.||")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".own-review-text")).to_contain_text("A joy.")
    expect(page.get_by_text("They marry.").first).to_be_hidden()


def three_on_a_list(page: Page) -> None:
    """Emma, Dracula and Walden, in this order, on the list that is open then."""
    find(page, "Emma")
    page.get_by_role("link", name="Put on a list").click()
    page.get_by_label("New list").fill("Dragged")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_role("button", name="Dragged")).to_have_attribute("aria-pressed", "true")
    page.goto("/my/lists/")
    page.get_by_role("link", name="Dragged").click()
    expect(page.locator("#find")).to_be_visible()
    page.wait_for_load_state()
    for title in ("Dracula", "Walden"):
        page.locator("#find").fill(title)
        page.get_by_role("button", name=f"Add {title}").first.click()
        expect(page.locator(".row-title").filter(has_text=title)).to_be_visible()


def drag_the_last_to_the_top(page: Page) -> None:
    """Lets go of it where it then stands; what is sent may be on its way."""
    handles = page.locator(".entry-handle")
    expect(handles).to_have_count(3)
    start, end = handles.nth(2).bounding_box(), handles.nth(0).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + 60, steps=8)
    page.mouse.move(end["x"] + 8, end["y"] + 5, steps=4)
    page.mouse.up()


def test_entries_are_dragged_into_another_order(visit: Visit) -> None:
    page = visit(viewport={"width": 1280, "height": 1200})
    three_on_a_list(page)
    with page.expect_response(ENTRY) as answer:
        drag_the_last_to_the_top(page)
    assert answer.value.ok
    shows(page, ["Walden", "Emma", "Dracula"])
    page.get_by_role("button", name="Move Walden down").press("Enter")
    expect(page.locator(".row-title")).to_have_text(["Emma", "Walden", "Dracula"])
    expect(page.get_by_role("button", name="Move Walden down")).to_be_focused()


def test_moves_that_do_not_wait_for_an_answer_all_count(visit: Visit) -> None:
    page = visit(viewport={"width": 1280, "height": 1200})
    three_on_a_list(page)
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(ENTRY, hold_the_first)
    with page.expect_request(ENTRY):
        drag_the_last_to_the_top(page)
    down = page.get_by_role("button", name="Move Walden down")
    down.press("Enter")
    down.press("Enter")
    page.wait_for_timeout(1000)  # an answer to what was pressed would be there by now
    while not held:
        page.wait_for_timeout(100)
    route, first_answer = held[0]
    route.fulfill(response=first_answer)
    shows(page, ["Emma", "Dracula", "Walden"])
    expect(down).to_be_focused()
    page.reload()
    shows(page, ["Emma", "Dracula", "Walden"])


def test_a_member_publishes_a_list_and_a_review_which_a_stranger_reads(visit: Visit) -> None:
    page, stranger = visit("/admin/"), visit()
    sign_in_as_keeper(page)
    page.goto("/")
    find(page, "Emma")
    page.locator(".write > summary").click()
    page.get_by_label("Your review", exact=True).fill("A joy, and ||they marry||.")
    page.get_by_label("Everybody may read it").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".own-review .badge")).to_have_text("Public")
    find(stranger, "Emma")
    shown = stranger.locator(".review").filter(has_text="A joy")
    expect(shown.get_by_text("they marry")).to_be_hidden()
    shown.get_by_text("Spoiler").click()
    expect(shown.get_by_text("they marry")).to_be_visible()
    page.locator(".write > summary").click()
    page.get_by_role("button", name="Remove my review").press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_fits_its_screen_and_is_accessible(visit: Visit, screen: str) -> None:
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    page.goto("/my/lists/")
    page.get_by_label("Title", exact=True).first.evaluate(
        "node => node.closest('details').open = true"
    )
    page.get_by_label("Title", exact=True).first.fill(f"Ten for a rainy day on a {screen}")
    page.locator(".new-list-form").get_by_role("button", name="Save").click()
    expect(page.locator("#find")).to_be_visible()
    page.wait_for_load_state()
    edit = page.url
    for title in ("Emma", "Walden"):
        page.locator("#find").fill(title)
        page.get_by_role("button", name=f"Add {title}").first.click()
        expect(page.locator(".row-title").filter(has_text=title)).to_be_visible()
    look(page, "my-list", screen)
    page.get_by_role("link", name="As a page").click()
    look(page, "list", screen)
    page.goto(edit)
    page.get_by_role("link", name="Emma").first.click()
    page.wait_for_url("**/items/**")
    page.wait_for_load_state()
    page.get_by_role("link", name="Put on a list").click()
    page.get_by_label("New list").wait_for()
    page.locator(".write > summary").click()
    look(page, "item-with-forms", screen)
    pages = ("lists", "reviews", "export", "ratings")
    for name in pages:
        page.goto(f"/my/{name}/")
        look(page, f"my-{name}", screen)
