"""What machines are shown of the site: true, of listed items only, the same for everybody."""

import io
import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.templatetags.static import static
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from catalog import services
from catalog.models import Item, Person
from catalog.outward import cards, structured, views

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
HOSTILE = "</script><script>alert(1)</script> & \u2028 <!-- \x07"


@pytest.fixture
def emma(db):
    return Item.objects.create(
        title="Emma", year=1815, creator_line="Jane Austen, A. Friend", genre_line="Romance, Humour"
    )


def structured_data(page):
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.content.decode())
    return json.loads(found[1]) if found else None


def meta(page, name):
    found = re.search(rf'<meta property="{name}" content="([^"]*)">', page.content.decode())
    return found and found[1]


def test_the_manifest_makes_the_site_installable(client):
    with override_settings(SITE_NAME="Night Films"):
        answer = client.get(reverse("catalog:manifest"))
    told = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert told["name"] == "Night Films"
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    assert "public" in answer["Cache-Control"]


def test_the_icons_are_there_in_the_sizes_that_the_manifest_says(client):
    from django.contrib.staticfiles import finders

    for icon in json.loads(client.get(reverse("catalog:manifest")).content)["icons"]:
        path = finders.find(icon["src"].removeprefix(static("")))
        with Image.open(path) as picture:
            assert icon["sizes"] == "{}x{}".format(*picture.size)


@override_settings(SITE_NAME="A & B <Books> of the whole world")
def test_browsers_learn_how_to_search(client):
    answer = client.get(reverse("catalog:opensearch"))
    root = ElementTree.fromstring(answer.content)
    space = root.tag.partition("}")[0] + "}"
    assert root.findtext(f"{space}ShortName") == "A & B <Books> of"
    template = root.find(f"{space}Url").attrib["template"]
    assert template == "http://testserver/browse/?q={searchTerms}"


def test_robots_keep_out_of_filters_and_of_what_is_personal(client):
    told = client.get("/robots.txt").content.decode()
    assert "Disallow: /browse/?\n" in told
    assert "Disallow: /my/\n" in told
    assert "Disallow: /admin/\n" in told
    assert "Sitemap: http://testserver/sitemap.xml" in told


def test_the_sitemap_lists_what_is_listed_and_nothing_else(client, emma, monkeypatch):
    monkeypatch.setattr("catalog.outward.sitemaps.Items.limit", 2)
    more = [Item.objects.create(title=title) for title in ("Persuasion", "Lady Susan")]
    gone = Item.objects.create(title="Gone", is_listed=False)
    index = ElementTree.fromstring(client.get("/sitemap.xml").content)
    found = set()
    for part in index.iter(f"{MAP}loc"):
        page = ElementTree.fromstring(
            client.get(part.text.removeprefix("http://testserver")).content
        )
        found |= {place.text for place in page.iter(f"{MAP}loc")}
    assert len(list(index.iter(f"{MAP}loc"))) == 3  # two files of items, one of pages
    for item in (emma, *more):
        assert f"http://testserver{item.get_absolute_url()}" in found
    assert f"http://testserver{gone.get_absolute_url()}" not in found


def test_the_sitemap_asks_little_of_the_database(client, django_assert_max_num_queries, emma):
    for number in range(30):
        Item.objects.create(title=f"Item {number}")
    with django_assert_max_num_queries(3):
        client.get("/sitemap-items.xml")
    with django_assert_max_num_queries(2):
        client.get("/sitemap.xml")


@pytest.mark.parametrize("name", ["new_items_rss", "new_items_atom"])
def test_feeds_show_the_newest_listed_items_first(client, emma, name, django_assert_num_queries):
    later = timezone.now() + timedelta(hours=1)
    Item.objects.create(title="Persuasion \x07", added_at=later)
    Item.objects.create(title="Gone", is_listed=False)
    with django_assert_num_queries(1):
        told = client.get(reverse(f"catalog:{name}")).content
    root = ElementTree.fromstring(told)
    places = root.iter(f"{ATOM}entry") if name.endswith("atom") else root.iter("item")
    titles = [place.findtext(f"{ATOM}title") or place.findtext("title") for place in places]
    assert titles == ["Persuasion", "Emma (1815)"]


def test_every_page_names_the_feed_the_manifest_and_the_search(client, emma):
    page = client.get("/browse/").content.decode()
    for name in ("manifest", "opensearch", "new_items_atom", "service_worker"):
        assert reverse(f"catalog:{name}") in page


def test_the_worker_keeps_the_offline_page_and_static_files_only(client):
    answer = client.get(reverse("catalog:service_worker"))
    kept = re.search(r"const KEPT = \[(.*?)\]", answer.content.decode())[1]
    addresses = [json.loads(f"{part}") for part in kept.rstrip(", ").split(", ")]
    assert answer["Content-Type"].startswith("text/javascript")
    assert addresses[0] == reverse("catalog:offline")
    assert all(address.startswith(static("catalog/")) for address in addresses[1:])


@pytest.mark.django_db
def test_the_offline_page_asks_no_database_and_knows_nobody(
    admin_client, django_assert_num_queries
):
    with django_assert_num_queries(0):
        page = admin_client.get(reverse("catalog:offline"))
    assert "You are offline" in page.content.decode()
    assert "admin" not in page.content.decode()
    assert "public" in page["Cache-Control"]


def test_an_item_is_told_in_schema_orgs_words(client, emma):
    told = structured_data(client.get(emma.get_absolute_url()))
    assert told["@type"] == "Book"
    assert told["name"] == "Emma"
    assert told["datePublished"] == "1815"
    assert [author["name"] for author in told["author"]] == ["Jane Austen", "A. Friend"]
    assert told["genre"] == ["Romance", "Humour"]
    assert told["url"] == f"http://testserver{emma.get_absolute_url()}"


def test_ratings_are_told_where_people_gave_some(client, emma):
    assert "aggregateRating" not in structured_data(client.get(emma.get_absolute_url()))
    services.rate_item(Person.objects.create(name="Ann"), emma, stars=4.5)
    told = structured_data(client.get(emma.get_absolute_url()))["aggregateRating"]
    assert (told["ratingValue"], told["ratingCount"]) == (4.5, 1)


def test_ratings_of_simulated_readers_are_not_told(client, emma):
    services.rate_item(Person.objects.create(name="Bot", is_simulated=True), emma, stars=5)
    assert "aggregateRating" not in structured_data(client.get(emma.get_absolute_url()))


@pytest.mark.parametrize(
    ("noun", "said", "kind", "maker"),
    [
        ("film", "", "Movie", "director"),
        ("sculpture", "", "CreativeWork", "author"),
        ("sculpture", "VisualArtwork", "VisualArtwork", "author"),
    ],
)
def test_the_type_follows_from_the_noun_or_is_said(client, emma, noun, said, kind, maker):
    with override_settings(ITEM_NOUN=noun, ITEM_SCHEMA_TYPE=said):
        told = structured_data(client.get(emma.get_absolute_url()))
    assert told["@type"] == kind
    assert maker in told


@pytest.mark.django_db
def test_no_text_ends_the_script_that_it_stands_in(client):
    item = Item.objects.create(title=HOSTILE, description=HOSTILE, creator_line=HOSTILE)
    page = client.get(item.get_absolute_url())
    assert "<script>alert" not in page.content.decode()
    assert structured_data(page)["name"] == HOSTILE
    assert structured_data(page)["description"] == HOSTILE


def test_the_home_page_tells_how_the_site_is_searched(client, emma):
    told = structured_data(client.get("/"))
    assert told["potentialAction"]["target"]["urlTemplate"].endswith(
        "/browse/?q={search_term_string}"
    )
    assert structured_data(client.get("/browse/")) is None


def test_a_shared_item_shows_its_card(client, emma):
    page = client.get(emma.get_absolute_url())
    assert meta(page, "og:title") == "Emma (1815)"
    answer = client.get(meta(page, "og:image").removeprefix("http://testserver"))
    assert answer["Content-Type"] == "image/png"
    assert "immutable" in answer["Cache-Control"]
    assert "Cookie" not in answer.get("Vary", "")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1200, 630)
        assert len(picture.convert("RGB").getcolors(1_000_000)) > 20


def test_a_card_changes_its_address_with_all_that_is_on_it(client, emma):
    old = views.card_address(emma)
    services.rate_item(Person.objects.create(name="Ann"), emma, stars=4.5)
    emma.refresh_from_db()
    assert client.get(old)["Location"] == views.card_address(emma) != old
    rated = cards.version_of(emma)
    emma.title = "Emma!"
    assert cards.version_of(emma) != rated


def test_a_withdrawn_item_has_no_card(client, emma):
    address = views.card_address(emma)
    Item.objects.update(is_listed=False)
    assert client.get(address).status_code == 404


def test_the_site_has_a_card_even_when_it_is_empty(client, db):
    answer = client.get(views.site_card_address())
    assert answer.content.startswith(b"\x89PNG")
    assert client.get(reverse("catalog:site_card", args=["old"])).status_code == 302


@pytest.mark.parametrize("title", ["紅樓夢", HOSTILE, "x" * 500, "Преступление", "🙂", ""])
def test_any_title_makes_a_card(title):
    item = Item(pk=1, key="k", title=title, creator_line=title, year=-458)
    assert cards.draw(item).startswith(b"\x89PNG")


def test_an_uploaded_picture_is_on_the_card_and_a_broken_one_is_not(settings, tmp_path, emma):
    settings.MEDIA_ROOT = tmp_path
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "#ff0000").save(out, "PNG")
    (tmp_path / "red.png").write_bytes(out.getvalue())
    (tmp_path / "broken.png").write_bytes(b"nothing")
    reds = {}
    for name in ("red.png", "broken.png", "missing.png"):
        emma.cover = name
        with Image.open(io.BytesIO(cards.draw(emma))) as picture:
            reds[name] = picture.convert("RGB").getpixel((247, 315)) == (255, 0, 0)
    assert reds == {"red.png": True, "broken.png": False, "missing.png": False}


def test_years_before_our_era_are_left_out_of_structured_data(rf):
    item = Item(pk=1, title="Iliad", year=-750)
    told = structured.of_item(item, rf.get("/"), image="", ratings_are_real=True)
    assert "datePublished" not in json.loads(told)
