"""What people come to the site for, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, STAFF, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]


def find(page: Page, title: str) -> None:
    """Searches for a title, as people do, and opens its page, whose scripts are there then."""
    page.locator("#search").fill(title)
    page.locator("#search").press("Enter")
    page.get_by_role("main").get_by_role("link", name=title, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state()


def rate(page: Page, stars: int, *, scripts: bool = True) -> None:
    """Chooses a star; without scripts the form is sent by its button."""
    choice = page.locator(f".rate-item input[value='{stars}']")
    if not scripts:
        choice.check(force=True)
        page.get_by_role("button", name="Rate", exact=True).click()
        return
    with page.expect_response(re.compile(r"/rate/$")) as answer:
        choice.check(force=True)
    assert answer.value.status == 200
    expect(page.get_by_role("button", name="Take back")).to_be_visible()


def for_you(page: Page) -> list[str]:
    page.goto("/for-you/")
    return page.locator(".grid .card-title").all_inner_texts()


def sign_up(page: Page, name: str) -> None:
    page.goto("/account/signup/")
    page.get_by_label("Username").fill(name)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url(re.compile(r"^https?://[^/]+/$"))


def test_the_home_page_is_full_on_the_first_visit(visit: Visit) -> None:
    page = visit()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator(".panel .card").count() >= 12
    cover = page.locator(".card img").first
    expect(cover).to_have_js_property("complete", True)
    assert cover.evaluate("image => image.naturalWidth") > 0


def test_browsing_by_genre_leads_to_a_book(visit: Visit) -> None:
    page = visit()
    page.locator(".genres .chip").first.click()
    page.wait_for_url("**/browse/**")
    page.locator(".card-link").first.click()
    page.wait_for_url("**/items/**")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator(".panel .card").count() > 0


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_rating_changes_the_very_next_for_you(visit: Visit, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    before = for_you(page)
    find(page, "Emma")
    rate(page, 5, scripts=scripts)
    after = for_you(page)
    assert after != before
    assert "Emma" not in after
    expect(page.get_by_text("because you rated Emma 5").first).to_be_visible()


def test_people_of_other_tastes_are_shown_other_books(visit: Visit) -> None:
    lists = []
    for title in ("Dracula", "Pride and Prejudice"):
        page = visit()
        find(page, title)
        rate(page, 5)
        lists.append(for_you(page)[:10])
    assert len(set(lists[0]) & set(lists[1])) < 5


def test_what_a_visitor_did_is_the_members_after_joining(visit: Visit) -> None:
    page = visit()
    find(page, "Dracula")
    rate(page, 4)
    sign_up(page, "mina")
    page.goto("/my/ratings/")
    expect(page.get_by_role("link", name="Dracula")).to_be_visible()
    find(page, "Emma")
    rate(page, 2)
    page.goto("/my/ratings/")
    expect(page.get_by_role("link", name="Emma", exact=True)).to_be_visible()


def test_a_rating_is_taken_back(visit: Visit) -> None:
    page = visit()
    find(page, "Emma")
    rate(page, 3)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Not rated")).to_be_visible()
    page.goto("/my/ratings/")
    expect(page.get_by_role("main").get_by_role("link", name="Emma", exact=True)).to_have_count(0)


def test_a_page_counts_as_looked_at_after_two_seconds(visit: Visit) -> None:
    page = visit()
    with page.expect_response(re.compile(r"/view/$")) as answer:
        find(page, "Dracula")
    assert answer.value.ok
    page.goto("/my/views/")
    expect(page.get_by_role("link", name="Dracula")).to_be_visible()


def test_an_item_goes_on_a_shelf(visit: Visit) -> None:
    page = visit()
    find(page, "Dracula")
    page.get_by_role("button", name="Want", exact=True).click()
    wanted = page.get_by_role("button", name="Want", exact=True)
    expect(wanted).to_have_attribute("aria-pressed", "true")
    page.goto("/my/shelves/")
    expect(page.get_by_role("link", name="Dracula")).to_be_visible()


def sign_in_as_keeper(page: Page) -> None:
    page.get_by_label("Username").fill(STAFF)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(re.compile(r"^[^?]*/admin/$"))  # and not ?next=/admin/


def test_the_keeper_sees_the_live_model_and_asks_for_another(visit: Visit, site: Site) -> None:
    count = "from recommendations.models import ModelRun; print(ModelRun.objects.count())"
    before = int(site.ask(count))
    page = visit("/admin/")
    sign_in_as_keeper(page)
    page.get_by_role("link", name="Recommendations").first.click()
    expect(page.get_by_role("heading", name=re.compile("is live"))).to_be_visible()
    page.get_by_role("button", name=re.compile("retrain now", re.I)).or_(
        page.get_by_role("link", name=re.compile("retrain now", re.I))
    ).first.click()
    expect(page.get_by_text(re.compile("begins as soon as a trainer is free"))).to_be_visible()
    assert int(site.ask(count)) == before + 1
    page.goto("/admin/recommendations/")
    page.get_by_role("button", name="Cancel this run").click()
    expect(page.get_by_role("button", name="Cancel this run")).to_have_count(0)
