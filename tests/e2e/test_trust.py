"""A keeper looks into the quarantine, releases somebody, and freezes a book."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
A_CASE = """
from datetime import timedelta
from django.utils import timezone
from catalog.models import Item, Person, User
from catalog.services import rate_item
from catalog.trust import acts
from catalog.trust.models import TrustCase
TrustCase.objects.all().delete()
user, _ = User.objects.get_or_create(username='hasty-newcomer')
person, _ = Person.objects.get_or_create(user=user)
emma = Item.objects.get(title='Emma')
for item in [emma, *Item.objects.exclude(pk=emma.pk)[:4]]:
    rate_item(person, item, stars=5)
wave = {'name': 'wave', 'item': emma.pk, 'count': 14, 'expected': 0.4, 'high': True, 'strength': 1}
pace = {'name': 'pace', 'count': 41, 'strength': 0.6}
case = TrustCase.objects.create(
    person=person, trust=0.21, signals=[wave, pace, {'name': 'new', 'strength': 1}]
)
acts.quarantine(case, by=None)
keeper = User.objects.get(username='keeper')
until = timezone.now() + timedelta(days=7)
freeze = acts.freeze(emma, until=until, by=keeper, why='Fourteen new accounts in one evening')
print(case.pk, freeze.pk, emma.pk)
"""


@pytest.mark.parametrize("screen", SCREENS)
def test_a_keeper_releases_somebody_and_lifts_a_freeze(
    visit: Callable[..., Page], site: Site, screen: str
) -> None:
    case, freeze, emma = site.ask(A_CASE).split()[-3:]
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    page.goto("/admin/catalog/trustcase/")
    look(page, "quarantine", screen)
    page.goto(f"/admin/catalog/trustcase/{case}/change/")
    expect(page.get_by_text("one of 14 new accounts")).to_be_visible()
    look(page, "trust-case", screen)
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Released: all of theirs counts again.")).to_be_visible()
    expect(page.get_by_role("button", name="Quarantine")).to_be_visible()
    page.goto(f"/items/{emma}/")
    expect(page.get_by_text("The ratings here are being looked at")).to_be_visible()
    look(page, "frozen-item", screen)
    page.goto("/admin/catalog/freeze/")
    look(page, "freezes", screen)
    page.goto(f"/admin/catalog/freeze/{freeze}/change/")
    look(page, "freeze", screen)
    page.get_by_role("button", name="Lift the freeze").click()
    expect(page.get_by_text("The freeze is lifted")).to_be_visible()
    page.goto("/admin/catalog/freeze/add/")
    look(page, "freeze-add", screen)
