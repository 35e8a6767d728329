"""A new item in a browser: its card says so, what is seen counts, the keeper sees the ledger."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import find, rate, sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAYS_SO = "New: help us find its audience"
ADD = """
from datetime import timedelta
from django.utils import timezone
from catalog.models import Attribute, Item, ItemAttribute
from recommendations.chances import keeping
old = Item.objects.exclude(key__startswith='new-')
old.update(added_at=timezone.now() - timedelta(days=200))
genres = Attribute.objects.filter(kind='genres')[:6]
for n, genre in enumerate(genres):
    item = Item.objects.create(key=f'new-{n}', title=f'A New Book, Volume {n}', year=2026)
    ItemAttribute.objects.create(item=item, attribute=genre)
print(keeping.keep(now=timezone.now(), quota=3))
"""
COUNT = """
from recommendations import tasks
from recommendations.models import ItemChance
tasks.count_impressions()
print(sum(ItemChance.objects.values_list('seen', flat=True)))
"""
WHY_NOT = """
from catalog.models import Person
from recommendations.models import Experiment, ItemChance, ModelRun, Placement, Rule
print('ledger', list(ItemChance.objects.values_list('item__key', 'state', 'seen')))
print('rules', list(Rule.objects.values()), 'experiments', list(Experiment.objects.values()))
print('placement', list(Placement.objects.filter(pk='for-you').values()))
print('model', list(ModelRun.objects.values_list('pk', 'status', 'chosen')))
person = Person.objects.filter(user=None).latest('pk')
print('reader', person.ratings.count(), person.is_counted)
"""
FORGET = """
from django.utils import timezone
from catalog.models import Item
Item.objects.filter(key__startswith='new-').delete()
Item.objects.update(added_at=timezone.now())
"""


@pytest.fixture(autouse=True)
def _new_items(site: Site) -> Iterator[None]:
    site.ask(ADD)
    yield
    site.ask(FORGET)


def test_a_new_item_says_so_counts_when_seen_and_is_in_the_ledger(
    visit: Callable[..., Page], site: Site
) -> None:
    reader = visit(viewport=SCREENS["laptop"], reduced_motion="reduce")
    for title in ("Emma", "Walden", "Middlemarch"):
        find(reader, title)
        rate(reader, 5)
    card = reader.locator(".card", has_text=SAYS_SO)

    def shows_one() -> bool:
        reader.goto("/for-you/")
        return card.count() > 0

    def open_list() -> None:
        """Each process of the site learns within a minute which items are new."""
        try:
            wait_until(shows_one, seconds=120, what="a new item on the page")
        except TimeoutError as error:
            cards = reader.locator(".card").all_inner_texts()
            raise AssertionError(f"{error}: {site.ask(WHY_NOT)} {cards}") from error
        card.first.scroll_into_view_if_needed()

    open_list()
    expect(card.first).to_contain_text("A New Book")

    def is_counted() -> bool:
        reader.wait_for_timeout(1500)
        reader.goto("/")  # leaving a page tells what was seen of it
        open_list()
        return int(site.ask(COUNT)) > 0

    wait_until(is_counted, seconds=120, what="an impression of a new item")
    for screen, size in SCREENS.items():
        reader.set_viewport_size(size)  # type: ignore[arg-type]
        open_list()
        look(reader, "for-you-new", screen)
        keeper = visit("/admin/", viewport=size, reduced_motion="reduce")
        sign_in_as_keeper(keeper)
        keeper.goto("/admin/recommendations/new-items/")
        expect(keeper.get_by_role("heading", name="New items get their chance")).to_be_visible()
        expect(keeper.get_by_role("link", name="A New Book").first).to_be_visible()
        look(keeper, "new-items", screen)
