"""The UI as its command starts it, and what people do there: open a page, choose, send a file."""

import io
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import (
    ConsoleMessage,
    Error,
    FilePayload,
    Locator,
    Page,
    expect,
)
from playwright.sync_api import TimeoutError as NotInTime

from benchmarks.screen.browser import CHROMIUM
from tests.support.ports import unused_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
WAIT_LIMIT_MS = 90_000
OPENS_WITHIN_MS = 5_000
SHOWN_WITHIN_MS = 15_000
FADES_WITHIN_MS = 1_000
# Of a file that opens pages; without Chromium it is skipped, unless one is required.
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("ROENTGEN_REQUIRE_BROWSER"),
        reason="there is no Chromium on this machine; install chromium",
    ),
]
# With this setting pictures of pages are written for the documents; without it pages are compared
# with these, in grey and so small that a word more or another figure does not count.
WRITTEN_TO = os.environ.get("ROENTGEN_SCREENSHOTS")
OF_DOCUMENTS = ROOT / "docs/screenshots"
SMALL_PX = (64, 64)
# Of the width, on the usual screen.
SIDEBAR = 264 / 1280
# How far the page is from the document's picture, as a share of how far an empty one is.
MAX_DIFFERENCE = 0.2
MAX_PICTURE_BYTES = 200_000
# Share of the pixels a side, and colours, until a picture is small enough.
SMALLER = ((1.0, 256), (0.8, 256), (0.8, 128), (0.65, 128))
MAX_LOOKS = 60
# How often an open field is opened again, and how long a page may take to be drawn anew, as after
# a change of colours.
MAX_TRIES = 10
DRAWN_WITHIN_S = 60
# Whether the page's script has come to its end, nothing is about to be replaced, and the pictures
# in view are here.
COMPLETE = """() =>
  document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning" &&
  !document.querySelector("[data-stale=true]") &&
  [...document.images].every((image) =>
    image.complete || image.getBoundingClientRect().top > innerHeight)"""
EMPTY = "about:blank"
# Streamlit looks for itself in vain below a page's own address, and forgets the pictures of a page
# that is drawn anew or left while they are on their way.
PASSED_OVER = ("/_stcore/", "/media/")


@contextmanager
def running_ui(api_url: str, folder: Path) -> Iterator[str]:
    """The UI as its command starts it; yields its address."""
    port = unused_port()
    options = ["--server.port", str(port), "--server.headless", "true"]
    with (folder / "ui.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app/app.py", *options],
            cwd=ROOT,
            env=os.environ | {"ROENTGEN_API_URL": api_url},
            stdout=log,
            stderr=log,
        )
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(address), "the UI answered", wait_limit_s=300)
        yield address
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def without_errors(tab: Page) -> Iterator[Page]:
    """A tab as if it were new, of 1280 x 900 in light; its console must stay free of errors. What
    it remembers, and the page that it shows, are gone afterwards."""
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.emulate_media(color_scheme="light")
    tab.set_default_timeout(WAIT_LIMIT_MS)
    expect.set_options(timeout=WAIT_LIMIT_MS)
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        place = str(message.location.get("url"))
        if message.type == "error" and not any(part in place for part in PASSED_OVER):
            errors.append(f"{message.text} {place}")

    def catch(error: Error) -> None:
        errors.append(str(error))

    tab.on("console", listen)
    tab.on("pageerror", catch)
    yield tab
    # Pictures of a page that is left while they are on their way are missed, in the console.
    tab.remove_listener("console", listen)
    tab.remove_listener("pageerror", catch)
    if tab.url != EMPTY:
        tab.evaluate("sessionStorage.clear()")
        tab.goto(EMPTY)
    assert not errors, "\n".join(errors)


def open_page(page: Page, ui: str, name: str) -> None:
    """Go to a page as people do, from the first one."""
    page.goto(ui)
    # Pictures of a page that is left while they are on their way are missed, in the console.
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    turn_to(page, name)


def turn_to(page: Page, name: str) -> None:
    """Follow a link of the sidebar to a page, which has its name as its heading."""
    link = page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True)
    press(link, page.get_by_role("heading", name=name, exact=True, level=1))
    page.wait_for_function(COMPLETE)


def press(control: Locator, leads_to: Locator) -> None:
    """Press a control until what it leads to is there.

    A press at the very moment at which the page is drawn anew is none in the browser, and on a
    machine that is busy with other tests that moment is long; people press again.
    `benchmarks.screen.acts_in_a_row` counts what is lost otherwise.
    """
    for _ in range(MAX_TRIES):
        control.click()
        with suppress(NotInTime):
            leads_to.wait_for(timeout=SHOWN_WITHIN_MS)
            return
    expect(leads_to).to_be_visible()


def unfold_sidebar(page: Page) -> None:
    """It is folded on a narrow screen."""
    if not page.get_by_test_id("stSidebar").is_visible():
        page.get_by_test_id("stExpandSidebarButton").click()


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a field; its keys are the page's again afterwards."""
    field = page.get_by_role("combobox", name=label)
    offered = page.get_by_role("option", name=option).first
    for _ in range(MAX_TRIES):
        # Options are gone where the page is drawn anew; people open them again.
        page.wait_for_function(COMPLETE)
        field.click()
        with suppress(NotInTime):
            offered.click(timeout=OPENS_WITHIN_MS)
            field.blur()
            return
    raise AssertionError(f"{label} does not offer {option}")


def upload(page: Page, files: list[FilePayload]) -> None:
    """Give files to the drop zone of the page, once that listens."""
    page.wait_for_function("document.querySelector('.rd-files')?.onchange")
    page.locator(".rd-files").set_input_files(files)


def violations(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the first element each is about."""
    page.wait_for_function(COMPLETE)
    found = Axe().run(page).response["violations"]
    if any(each["id"] == "color-contrast" for each in found):
        # What was drawn anew is faint for a moment.
        page.wait_for_timeout(FADES_WITHIN_MS)
        found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def too_wide(page: Page) -> list[str]:
    """That a page has to be scrolled sideways."""
    main = page.get_by_test_id("stMain")
    seen, needed = main.evaluate("main => [main.clientWidth, main.scrollWidth]")
    return [f"{needed} px wide on a screen of {seen}"] if needed > seen else []


def picture(page: Page, name: str, *, is_compared: bool = True) -> None:
    """Write a picture of the page, or see that it looks as that does.

    Args:
        is_compared: it shows the same as the documents' one, which is of the shipped model.
    """
    if not WRITTEN_TO and not is_compared:
        return
    if WRITTEN_TO:
        _write(_drawn(page), Path(WRITTEN_TO) / f"{name}.png")
        return
    known, found = Image.open(OF_DOCUMENTS / f"{name}.png"), math.inf
    ends_at = time.monotonic() + DRAWN_WITHIN_S
    while found > MAX_DIFFERENCE and time.monotonic() < ends_at:
        found = difference(_drawn(page), known)
    assert found <= MAX_DIFFERENCE, f"{name} looks otherwise than in {OF_DOCUMENTS}: {found:.2f}"


def difference(page: Image.Image, known: Image.Image) -> float:
    """How unlike a known picture a page is, roughly: 0: it is the same; 1: it is empty.

    What is beside the page counts for nothing: it is the same on all, and may be scrolled.
    """
    seen, meant = (
        np.asarray(
            each.convert("L").resize(SMALL_PX, Image.Resampling.BOX, box=_main(each)), dtype=float
        )
        for each in (page, known)
    )
    return float(np.abs(seen - meant).mean() / np.abs(meant - np.median(meant)).mean())


def _main(whole: Image.Image) -> tuple[float, float, float, float]:
    """The part of a picture that the page itself takes up."""
    return (whole.width * SIDEBAR, 0, whole.width, whole.height)


def _drawn(page: Page) -> Image.Image:
    """A picture of the page once it stands still: charts draw themselves for a while."""
    page.wait_for_function(COMPLETE)
    before = page.screenshot()
    for _ in range(MAX_LOOKS):
        now = page.screenshot()
        if now == before:
            break
        before = now
    return Image.open(io.BytesIO(before))


def _write(drawn: Image.Image, path: Path) -> None:
    """As a PNG of few colours, a third of its size; a film in it may need fewer pixels too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for share, count in SMALLER:
        size = (round(drawn.width * share), round(drawn.height * share))
        small = drawn.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        small.quantize(count, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MAX_PICTURE_BYTES:
            return
    raise AssertionError(f"{path.name} is too large for a document")


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/_stcore/health", timeout=5).ok
    except requests.RequestException:
        return False
