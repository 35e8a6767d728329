"""Rules and the inspector in a browser: previewed, saved, seen by visitors, reverted, explained."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import find, rate, sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FORGET = "from recommendations.models import Rule; Rule.objects.all().delete()"
A_RULE = """
from catalog.models import Item
from recommendations.models import Rule
from recommendations.rules import changes
item = Item.objects.get(title='Walden')
rule = Rule(action='pin', item=item, place=1, note='Read together in May', on_popular=True)
changes.save(rule, by=None)
print(rule.pk)
"""


@pytest.fixture(autouse=True)
def _no_rules_left(site: Site) -> Iterator[None]:
    yield
    site.ask(FORGET)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_rule_is_previewed_saved_and_reverted(
    visit: Callable[..., Page], site: Site, screen: str
) -> None:
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    page.goto("/admin/recommendations/rule/add/")
    page.locator("[name=action]").select_option("boost")
    page.locator("[name=words]").fill("love")
    page.locator("[name=strength]").fill("2")
    page.locator("[name=note]").fill("For Valentine's day")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="What this rule would change")).to_be_visible()
    page.wait_for_load_state("networkidle")
    look(page, "rule-preview", screen)
    assert site.ask("from recommendations.models import Rule; print(Rule.objects.count())") == "0"
    page.get_by_role("button", name="Save and continue editing").click()
    page.locator("[name=strength]").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    rule = site.ask("from recommendations.models import Rule; print(Rule.objects.get().pk)")
    page.goto("/admin/recommendations/rule/")
    look(page, "rules", screen)
    page.goto(f"/admin/recommendations/rule/{rule}/history/")
    look(page, "rule-history", screen)
    page.get_by_role("button", name="Revert to this").click()
    expect(page.get_by_text("The rule says again what it said")).to_be_visible()
    page.goto(f"/admin/recommendations/rule/{rule}/change/")
    expect(page.locator("[name=strength]")).to_have_value("2.0")


def test_a_pinned_card_says_so_and_the_inspector_says_why(
    visit: Callable[..., Page], site: Site
) -> None:
    reader = visit()
    find(reader, "Emma")
    rate(reader, 5)
    rule = site.ask(A_RULE)
    reader.goto("/for-you/")
    first = reader.locator(".grid .card").first
    expect(first).to_contain_text("Walden")
    expect(first).to_contain_text("picked by this site")
    person = site.ask(
        "from catalog.models import Rating; print(Rating.objects.latest('pk').person_id)"
    )
    for screen, size in SCREENS.items():
        page = visit("/admin/", viewport=size, reduced_motion="reduce")
        sign_in_as_keeper(page)
        page.goto("/admin/recommendations/inspector/")
        look(page, "inspector", screen)
        page.get_by_label("Person").fill(person)
        page.get_by_label("Item").fill("Walden")
        page.get_by_role("button", name="Look").click()
        expect(page.get_by_text("Place 1 on For you")).to_be_visible()
        expect(page.get_by_role("link", name=f"Rule {rule}")).to_be_visible()
        look(page, "inspector-answer", screen)
