"""While the API hangs, is gone or starts, a list and its film stay as a person left them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import (
    COMPLETE,
    IN_A_BROWSER,
    open_page,
    running_ui,
    upload,
    without_errors,
)
from tests.e2e.conftest import Server, running_server
from tests.support import images
from tests.support.ports import unused_port

pytestmark = IN_A_BROWSER

FILMS = 24
SCROLLED_PX = 180
SILENCE = re.compile("The API (does not answer|did not answer|cannot be reached)")
# What stands in the page is given a name that it loses where it is made anew, and the fewest lines
# of all frames are noted.
MARKED = """scrolled => {
  const rows = document.querySelector(".rt-rows");
  rows.scrollTop = scrolled;
  for (const part of [rows, rows.querySelector(".rt-row"), document.querySelector(".rv")])
    part.wasThere = true;
  globalThis.fewestLines = Infinity;
  const look = () => {
    const lines = document.querySelectorAll(".rt-row").length;
    globalThis.fewestLines = Math.min(globalThis.fewestLines, lines);
    requestAnimationFrame(look);
  };
  look();
}"""
FOUND = """() => {
  const rows = document.querySelector(".rt-rows");
  const parts = [rows, rows.querySelector(".rt-row"), document.querySelector(".rv")];
  return {
    same: parts.map((part) => Boolean(part.wasThere)),
    scrolled: rows.scrollTop,
    zoom: document.querySelector(".rv-zoom").textContent,
    opened: document.querySelector(".rv").dataset.opened,
    fewest: globalThis.fewestLines,
  };
}"""


@dataclass(frozen=True, slots=True)
class Left:
    """A page, as a person left it."""

    page: Page
    seen: object


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Server]:
    """At an address that it has again after a new start."""
    folder = tmp_path_factory.mktemp("away")
    with running_server(folder, compiled, port=unused_port(), workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def left(tab: Page, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """A list of films that is scrolled, with one of them enlarged."""
    with (
        running_ui(server.url, tmp_path_factory.mktemp("away_ui")) as ui,
        without_errors(tab) as page,
    ):
        open_page(page, ui, "Diagnose")
        page.get_by_text("Remember films in this browser tab").click()
        expect(page.get_by_test_id("stCheckbox").locator("input").first).to_be_checked()
        upload(
            page,
            [
                {"name": f"bed {n}.png", "mimeType": "image/png", "buffer": images.png(4000 + n)}
                for n in range(FILMS)
            ],
        )
        expect(page.get_by_role("option")).to_have_count(FILMS)
        expect(page.locator('.rs[data-store="films"]')).to_be_hidden()
        page.wait_for_function(COMPLETE)
        expect(page.locator(".rv[data-opened] .rv-film canvas").first).to_be_visible()
        page.get_by_role("button", name="1:1").click()
        page.get_by_role("button", name="Zoom in").click()
        expect(page.locator(".rv-zoom")).to_have_text("140 %")
        page.evaluate(MARKED, SCROLLED_PX)
        yield Left(page, page.evaluate(FOUND))


class TestListAndFilm:
    def test_they_are_the_same_while_the_api_hangs_and_once_it_answers_again(
        self, left: Left, server: Server
    ) -> None:
        with _hanging(server):
            _expect_notice(left.page)
            assert left.page.evaluate(FOUND) == left.seen
        _expect_back(left.page)

        assert left.page.evaluate(FOUND) == left.seen

    def test_they_are_the_same_while_it_is_gone_and_once_it_was_started_anew(
        self, left: Left, server: Server
    ) -> None:
        server.stop()
        _expect_notice(left.page)
        assert left.page.evaluate(FOUND) == left.seen
        server.start()
        _expect_back(left.page)

        assert left.page.evaluate(FOUND) == left.seen


@contextmanager
def _hanging(server: Server) -> Iterator[None]:
    """It still accepts connections, and answers nothing."""
    assert server.process is not None
    first = psutil.Process(server.process.pid)
    family = [first, *first.children(recursive=True)]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in reversed(family):
            each.resume()


def _expect_notice(page: Page) -> None:
    """First in a note, as nobody does anything; then by the page, which has something to do."""
    expect(_notice(page).first).to_be_visible()
    _select_or_not(page)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.wait_for_function(COMPLETE)
    _select_or_not(page)
    page.wait_for_function(COMPLETE)


def _select_or_not(page: Page) -> None:
    """The film that is open, by a key: a click would scroll the list to it."""
    page.locator(".rt-rows").press(" ")


def _expect_back(page: Page) -> None:
    expect(_notice(page)).to_have_count(0)
    for name in ("Try again", "Look again"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.wait_for_function(COMPLETE)


def _notice(page: Page) -> Locator:
    return page.get_by_test_id("stAlert").filter(has_text=SILENCE)
