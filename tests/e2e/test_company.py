"""A list for two, made in one browser and joined in another; and people of like taste."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import find, rate, sign_up
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OF_ONE_TASTE = """
from datetime import timedelta
from django.utils import timezone
from catalog.models import Item, Person, Rating, User
from catalog.services import recount
from recommendations.models import LikeTaste
LikeTaste.objects.all().delete()
then = timezone.now() - timedelta(days=60)
items = list(Item.objects.order_by('pk')[:46])
for n in range(13):
    name = f'company-{n}'
    user, _ = User.objects.get_or_create(username=name)
    person, _ = Person.objects.get_or_create(user=user)
    person.ratings.all().delete()
    Person.objects.filter(pk=person.pk).update(created_at=then)
    LikeTaste.objects.create(person=person, since=then)
    for at, item in enumerate(items[:30]):
        half = 9 if at % 2 == (n > 6) else 3
        Rating.objects.create(person=person, item=item, half_stars=half, rated_at=then)
    if 0 < n < 7:
        for item in items[30:]:
            Rating.objects.create(person=person, item=item, half_stars=9, rated_at=then)
recount(Item.objects.filter(pk__in=[item.pk for item in items]))
user = User.objects.get(username=f'company-0')
user.set_password('{password}')
user.save()
print(items[30].pk)
"""


def rated_some(page: Page, *titles: str) -> None:
    for title in titles:
        find(page, title)
        rate(page, 5)


@pytest.mark.parametrize("screen", SCREENS)
def test_two_people_make_a_group_and_get_one_list(visit: Callable[..., Page], screen: str) -> None:
    shape = {"viewport": SCREENS[screen], "reduced_motion": "reduce"}
    ada, bo = visit(**shape), visit(**shape)
    sign_up(ada, f"ada-of-us-{screen}")
    sign_up(bo, f"bo-of-us-{screen}")
    rated_some(ada, "Emma", "Persuasion")
    rated_some(bo, "Dracula")
    ada.goto("/for-us/")
    look(ada, "for-us-empty", screen)
    ada.get_by_label("Name of a new group").fill("Reading club")
    ada.get_by_role("button", name="Make a group").click()
    expect(ada.get_by_text("needs at least two")).to_be_visible()
    ada.get_by_role("button", name="Make a link to pass on").click()
    link = ada.get_by_label("Link to pass on").input_value()
    bo.goto(link)
    expect(bo.get_by_text("You can leave at any time")).to_be_visible()
    look(bo, "for-us-join", screen)
    bo.get_by_label("Leave out what I would give less than").select_option("6")
    bo.get_by_role("button", name="Join").click()
    expect(bo.get_by_text("You are in.")).to_be_visible()
    expect(bo.locator(".company-shown .card").first).to_be_visible()
    ada.reload()
    said = rf"ada-of-us-{screen} .*, bo-of-us-{screen} .*; (for )?nobody below"
    expect(ada.locator(".company-shown .card-reason").first).to_have_text(re.compile(said))
    titles = ada.locator(".company-shown .card-title").all_inner_texts()
    assert len(titles) >= 12
    assert {"Emma", "Persuasion", "Dracula"}.isdisjoint(titles)
    assert bo.locator(".company-shown .card-title").all_inner_texts() == titles
    ada.get_by_label("Invite by user name").fill("somebody-unknown")
    ada.get_by_role("button", name="Invite", exact=True).click()
    expect(ada.get_by_text("invited", exact=True)).to_be_visible()
    look(ada, "for-us-group", screen)
    bo.get_by_role("button", name="Leave this group").click()
    expect(bo.get_by_text("You left Reading club.")).to_be_visible()
    ada.reload()
    expect(ada.get_by_text("needs at least two")).to_be_visible()
    ada.goto("/for-us/")
    look(ada, "for-us", screen)


def test_a_group_works_without_scripts(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    sign_up(page, "ada-plain-of-us")
    page.goto("/for-us/")
    page.get_by_label("Name of a new group").fill("Plain")
    page.get_by_role("button", name="Make a group").click()
    page.get_by_label("Leave out what I would give less than").select_option("8")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_label("Leave out what I would give less than")).to_have_value("8")
    page.get_by_role("button", name="Leave this group").click()
    expect(page.get_by_text("You are in no group yet")).to_be_visible()


def test_people_of_like_taste_are_told_of_and_left(visit: Callable[..., Page], site: Site) -> None:
    """Once, on both screens: a process reads the ratings of those who agreed once a day."""
    password = "a-long-password-for-like-taste"
    item = site.ask(OF_ONE_TASTE.replace("{password}", password)).split()[-1]
    page = visit("/account/login/", reduced_motion="reduce")
    page.locator("input[name=login]").fill("company-0")
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(re.compile(r"^https?://[^/]+/$"))
    for screen, size in SCREENS.items():
        page.set_viewport_size(size)
        page.goto(f"/items/{item}/")
        told = page.get_by_text("At least 5 people of your taste rated this 4½ or more on average.")
        expect(told).to_be_visible()
        look(page, "like-taste-item", screen)
        page.locator(".like-taste-line a").click()
        expect(page.locator(".grid .card").first).to_contain_text("4½ or more, from 5 or more")
        look(page, "like-taste", screen)
        page.goto("/my/privacy/")
        look(page, "like-taste-privacy", screen)
    page.get_by_role("button", name="Count me no more").click()
    expect(page.get_by_text("You are counted no more.")).to_be_visible()
    page.goto(f"/items/{item}/")
    expect(page.locator(".like-taste-line")).to_have_count(0)
