"""Pausing, no personal lists, deleting, a passkey, and a keeper who handles a report."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import find, rate, sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]
PASSWORD = "a-quiet-lighthouse-42"
VIRTUAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
A_REVIEW = """
from catalog.models import Item, Person, User
from catalog.own.writing import write_review
user, _ = User.objects.get_or_create(username='grumbler')
person, _ = Person.objects.get_or_create(user=user)
emma = Item.objects.get(title='Emma')
print(write_review(person, emma, text='You all are fools.', is_public=True).pk)
"""


def local(site: Site, path: str) -> str:
    """Passkeys belong to a name, not to an address of numbers."""
    return site.address.replace("127.0.0.1", "localhost") + path


def sign_up(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Sign up", exact=True).click()
    expect(page.locator(".account summary")).to_have_text(name)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_visitor_decides_what_is_done_with_what_they_do(visit: Visit, javascript: bool) -> None:
    page = visit(java_script_enabled=javascript)
    find(page, "Emma")
    rate(page, 5, scripts=javascript)
    page.goto("/for-you/")
    expect(page.get_by_text("From your 1 rating")).to_be_visible()
    page.goto("/my/privacy/")
    page.get_by_label("No personal lists").check()
    page.get_by_label("Record nothing at all").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    page.goto("/for-you/")
    expect(page.get_by_text("You switched personal lists off")).to_be_visible()
    page.goto("/my/privacy/")
    page.get_by_role("link", name="Delete everything").click()
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Deleted")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Ratings: 1")).to_be_visible()
    page.goto("/my/ratings/")
    expect(page.get_by_text("You have rated nothing yet")).to_be_visible()


def test_a_member_signs_in_with_a_passkey_and_leaves_for_good(visit: Visit, site: Site) -> None:
    page = visit()
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
    page.goto(local(site, "/account/signup/"))
    sign_up(page, "passkey-friend")
    page.goto(local(site, "/account/2fa/webauthn/add/"))
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_label("Name")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_label("Name").fill("This computer")
    page.get_by_label(re.compile("passwordless", re.I)).check()
    page.get_by_role("button", name="Add").click()
    expect(page).to_have_url(re.compile("recovery-codes|webauthn/$"))
    page.goto(local(site, "/account/logout/"))
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto(local(site, "/account/login/"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".account summary")).to_have_text("passkey-friend")
    page.goto(local(site, "/my/privacy/"))
    page.get_by_role("link", name="Delete everything, and my account").click()
    page.get_by_role("button", name="Delete everything").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_role("heading", name="Deleted")).to_be_visible()
    known = "from catalog.models import User; print(list(User.objects.values_list('username')))"
    assert "passkey-friend" not in site.ask(known)


def test_a_visitor_reports_a_review_and_the_keeper_hides_it(visit: Visit, site: Site) -> None:
    pk = site.ask(A_REVIEW)
    page = visit(f"/report/review/{pk}/")
    page.get_by_label("It insults or threatens somebody").check()
    page.get_by_role("button", name="Report", exact=True).click()
    expect(page.get_by_text("Thank you. A moderator will read it.")).to_be_visible()
    keeper = visit("/admin/")
    sign_in_as_keeper(keeper)
    keeper.goto("/admin/catalog/report/")
    keeper.get_by_role("link", name=re.compile("Review by grumbler")).first.click()
    expect(keeper.get_by_text("You all are fools.").first).to_be_visible()
    keeper.get_by_role("button", name="Hide it").click()
    expect(keeper.get_by_text("Hidden from everybody but its maker.")).to_be_visible()
    shown = f"Review.objects.public().filter(pk={pk}).count()"
    seen = f"from catalog.own.models import Review; print({shown})"
    assert site.ask(seen) == "0"
    keeper.get_by_role("button", name="Take the decision back").click()
    expect(keeper.get_by_role("button", name="Dismiss")).to_be_visible()
    assert site.ask(seen) == "1"
    keeper.get_by_role("button", name="Dismiss").click()
    expect(keeper.get_by_text("Dismissed: it is shown.")).to_be_visible()
    page.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_fit_their_screens_and_are_accessible(
    visit: Visit, site: Site, screen: str
) -> None:
    pk = site.ask(A_REVIEW)
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    find(page, "Emma")
    rate(page, 5)
    for name, path in {
        "privacy": "/my/privacy/",
        "privacy-delete": "/my/privacy/delete/",
        "privacy-delete-kind": "/my/privacy/delete/ratings/",
        "unseen": "/my/privacy/unseen/",
        "report": f"/report/review/{pk}/",
        "login": "/account/login/",
    }.items():
        page.goto(path)
        look(page, name, screen)
    page.goto("/my/privacy/delete/ratings/")
    page.get_by_role("button", name="Delete").click()
    look(page, "receipt", screen)
    page.goto("/account/signup/")
    sign_up(page, f"looker-{screen}")
    for name, path in {
        "second-factor": "/account/2fa/",
        "sessions": "/account/sessions/",
        "member-privacy": "/my/privacy/",
    }.items():
        page.goto(path)
        look(page, name, screen)
