"""What a first visit costs a browser: bytes, largest paint and layout shift, in Chromium.

`benchmarks/pages.py` calls this with the address of a running site. Every visit is a new browser
context, so that nothing is cached, on the screen of a phone, with a CPU slowed four times.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
PHONE = {"width": 390, "height": 844}
SLOWED, VISITS = 4, 5
WATCH = """
window.seen = {paint: 0, shift: 0};
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) seen.paint = entry.startTime;
}).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@dataclass(frozen=True)
class Visit:
    """One first visit: ms until the largest paint, the layout shift, and KB over the wire."""

    paint: float
    shift: float
    kilobytes: float
    """Of everything but pictures."""
    pictures: float


def first_visits(home: str, paths: Mapping[str, str]) -> Iterator[str]:
    """Lines of a table: the median largest paint, the worst shift, and the bytes of each page."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        yield "no Chromium is installed: paints are not measured (Debian: apt-get install chromium)"
        return
    heading = f"first visit, CPU {SLOWED} times slower"
    yield f"{heading:<36}{'paint ms':>9}{'shift':>8}{'KB':>6}{'covers KB':>11}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for title, path in paths.items():
            visits = [visit(browser, home + path) for _ in range(VISITS)]
            paint = statistics.median(each.paint for each in visits)
            shift = max(each.shift for each in visits)
            size = max(each.kilobytes for each in visits)
            pictures = max(each.pictures for each in visits)
            yield f"{title:<36}{paint:>9.0f}{shift:>8.3f}{size:>6.0f}{pictures:>11.0f}"
        browser.close()


def visit(browser: Browser, address: str) -> Visit:
    context = browser.new_context(viewport=PHONE, device_scale_factor=2)
    page = context.new_page()
    sizes = _listen(page)
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    seen = page.evaluate("seen")
    context.close()
    pictures = sum(size for kind, size in sizes.values() if kind == "Image")
    rest = sum(size for kind, size in sizes.values() if kind != "Image")
    return Visit(seen["paint"], seen["shift"], rest / 1024, pictures / 1024)


def _listen(page: Page) -> dict[str, tuple[str, float]]:
    """What comes over the wire, by request: its kind and its bytes; and the CPU is slowed."""
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    tools.send("Network.enable")
    sizes: dict[str, tuple[str, float]] = {}

    def answered(event: dict) -> None:  # type: ignore[type-arg]
        sizes[event["requestId"]] = (event["type"], 0)

    def finished(event: dict) -> None:  # type: ignore[type-arg]
        kind, _ = sizes.get(event["requestId"], ("Other", 0))
        sizes[event["requestId"]] = (kind, event["encodedDataLength"])

    tools.on("Network.responseReceived", answered)
    tools.on("Network.loadingFinished", finished)
    return sizes
