"""Hundreds of films through the page Diagnose: `python -m benchmarks.screen.five_hundred_images`.

Films of 2 MB, DICOM, a ZIP and files that are no films are dropped at once in a real browser, on a
server and a UI of their own. While they are read: do lines come one after the other, does another
page leave the reading alone. Then: do filter, search, order and arrow keys do what they say, is the
CSV what the API has, is the list there after a reload and in a second tab. Last: how long until the
page says that the API hangs (SIGSTOP) or is gone (SIGKILL), is the list usable meanwhile, is the
page back by itself; does *Stop* stop. The memory is the UI process's. Exit code 1 if a check fails.
"""

import argparse
import csv
import io
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import requests
from playwright.sync_api import Locator, Page

from api.reports.markdown import table
from benchmarks.screen import list_without_api
from benchmarks.screen.beside_the_api import milliseconds_a_film
from benchmarks.screen.browser import (
    RunningUi,
    Tab,
    chromium,
    new_tab,
    running_ui,
    settle,
    turn_to,
    until,
)
from benchmarks.screen.image_set import ImageSet, image_set
from benchmarks.screen.measurements import Measurements
from benchmarks.support.local_server import LocalServer
from benchmarks.support.watcher import Watcher

ALL_READ_S, MORE_MB = 1800.0, 200.0
# From an arrow key to the film; and how long a person looks at each before.
DRAWN_S, LOOKED_MS = 0.3, 1500
DIGITS = 6


def main() -> int:
    options = _options()
    measurements = Measurements()
    with ExitStack() as stack:
        films, server, ui = started(stack, options)
        browser = stack.enter_context(chromium())
        tab = new_tab(browser, ui)
        # A picture of a page that is left while it is on its way is missed.
        tab.passed_over += ("/media/",)
        before_mb, ui_ms = _read(tab.page, ui, films, measurements)
        _look(tab.page, films, measurements)
        _compare_csv(tab.page, server.url, films, measurements)
        api_ms = milliseconds_a_film(server.url, films.files, films=films.lines)
        described = f"{api_ms:.0f}; {ui_ms - api_ms:.0f}"
        measurements.note("a film in POST /predict/batch; more on the screen, ms", described)
        _again(tab, new_tab(browser, ui), films, measurements)
        list_without_api.measure(tab.page, server, measurements, lines=films.lines)
        _stop(tab.page, films, measurements)
        _memory_given_back(tab.page, ui, before_mb, measurements)
        measurements.note("errors in the console", len(tab.errors), not tab.errors)
        measurements.note("other hosts asked", len(tab.foreign), not tab.foreign)
        for error in tab.errors[:5]:
            print(error)
    print(table(("what", "figure", "as it must be"), measurements.lines))
    return int(measurements.failed)


def started(
    stack: ExitStack, options: argparse.Namespace
) -> tuple[ImageSet, LocalServer, RunningUi]:
    """The films, and a server that keeps them with its UI, until the stack is closed."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    films = image_set(folder / "set", options.films, of=options.source)
    (folder / "server").mkdir()
    server = LocalServer(folder / "server", settings={"keep_images": "all"})
    server.start()
    stack.callback(server.stop)
    ui = stack.enter_context(running_ui(server.url))
    return films, server, ui


def _read(
    page: Page, ui: RunningUi, films: ImageSet, measurements: Measurements
) -> tuple[float, float]:
    """Drop them all, watch them come, go to another page and back meanwhile.

    Returns: the UI's memory before, in MB, and the milliseconds that a film took.
    """
    page.goto(ui.url)
    turn_to(page, "Diagnose")
    # While the page is drawn for the first time the zone may stand there twice.
    page.locator(".rd").first.wait_for()
    page.wait_for_timeout(3000)
    before = ui.memory_mb
    measurements.note("UI's memory before, MB", f"{before:.0f}")
    began = time.monotonic()
    seen: set[int] = set()
    with Watcher(lambda: (ui.memory_mb, True), 0.2) as watcher:
        page.locator("input[type=file]").first.set_input_files(films.files)
        until(lambda: _count(page, seen) > 1, "the first lines")
        measurements.note("first lines after, s", f"{time.monotonic() - began:.1f}")
        turn_to(page, "What is kept")
        page.wait_for_timeout(3000)
        left_with = _count(page, seen)
        turn_to(page, "Diagnose")
        until(lambda: _count(page, seen) > left_with, "more lines after another page")
        until(lambda: _count(page, seen) >= films.lines, "the last line", ALL_READ_S)
    took = time.monotonic() - began
    peak = max(look.value for look in watcher.seen)
    measurements.note(
        "lines of the worklist", _count(page, seen), _count(page, seen) == films.lines
    )
    measurements.note("different lengths seen while it filled", len(seen), len(seen) > 3)
    measurements.note("all read after, s", f"{took:.1f}")
    measurements.note("a film takes, ms", f"{1000 * took / films.lines:.0f}")
    measurements.note(
        "UI's memory at most, MB more", f"{peak - before:.0f}", peak - before <= MORE_MB
    )
    return before, 1000 * took / films.lines


def _look(page: Page, films: ImageSet, measurements: Measurements) -> None:
    """Filter, search, order, arrow keys."""
    rows = page.get_by_role("option")
    first = rows.first.locator(".rt-badge").inner_text()
    measurements.note("the first line", first.replace("\n", " "), "person" in first)
    decisions = page.get_by_test_id("stButtonGroup").first
    decisions.get_by_text("No answer").click()
    settle(page, lambda: rows.count() < films.lines)
    measurements.note("filter: no answer", rows.count(), rows.count() == films.no_films)
    decisions.get_by_text("All", exact=True).click()
    settle(page, lambda: rows.count() == films.lines)
    for words, count in (("twin.jpg", 2), ("肺", 1), ("höhlenlunge É", 1), ("ward 3", 3)):
        search(page, words)
        settle(page, _has(rows, count))
        measurements.note(f"search: {words}", rows.count(), rows.count() == count)
    # None of the odd ones, of which some have no picture.
    search(page, "film 0")
    settle(page, lambda: rows.first.locator(".rt-name").inner_text().startswith("film "))
    _walk(page, rows, measurements)
    search(page, "")
    settle(page, lambda: rows.count() == films.lines)


def search(page: Page, words: str) -> None:
    """Type words into the list's field, as people do."""
    page.get_by_placeholder("Search: name, class or reason").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)


def _walk(page: Page, rows: Locator, measurements: Measurements) -> None:
    """From line to line by the arrow keys, with a look at each film."""
    rows.first.click()
    settle(page, lambda: _opened(page) == rows.first.get_attribute("data-key"))
    drawn, answered = [], []
    for number in range(1, 10):
        page.wait_for_timeout(LOOKED_MS)
        row_key = rows.nth(number).get_attribute("data-key")
        page.locator(".rt-rows").focus()
        began = time.monotonic()
        page.keyboard.press("ArrowDown")
        until(partial(_shows, page, row_key), f"film {number}", 60)
        drawn.append(time.monotonic() - began)
        page.locator(".st-key-diagnose-answer:not([data-away])").wait_for()
        answered.append(time.monotonic() - began)
    middle, worst = sorted(drawn)[len(drawn) // 2], max(drawn)
    measurements.note("arrow key to the next film drawn, s", f"{middle:.2f}", middle <= DRAWN_S)
    measurements.note("the slowest of nine, s", f"{worst:.2f}")
    beside = sorted(answered)[len(answered) // 2]
    measurements.note("arrow key to its answer beside it, s", f"{beside:.2f}")


def _compare_csv(page: Page, api_url: str, films: ImageSet, measurements: Measurements) -> None:
    """Each line of the CSV against what the API has under its id."""
    with page.expect_download() as caught:
        # Only once the list is whole again after the searches.
        page.get_by_role("button", name=f"Download answers about {films.lines} films").click()
    lines = list(csv.DictReader(io.StringIO(caught.value.path().read_text(encoding="utf-8"))))
    answered = [line for line in lines if line["id"]]
    with requests.Session() as session:
        unlike = [line["filename"] for line in answered if not _same(session, api_url, line)]
    measurements.note("CSV: lines", len(lines), len(lines) == films.lines)
    measurements.note("CSV: answers", len(answered), len(answered) == films.lines - films.no_films)
    measurements.note("CSV: answers unlike the API's", len(unlike), not unlike)


def _same(session: requests.Session, api_url: str, line: dict[str, str]) -> bool:
    has = session.get(f"{api_url}/predictions/{line['id']}", timeout=30).json()
    numbers = all(
        abs(float(line[name]) - has[name]) < 10**-DIGITS for name in ("confidence", "score")
    )
    texts = all(line[name] == has[name] for name in ("label", "decision", "model_version"))
    return numbers and texts and float(line["confidence"]) <= 1


def _again(tab: Tab, other: Tab, films: ImageSet, measurements: Measurements) -> None:
    """A reload, and the same address in a second tab."""
    for name, page in (("after a reload", tab.page), ("in a second tab", other.page)):
        page.goto(tab.page.url)
        until(_has(page.get_by_role("option"), films.lines), name)
        measurements.note(f"lines {name}", _count(page), _count(page) == films.lines)
        page.locator(".rv[data-opened]").first.wait_for()
    other.page.close()


def _stop(page: Page, films: ImageSet, measurements: Measurements) -> None:
    """Drop them again, and stop when a few are read."""
    had = _count(page)
    page.locator("input[type=file]").first.set_input_files(films.files)
    until(lambda: _count(page) > had, "lines of a second batch")
    page.locator('.rs[data-store="films"] button').click()
    page.wait_for_timeout(5000)
    stopped_with = _count(page)
    page.wait_for_timeout(5000)
    rest = had + films.lines - stopped_with
    is_right = _count(page) == stopped_with and rest > 0
    measurements.note("stopped: films that were not read any more", rest, is_right)


def _memory_given_back(
    page: Page, ui: RunningUi, before_mb: float, measurements: Measurements
) -> None:
    page.get_by_role("button", name="New list").click()
    until(lambda: _count(page) == 0, "an empty list")
    page.wait_for_timeout(8000)
    kept_mb = ui.memory_mb - before_mb
    measurements.note(
        "UI's memory after a new list, MB more", f"{kept_mb:.0f}", kept_mb <= MORE_MB / 2
    )


def _shows(page: Page, key: str | None) -> bool:
    return _opened(page) == key


def _has(rows: Locator, count: int) -> Callable[[], bool]:
    return lambda: rows.count() == count


def _count(page: Page, seen: set[int] | None = None) -> int:
    count = page.get_by_role("option").count()
    if seen is not None:
        seen.add(count)
    return count


def _opened(page: Page) -> str | None:
    """The key of the film whose picture the viewer has drawn."""
    found = page.locator(".rv[data-opened]")
    return found.first.get_attribute("data-opened") if found.count() else None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hundreds of films through the page Diagnose.")
    return films_of(parser, default=500)


def films_of(parser: argparse.ArgumentParser, *, default: int) -> argparse.Namespace:
    """The options, those about the films included: `films`, their number, and `source`."""
    parser.add_argument("--films", type=int, default=default, help=f"lines of the list ({default})")
    parser.add_argument(
        "--source", type=Path, help="a folder with films; without one, generated films of 2 MB"
    )
    options = parser.parse_args()
    if options.source and not options.source.is_dir():
        parser.error(f"there is no folder {options.source}")
    return options


if __name__ == "__main__":
    raise SystemExit(main())
