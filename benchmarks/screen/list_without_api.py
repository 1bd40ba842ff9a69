"""A list of films while its API hangs, is killed, and is started again."""

import time

from playwright.sync_api import Locator, Page

from benchmarks.screen.browser import settle
from benchmarks.screen.measurements import Measurements
from benchmarks.screen.silent_api import NOTICE_S, SILENCE, family
from benchmarks.support.local_server import LocalServer

# What a stopped and started server may take to be noticed again.
BACK_S = 120.0


def measure(page: Page, server: LocalServer, measurements: Measurements, *, lines: int) -> None:
    """How long until the page says so, and until it is back; whether the list of so many lines is
    whole at that moment, and usable."""
    stopped = family(server)
    for each in stopped:
        each.suspend()
    try:
        _notice(page, "hangs", lines, measurements)
    finally:
        for each in reversed(stopped):
            each.resume()
    _back(page, "hung", measurements)
    for each in reversed(stopped):
        each.kill()
    assert server.process is not None
    server.process.wait()
    _notice(page, "was killed", lines, measurements)
    server.start()
    _back(page, "was killed", measurements)


def _notice(page: Page, what: str, lines: int, measurements: Measurements) -> None:
    rows = page.get_by_role("option")
    began = time.monotonic()
    rows.nth(1).click()
    _sentence(page).wait_for(timeout=60_000)
    took = time.monotonic() - began
    count = rows.count()
    measurements.note(f"API {what}: the page says so after, s", f"{took:.1f}", took <= NOTICE_S)
    measurements.note(f"API {what}: lines at that moment", count, count == lines)
    rows.nth(2).click()
    settle(page, lambda: rows.nth(2).get_attribute("aria-selected") == "true")
    opens = rows.nth(2).get_attribute("aria-selected") == "true"
    measurements.note(f"API {what}: a line opens", opens, opens)


def _back(page: Page, what: str, measurements: Measurements) -> None:
    began = time.monotonic()
    _sentence(page).wait_for(state="detached", timeout=BACK_S * 1000)
    measurements.note(f"back by itself after it {what}, s", f"{time.monotonic() - began:.1f}")


def _sentence(page: Page) -> Locator:
    """That the API is silent."""
    return page.get_by_test_id("stAlert").filter(has_text=SILENCE).first
