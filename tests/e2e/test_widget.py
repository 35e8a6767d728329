"""The widget on a page of another origin, in a real browser: shown, by keyboard, nothing kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width">{style}</head>
<body><main><h1>A shop</h1><p>Words of the shop.</p><div id="place"></div>
<script src="{site}/widget.js" {data} async></script></main></body></html>"""
STRICT = (
    "default-src 'none'; script-src {site}; connect-src {site}; img-src {site}; "
    "require-trusted-types-for 'script'; base-uri 'none'"
)


@dataclass
class Shop:
    """Another site, with one page."""

    port: int = 0
    data: str = ""
    policy: str = ""
    style: str = ""
    site: str = ""
    cookies: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture
def shop(site: Site) -> Iterator[Shop]:
    shop = Shop(site=site.address)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = PAGE.format(site=shop.site, data=shop.data, style=shop.style)
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if shop.policy:
                self.send_header("Content-Security-Policy", shop.policy.format(site=shop.site))
            self.end_headers()
            if self.path == "/":
                self.wfile.write(page.encode())

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    allow = "from recommendations.models import WidgetOrigin; WidgetOrigin.objects"
    site.ask(f"{allow}.create(origin={shop.address!r})")
    yield shop
    site.ask(f"{allow}.all().delete()")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_shop(browser: Browser, shop: Shop) -> Iterator[Callable[..., Page]]:
    contexts = []

    def opened(**options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.add_init_script(
            "window.told = []; for (const what of ['shown', 'opened']) addEventListener("
            "`catalogue:${what}`, (event) => told.push([what, event.detail]))"
        )
        page.goto(shop.address)
        return page

    yield opened
    for context in contexts:
        context.close()


def cards(page: Page) -> object:
    return page.locator("section li a")


def test_a_script_tag_shows_a_list_under_a_strict_policy(
    shop: Shop, open_shop: Callable[..., Page]
) -> None:
    shop.policy, shop.data = STRICT, 'data-surface="popular" data-limit="6"'
    page = open_shop()
    expect(page.get_by_role("heading", name="Popular here")).to_be_visible()
    expect(cards(page)).to_have_count(6)
    row = page.locator("section ul")
    assert row.evaluate("row => getComputedStyle(row).display") == "flex"
    first = cards(page).first
    assert first.get_attribute("href").startswith(f"{shop.site}/items/")
    expect(first.locator("img")).to_have_js_property("complete", True)
    assert first.locator("img").evaluate("image => image.naturalWidth") > 0
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_an_origin_that_is_not_allowed_gets_nothing(
    site: Site, shop: Shop, open_shop: Callable[..., Page]
) -> None:
    site.ask("from recommendations.models import WidgetOrigin; WidgetOrigin.objects.all().delete()")
    shop.data = 'data-surface="popular"'
    page = open_shop()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading")).to_have_count(1)
    assert "Emma" not in page.content()


def test_the_page_names_the_place_the_title_and_the_items(
    site: Site, shop: Shop, open_shop: Callable[..., Page]
) -> None:
    keys = site.ask(
        "from catalog.models import Item; print(','.join("
        "Item.objects.filter(title__in=['Emma', 'Persuasion']).values_list('key', flat=True)))"
    )
    shop.data = f'data-items="{keys}" data-target="#place" data-title="More of this" data-limit="4"'
    page = open_shop()
    expect(page.locator("#place section h2")).to_have_text("More of this")
    expect(cards(page)).to_have_count(4)
    assert "Emma" not in page.locator("#place section li b").all_text_contents()


def test_styles_of_the_page_stay_outside(shop: Shop, open_shop: Callable[..., Page]) -> None:
    shop.data = 'data-surface="new"'
    shop.style = "<style>a, b, li { color: red; font-size: 40px; display: inline }</style>"
    page = open_shop()
    words = cards(page).first.locator("b")
    expect(words).to_be_visible()
    assert words.evaluate("b => parseFloat(getComputedStyle(b).fontSize)") < 20


def test_it_is_used_by_keyboard_and_tells_the_page_what_was_seen(
    shop: Shop, open_shop: Callable[..., Page]
) -> None:
    shop.data = 'data-surface="popular" data-limit="3"'
    page = open_shop(viewport={"width": 1280, "height": 900})
    expect(cards(page)).to_have_count(3)
    page.keyboard.press("Tab")
    focused = "document.querySelector('main > div:not(#place)').shadowRoot.activeElement"
    assert page.evaluate(f"{focused}.href") == cards(page).first.get_attribute("href")
    page.wait_for_function("told.length === 3")
    told = page.evaluate("told")
    assert sorted(detail["position"] for _what, detail in told) == [0, 1, 2]
    assert set(told[0][1]) == {"surface", "key", "position", "token"}
    page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    page.keyboard.press("Enter")
    assert page.evaluate("told.at(-1)[0]") == "opened"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.href") == f"{shop.site}/"


@pytest.mark.parametrize("screen", SCREENS)
def test_it_fits_is_readable_and_has_names_for_everything(
    shop: Shop, open_shop: Callable[..., Page], screen: str
) -> None:
    shop.data = 'data-surface="popular"'
    shop.style = "<style>:root { color-scheme: light dark; background: Canvas }</style>"
    page = open_shop(viewport=SCREENS[screen])
    expect(cards(page).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    look(page, "widget", screen)
