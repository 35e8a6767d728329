"""What a browser really shows is what is recorded: what was in sight for a second, no more."""

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import find, rate, sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_ENOUGH = 1400
IN_SIGHT = """
() => [...document.querySelectorAll('#panel-for-you .panel-row > *')].flatMap((row, at) => {
  const box = row.getBoundingClientRect();
  const list = row.parentElement.getBoundingClientRect();
  const wide = Math.min(box.right, innerWidth, list.right) - Math.max(box.left, 0, list.left);
  const high = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
  return wide > 0 && high > 0 && wide * high >= 0.5 * box.width * box.height ? [at] : [];
})
"""
GLANCE_AT_THE_END = f"""
async (row) => {{
  row.scrollTo({{left: row.scrollWidth}});
  const inSight = ({IN_SIGHT})();
  await new Promise((over) => setTimeout(over, 50)); // too short to be seen
  row.scrollTo({{left: 0}});
  return inSight;
}}
"""


def recorded(site: Site, surface: str, title: str) -> tuple[list[int], list[int]]:
    """Positions that the newest person saw, and those that they opened."""
    code = (
        "import json; from catalog.models import Rating; "
        "from recommendations.models import Impression; "
        f"who = Rating.objects.filter(item__title={title!r}).latest('pk').person; "
        f"rows = Impression.objects.filter(person=who, surface={surface!r}).order_by('position'); "
        "print(json.dumps([[r.position for r in rows], [r.position for r in rows if r.opened_at]]))"
    )
    seen, opened = json.loads(site.ask(code))
    return seen, opened


@pytest.mark.parametrize("screen", SCREENS)
def test_exactly_the_positions_in_sight_are_recorded(
    site: Site, visit: Callable[..., Page], screen: str
) -> None:
    page = visit(viewport=SCREENS[screen], reduced_motion="reduce")
    find(page, "Emma")
    rate(page, 5)
    page.wait_for_load_state("networkidle")
    page.goto("/")
    row = page.locator("#panel-for-you .panel-row")
    assert row.get_attribute("data-seen")
    panel = page.locator("#panel-for-you")
    panel.evaluate("panel => panel.scrollIntoView({block: 'start'})")
    first = page.evaluate(IN_SIGHT)
    assert 0 < len(first) < row.locator("> *").count()
    with page.expect_response("**/seen/") as answer:
        page.wait_for_timeout(LONG_ENOUGH)
    assert answer.value.status == 204
    second = row.evaluate(GLANCE_AT_THE_END)
    page.wait_for_timeout(LONG_ENOUGH)
    page.wait_for_load_state("networkidle")
    time.sleep(0.5)
    assert recorded(site, "for-you", "Emma") == (first, [])
    assert not set(second) <= set(first)
    row.locator(".card-link").nth(first[0]).click()
    page.wait_for_load_state("networkidle")
    wait_until(
        lambda: recorded(site, "for-you", "Emma") == (first, [first[0]]),
        seconds=20,
        what="the click",
    )


def test_a_predicted_rating_that_was_seen_in_a_card_is_kept(
    site: Site, visit: Callable[..., Page]
) -> None:
    page = visit(viewport=SCREENS["laptop"], reduced_motion="reduce")
    find(page, "Emma")
    rate(page, 5)
    page.goto("/for-you/")
    page.locator(".card-more").first.click()
    said = page.locator("#card-actions [data-said]")
    expect(said).to_be_visible()
    with page.expect_response("**/seen/"):
        page.wait_for_timeout(LONG_ENOUGH)
    wait_until(
        lambda: (
            site.ask(
                "from catalog.models import Rating; "
                "print(Rating.objects.filter(item__title='Emma').latest('pk')"
                ".person.shown_predictions.count())"
            )
            == "1"
        ),
        seconds=20,
        what="the prediction",
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_the_admin_s_page_fits_its_screen_and_is_accessible(
    site: Site, visit: Callable[..., Page], screen: str
) -> None:
    site.ask(
        "from django.utils import timezone; from recommendations.measuring import summing; "
        "summing.sum_up(now=timezone.now(), days=2)"
    )
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    page.goto("/admin/recommendations/measuring/")
    expect(page.get_by_role("heading", name="What was seen, and what came of it")).to_be_visible()
    look(page, "measuring", screen)
