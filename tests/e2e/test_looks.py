"""How pages look, and whether everybody can use them: axe on each, and pictures to look at.

Pictures are saved in tests/e2e/screenshots, on a phone and on a laptop, light and dark.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, Site
from tests.e2e.test_journeys import find, rate, sign_in_as_keeper, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = Path(__file__).parent / "screenshots"
SCREENS = {"phone": {"width": 390, "height": 844}, "laptop": {"width": 1440, "height": 900}}
PAGES = {
    "home": "/",
    "browse": "/browse/",
    "search": "/browse/?q=whale",
    "nothing-found": "/browse/?q=zzzzzz",
    "for-you": "/for-you/",
    "item": "",
    "ratings": "/my/ratings/",
    "views": "/my/views/",
    "shelves": "/my/shelves/",
    "login": "/account/login/",
    "signup": "/account/signup/",
    "password-reset": "/account/password/reset/",
    "verification-sent": "/account/confirm-email/",
    "offline": "/offline/",
}
KEEPERS_PAGES = {
    "admin": "/admin/",
    "admin-items": "/admin/catalog/item/",
    "admin-item": "/admin/catalog/item/1/change/",
    "admin-reports": "/admin/catalog/report/",
    "admin-runs": "/admin/recommendations/modelrun/",
    "admin-run": "/admin/recommendations/modelrun/1/change/",
    "second-factor": "/account/2fa/",
    "authenticator": "/account/2fa/totp/activate/",
    "passkey": "/account/2fa/webauthn/add/",
    "sessions": "/account/sessions/",
    "addresses": "/account/email/",
}


@pytest.fixture(scope="session")
def item_address(site: Site) -> str:
    return site.ask(
        "from catalog.models import Item; print(Item.objects.get(title='Emma').get_absolute_url())"
    )


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def look(page: Page, name: str, screen: str) -> None:
    """The page, in both colour schemes, is accessible and fits its screen."""
    PICTURES.mkdir(exist_ok=True)
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        page.screenshot(path=PICTURES / f"{name}-{screen}-{colours}.png")
        assert violations(page) == [], f"{name}, {colours}"
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0, f"{name} scrolls sideways"


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_fits_its_screen_and_is_accessible(
    visit: Callable[..., Page], item_address: str, screen: str
) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    find(page, "Emma")
    rate(page, 5)
    for name, address in PAGES.items():
        page.goto(address or item_address)
        page.wait_for_load_state("networkidle")
        look(page, name, screen)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_admin_and_the_pages_of_an_account_do_too(
    visit: Callable[..., Page], screen: str
) -> None:
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    for name, address in KEEPERS_PAGES.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if "reauthenticate" in page.url:
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("input[name=password]").press("Enter")
            page.wait_for_url(f"**{address}")
        look(page, name, screen)
    page.goto("/admin/recommendations/")
    page.get_by_role("img", name="Events by day").wait_for()
    look(page, "recommendations", screen)


def test_pages_at_four_times_the_size_of_a_laptop_s_do_not_scroll_sideways(
    visit: Callable[..., Page], item_address: str
) -> None:
    page = visit(viewport={"width": 320, "height": 640})
    sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    others = ["/welcome/", "/my/privacy/", "/my/imports/", "/my/taste/"]
    for address in [item_address, *filter(None, PAGES.values()), *others]:
        page.goto(address)
        assert not page.evaluate(sideways), address


def test_without_a_network_the_offline_page_is_shown(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_load_state("networkidle")  # a cover that is under way would fail
    page.context.set_offline(True)
    page.goto("/browse/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are offline")
    page.context.set_offline(False)
    page.get_by_role("link", name="Load the page again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All books")


def test_the_account_menu_closes_on_escape_and_on_a_click_elsewhere(
    visit: Callable[..., Page],
) -> None:
    page = visit()
    sign_up(page, "ann-menu")
    menu, summary = page.locator("details.account"), page.locator("details.account summary")
    summary.click()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.get_by_role("heading", level=1).click()
    expect(menu).not_to_have_attribute("open", "")


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_written_from_right_to_left_fit_their_screen(
    visit: Callable[..., Page], item_address: str, screen: str
) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    for name, address in {"home": "/", "browse": "/browse/", "item": item_address}.items():
        page.goto(address)
        page.evaluate("document.documentElement.dir = 'rtl'")
        look(page, f"{name}-rtl", screen)


def test_the_page_of_the_api_works_under_the_content_policy(visit: Callable[..., Page]) -> None:
    page = visit("/api/v1/docs/")
    page.locator("#operations-tag-recommendations").click()
    page.get_by_text("/api/v1/recommendations/for-you/").first.wait_for()
