"""A keeper writes an experiment, starts it, and reads what came of it; a reader is in an arm."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_journeys import rate, sign_in_as_keeper
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FORGET = "from recommendations.models import Experiment; Experiment.objects.all().delete()"
A_MONTH = """
from datetime import timedelta
import numpy as np
from django.utils import timezone
from recommendations.experimenting import running
from recommendations.models import Arm, ArmDay, Experiment
now = timezone.now() - timedelta(days=20)
experiment = Experiment.objects.create(name='More variety', why='People open more.')
for place, changes in enumerate(({}, {'diversity': 0.3}, {'diversity': 0.8})):
    Arm.objects.create(experiment=experiment, place=place, changes=changes)
running.start(experiment, by=None, now=now)
running.ramp(experiment, share=50, by=None)
rng = np.random.default_rng(4)
for arm, mean in zip(experiment.arms.order_by('place'), (1.0, 1.35, 0.95)):
    for day in range(16):
        y = rng.poisson(mean, 30)
        sums = [int(y.sum()), int((y * y).sum()), 360, 4320, int(12 * y.sum())]
        ArmDay.objects.create(arm=arm, day=(now + timedelta(days=day)).date(), people=30,
            guarded=30, sums={'opened': sums})
running.stop_arm(experiment.arms.get(place=2), 'People see less: 8.1 items in their first day, '
    '12.0 in the first arm.')
print(experiment.pk)
"""
AN_EXPERIMENT = """
from recommendations.experimenting import running
from recommendations.models import Arm, Experiment
experiment = Experiment.objects.create(name='Both at once', design='interleaved')
for place, changes in enumerate(({}, {'diversity': 0.8})):
    Arm.objects.create(experiment=experiment, place=place, changes=changes)
running.start(experiment, by=None, share=100)
"""
ARMS = """
from recommendations.models import Impression
print(Impression.objects.filter(surface='for-you', arm__gt=0).values('arm').distinct().count())
"""


@pytest.fixture(autouse=True)
def _no_experiments_left(site: Site) -> Iterator[None]:
    yield
    site.ask(FORGET)


@pytest.mark.parametrize("screen", SCREENS)
def test_an_experiment_is_written_started_and_stopped(
    visit: Callable[..., Page], site: Site, screen: str
) -> None:
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    page.goto("/admin/recommendations/experiment/add/")
    page.locator("[name=name]").fill("More variety")
    page.locator("[name=why]").fill("People open more where items differ.")
    page.locator("[name=arms-1-name]").fill("Varied")
    page.locator("[name=arms-1-changes]").fill('{"diversity": 0.4}')
    look(page, "experiment-new", screen)
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("button", name="Start on 1 % of people").click()
    expect(page.get_by_role("heading", name="It runs on 1 % of people")).to_be_visible()
    page.get_by_role("button", name="On to 5 % of people").click()
    expect(page.get_by_role("heading", name="It runs on 5 % of people")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="Over since")).to_be_visible()
    page.goto("/admin/recommendations/experiment/")
    look(page, "experiments", screen)


@pytest.mark.parametrize("screen", SCREENS)
def test_what_came_of_it_is_drawn(visit: Callable[..., Page], site: Site, screen: str) -> None:
    experiment = site.ask(A_MONTH).split()[-1]
    page = visit("/admin/", viewport=SCREENS[screen], reduced_motion="reduce")
    sign_in_as_keeper(page)
    page.goto(f"/admin/recommendations/experiment/{experiment}/change/")
    expect(page.get_by_text("Arm B is better than the first.")).to_be_visible()
    expect(page.get_by_text("People see less").first).to_be_visible()
    look(page, "experiment", screen)


def test_what_a_reader_sees_is_recorded_with_the_arms(
    visit: Callable[..., Page], site: Site
) -> None:
    site.ask(AN_EXPERIMENT)
    page = visit("/browse/")
    for number in (0, 1, 2):
        page.goto("/browse/")
        page.locator(".card-link").nth(number).click()
        page.wait_for_load_state()  # before that nothing listens
        rate(page, 5)
    page.goto("/")
    expect(page.locator("#panel-for-you")).to_be_visible()
    end = time.monotonic() + 20
    while site.ask(ARMS).split()[-1] != "2":
        assert time.monotonic() < end, "no list was recorded with its arms"
        page.locator("#panel-for-you").scroll_into_view_if_needed()
        page.wait_for_timeout(500)
