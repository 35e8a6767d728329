"""A drawn cover is the same on every visit, holds any title, and changes its address with it."""

from xml.etree import ElementTree

import pytest
from django.urls import reverse

from catalog import covers
from catalog.cover_art import COMPOSITIONS
from catalog.cover_scenes import SCENES
from catalog.lettering import Style, fit, set_line, width_of
from catalog.models import Item

LONG = "The Life and Strange Surprizing Adventures of Robinson Crusoe, of York, Mariner " * 5
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Q&A: ]]> <!-- & --",
    "Bell\x07 and\x0b tab\x1f",
    "紅樓夢",
    "ألف ليلة وليلة",
    "Преступление и наказание",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    LONG,
    " ",
    "🙂",
]


def item(title="Emma", **fields):
    return Item(key=fields.pop("key", "emma"), title=title, **fields)


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("number", range(48))
def test_any_title_and_creator_give_well_formed_xml(title, number):
    drawn = covers.draw(item(title, key=f"k{number}", creator_line=title, year=-458))
    root = ElementTree.fromstring(drawn)
    assert root.tag.endswith("svg")
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {
        "svg", "title", "path", "circle", "text", "defs", "linearGradient", "stop",
    }  # fmt: skip


def test_the_same_item_has_the_same_cover_and_others_have_others():
    keys = [f"key-{number}" for number in range(40)]
    drawn = {covers.draw(item(key=key)) for key in keys}
    assert covers.draw(item(key="key-1")) == covers.draw(item(key="key-1"))
    assert len(drawn) == 40


def test_every_composition_is_on_some_cover():
    drawn = {covers._look(item(key=f"key-{number}"))[0] for number in range(400)}
    assert drawn == {*COMPOSITIONS, *SCENES}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Emma!"},
        {"year": 1816},
        {"creator_line": "J. Austen"},
        {"genre_line": "Comedy"},
    ],
)
def test_the_version_changes_with_everything_drawn(change):
    before = {"title": "Emma", "year": 1815, "creator_line": "Jane Austen", "genre_line": "Romance"}
    assert covers.version_of(item(**before)) == covers.version_of(item(**before))
    assert covers.version_of(item(**before)) != covers.version_of(item(**before | change))


def test_no_line_of_a_title_is_wider_than_its_box():
    style = Style("serif", 40, "#000")
    for title in (LONG, "War and Peace", HOSTILE[7]):
        block = fit(title, style, width=196, height=120, most_lines=5, leading=1.1)
        sized = Style("serif", block.size, "#000")
        assert len(block.lines) <= 5
        assert all(width_of(line, sized) <= 196 for line in block.lines)


def test_short_titles_keep_all_their_words():
    style = Style("serif", 40, "#000")
    block = fit("A Tale of Two Cities", style, width=196, height=120, most_lines=5, leading=1.1)
    assert " ".join(block.lines) == "A Tale of Two Cities"


def test_letters_are_kerned():
    style = Style("sans", 100, "#000")
    assert width_of("AV", style) < width_of("A", style) + width_of("V", style)


def test_a_script_without_outlines_is_set_as_escaped_text():
    line = set_line("<紅>", Style("serif", 30, "#000"), x=0, y=0)
    assert line.startswith("<text")
    assert "&lt;紅&gt;" in line


@pytest.mark.django_db
def test_a_cover_is_kept_for_ever_under_its_version(client):
    emma = Item.objects.create(title="Emma")
    response = client.get(covers.drawn_address(emma))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert "immutable" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.django_db
def test_an_old_version_leads_to_the_present_cover(client):
    emma = Item.objects.create(title="Emma")
    old = covers.drawn_address(emma)
    Item.objects.filter(pk=emma.pk).update(title="Emma, revised")
    response = client.get(old)
    assert response.status_code == 302
    assert "immutable" not in response.get("Cache-Control", "")
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.django_db
def test_a_withdrawn_item_shows_no_cover(client):
    gone = Item.objects.create(title="Gone", is_listed=False)
    assert client.get(covers.drawn_address(gone)).status_code == 404
    assert client.get(reverse("catalog:cover", args=[999, "abc"])).status_code == 404
