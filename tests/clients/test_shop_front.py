"""The shop front of the docs runs as it stands there, against the live site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.models import Item, Person, Rating, User
from recommendations.models import Impression
from tests.recommendations.worlds import published

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "shop-front.md"


pytestmark = pytest.mark.django_db(transaction=True)


def script(**numbers: int) -> str:
    """The code of the page; with other numbers, where some are given."""
    code = re.search(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)[1]
    if numbers:
        others = f"{', '.join(numbers)} = {', '.join(map(str, numbers.values()))}"
        code, changed = re.subn(r"^ITEMS, EVENTS, CUSTOMERS = .+$", others, code, flags=re.M)
        assert changed == 1
    return code


def run(code: str, live_server, tmp_path) -> str:
    from catalog.tokens.models import Service
    from tests.tokens import secret_of

    keeper, _made = User.objects.get_or_create(username="keeper", is_staff=True, is_superuser=True)
    service, _made = Service.objects.get_or_create(name="Shop")
    file = tmp_path / "shop.py"
    file.write_text(code)
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "clients" / "python" / "src"),
        "CATALOGUE_URL": live_server.url,
        "STAFF_TOKEN": secret_of(keeper),
        "SERVICE_TOKEN": secret_of(service, "read", "events", "profile"),
    }
    done = subprocess.run([sys.executable, file], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_has_less_than_forty_lines():
    assert len([line for line in script().splitlines() if line.strip()]) < 40


def test_a_shop_sends_asks_reports_and_deletes(live_server, tmp_path):
    """A tenth of the page's numbers, so that it takes seconds on SQLite."""
    told = run(script(ITEMS=1_000, EVENTS=10_000, CUSTOMERS=200), live_server, tmp_path)
    assert "1000 products" in told
    assert "0 events refused" in told
    assert "'ratings':" in told
    assert Item.objects.count() == 1_000
    assert Rating.objects.count() > 3_000
    assert Person.objects.count() == 199
    assert Impression.objects.filter(opened_at__isnull=False).count() == 99
    published("markov")
    code = script(ITEMS=1_000, EVENTS=0, CUSTOMERS=200).replace('person("c-0")', 'person("c-1")')
    again = run(code, live_server, tmp_path)
    assert "0 products" in again
    kinds = set(re.findall(r"'(Tea|Coffee|Cocoa|Juice) \d+'", again))
    assert kinds == {"Juice"}  # what the last customer likes best


@pytest.mark.slow
def test_it_takes_the_numbers_of_the_page(live_server, tmp_path):
    told = run(script(), live_server, tmp_path)
    assert "10000 products" in told
    assert "0 events refused" in told
