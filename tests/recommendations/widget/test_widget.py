"""The widget's list: for whose pages, of what, and that it knows nobody."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Person
from catalog.services import recount
from recommendations.models import Impression, WidgetOrigin
from recommendations.widget_origins import as_origin
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
POPULAR = "/api/v1/widget/popular/"
SHOP = "https://shop.example"


def allowed(answer):
    return answer.headers.get("Access-Control-Allow-Origin")


@pytest.fixture
def world():
    items, _people = checkerboard()
    recount()
    return items


def test_an_origin_that_staff_added_may_read_it(client, world):
    WidgetOrigin.objects.create(origin=SHOP)
    answer = client.get(POPULAR, headers={"Origin": SHOP})
    assert answer.status_code == 200
    assert allowed(answer) == SHOP
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer["Vary"]
    assert "public" in answer["Cache-Control"]


def test_an_origin_of_the_setting_may_read_it(client, world, settings):
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    assert allowed(client.get(POPULAR, headers={"Origin": SHOP})) == SHOP


@pytest.mark.parametrize(
    "origin", ["https://other.example", "http://shop.example", "https://shop.example.org", "null"]
)
def test_any_other_origin_gets_nothing(client, world, origin):
    WidgetOrigin.objects.create(origin=SHOP)
    answer = client.get(POPULAR, headers={"Origin": origin})
    assert answer.status_code == 403
    assert allowed(answer) is None
    assert b"results" not in answer.content


@pytest.mark.parametrize("address", ["/api/v1/items/", "/api/v1/recommendations/for-you/", "/"])
def test_no_other_address_may_be_read_by_an_allowed_origin(client, world, settings, address):
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    WidgetOrigin.objects.create(origin="https://other.example")
    for origin in (SHOP, "https://other.example"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        answer = client.get(address, headers={"Origin": origin})
        assert allowed(answer) is None
        assert allowed(client.options(address, headers=asked)) is None


def test_it_knows_nobody_and_keeps_nothing(client, world):
    client.post(f"/items/{world[0].pk}/rate/", {"stars": 5})  # a visitor with a session
    people = Person.objects.count()
    answer = client.get(POPULAR, headers={"Cookie": "sessionid=whatever"})
    assert answer.cookies == {}
    assert "Cookie" not in answer["Vary"]
    assert Person.objects.count() == people
    assert not Impression.objects.exists()


def test_a_card_has_what_a_card_needs_and_no_more(client, world):
    found = client.get(POPULAR, {"limit": 3}).json()
    assert found["title"] == "Popular here"
    assert found["direction"] == "ltr"
    assert len(found["results"]) == 3
    card = found["results"][0]
    assert set(card) == {"key", "title", "year", "creators", "url", "cover", "reason"}
    assert card["url"].startswith("http://testserver/items/")
    assert card["cover"].startswith("http://testserver/")


def test_what_is_like_an_item_is_asked_for_by_its_key(client, world):
    published("markov")
    item = world[0]
    found = client.get("/api/v1/widget/similar/", {"item": item.key}).json()["results"]
    assert found
    assert item.key not in [card["key"] for card in found]
    assert client.get("/api/v1/widget/similar/", {"item": "no-such"}).status_code == 404
    refused = client.get("/api/v1/widget/similar/")
    assert refused.status_code == 400
    assert "by its key" in refused.content.decode()


def test_what_goes_with_the_items_of_the_page(client, world):
    published("markov")
    keys = [world[0].key, world[2].key]
    found = client.get("/api/v1/widget/for-items/", {"items": ",".join(keys), "limit": 2}).json()
    even = {item.key for item in world[4::2]}
    assert len(found["results"]) == 2
    assert {card["key"] for card in found["results"]} <= even
    assert client.get("/api/v1/widget/for-items/").status_code == 400
    many = ",".join(f"k{number}" for number in range(500))
    assert client.get("/api/v1/widget/for-items/", {"items": many}).status_code == 400


@pytest.mark.parametrize("name", ["for-you", "because-you-liked", "carry-on", "no-such"])
def test_lists_that_are_somebody_s_are_none_for_everybody(client, world, name):
    answer = client.get(f"/api/v1/widget/{name}/")
    assert answer.status_code == 404
    assert "popular" in answer.content.decode()


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 25}, {"limit": "x"}])
def test_what_makes_no_sense_is_refused_by_name(client, world, query):
    answer = client.get(POPULAR, query)
    assert answer.status_code == 400
    assert "limit" in answer.content.decode()


def test_the_script_is_small_and_for_any_page(client):
    answer = client.get("/widget.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert len(answer.content) < 5000
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = client.get("/widget.js", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_the_script_sets_no_html_and_keeps_nothing():
    path = Path(__file__).resolve().parents[3] / "recommendations" / "widget" / "widget.js"
    code = path.read_text()
    for word in ("innerHTML", "document.cookie", "localStorage", "sessionStorage", "eval("):
        assert word not in code


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("https://Shop.Example/", SHOP),
        (" https://shop.example:443", SHOP),
        ("http://localhost:8001", "http://localhost:8001"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_say_it(said, origin):
    made = WidgetOrigin(origin=said)
    made.full_clean()
    assert made.origin == origin


@pytest.mark.parametrize(
    "said",
    ["shop.example", "https://", "https://shop.example/page", "*", "https://*.example", "ftp://a.b"]
    + ["https://a:b@shop.example", "https://shop.example:port", "null", "javascript:alert(1)"],
)
def test_what_is_no_origin_is_refused(said):
    with pytest.raises(ValidationError, match="Give scheme and host"):
        as_origin(said)


def test_staff_add_an_origin_in_the_admin(admin_client):
    address = "/admin/recommendations/widgetorigin/add/"
    assert b"Give scheme and host" in admin_client.post(address, {"origin": "shop"}).content
    admin_client.post(address, {"origin": "https://shop.example/"})
    assert WidgetOrigin.objects.get().origin == SHOP
