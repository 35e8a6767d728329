"""Addresses are those that Django would give, and cards are safe."""

import pytest
from django.template import Context, Template
from django.urls import reverse, set_script_prefix

from catalog import covers
from catalog.addresses import cover_address, item_address
from catalog.models import Item
from catalog.templatetags.catalog_tags import card


@pytest.fixture(params=["/", "/shop/", "/50%/"])
def prefix(request):
    set_script_prefix(request.param)
    yield request.param
    set_script_prefix("/")


@pytest.mark.usefixtures("prefix")
@pytest.mark.parametrize("pk", [0, 7, 1000000007])
def test_addresses_are_those_of_the_url_configuration(pk):
    assert item_address(pk) == reverse("catalog:item", args=[pk])
    assert cover_address(pk, "ab-12") == reverse("catalog:cover", args=[pk, "ab-12"])


def test_a_card_shows_an_item_and_why_it_is_there():
    item = Item(pk=3, key="emma", title="Emma", creator_line="Jane Austen", year=1815)
    html = card(item, "because you rated Persuasion 5")
    assert 'href="/items/3/"' in html
    assert covers.drawn_address(item) in html
    assert 'Jane Austen<span aria-hidden="true">&nbsp;·</span> ' in html
    assert '<span class="card-year">1815</span>' in html
    assert '<p class="card-reason">because you rated Persuasion 5</p>' in html
    assert "card-reason" not in card(item)


def test_a_card_escapes_what_people_wrote():
    item = Item(
        pk=3,
        key="k",
        title="<b>&</b>",
        creator_line='"><script>',
        cover_url='https://a.example/"onload="x',
    )
    template = Template("{% load catalog_tags %}{% card item reason %}")
    html = template.render(Context({"item": item, "reason": "<i>why</i>"}))
    for said in ("<b>", "<script>", '"onload', "<i>"):
        assert said not in html
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in html
    assert "&lt;i&gt;why&lt;/i&gt;" in html
