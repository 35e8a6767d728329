"""A reader brings a Goodreads library: looks at it, corrects a row, takes it in, and undoes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.catalog.arriving.archives import GOODREADS
from tests.e2e.test_looks import SCREENS, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ONE_MORE = (
    '3,"A Book That Nobody Has",No One,"One, No",,"=""""","=""""",2,3.5,Penguin,Paperback,720,2003,'
    "1851,2023/01/02,2023/01/02,read,,read,,,,1,0\n"
)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_library_is_brought_corrected_and_undone(
    visit: Callable[..., Page], tmp_path: Path, screen: str
) -> None:
    file = tmp_path / "goodreads.csv"
    file.write_text(GOODREADS + ONE_MORE)
    page = visit("/my/imports/", viewport=SCREENS[screen], reduced_motion="reduce")
    look(page, "import", screen)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Look at it").press("Enter")
    expect(page.get_by_text("3 rows of Goodreads")).to_be_visible()
    look(page, "import-preview", screen)

    page.get_by_role("link", name=re.compile("Find it for A Book")).press("Enter")
    page.get_by_label("Search the catalogue").fill("moby")
    page.get_by_role("button", name="Search", exact=True).last.press("Enter")
    expect(page.get_by_role("main").get_by_text("Moby-Dick").first).to_be_visible()
    look(page, "import-choose", screen)
    page.get_by_role("button", name="Leave it out").press("Enter")

    page.get_by_role("button", name=re.compile("Take in")).press("Enter")
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible()
    page.goto("/my/ratings/")
    expect(page.get_by_role("link", name=re.compile("Emma")).first).to_be_visible()
    page.go_back()
    look(page, "import-done", screen)
    page.get_by_role("button", name="Undo this import").press("Enter")
    expect(page.get_by_text("all is as before")).to_be_visible()
    page.goto("/my/ratings/")
    expect(page.get_by_text("You have rated nothing yet")).to_be_visible()
