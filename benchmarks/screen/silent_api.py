"""A page that nobody touches, and an API that is silent: `python -m benchmarks.screen.silent_api`.

A server and a UI of their own. Each page is opened and left alone; then the server is stopped
(SIGSTOP), which still accepts connections, and the seconds are counted until the page says so, in
its main part, and until the note has gone once the server goes on. Last it is killed. Exit code 1
if a page takes more than three seconds.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
from playwright.sync_api import Locator, Page

from api.reports.markdown import table
from benchmarks.screen.browser import RunningUi, chromium, new_tab, running_ui
from benchmarks.screen.every_page import PAGES, STEADY
from benchmarks.support.local_server import LocalServer

NOTICE_S, BACK_S = 3.0, 60.0
# So that no question of the page itself is under way.
IDLE_MS = 3000
SILENCE = re.compile("The API (does not answer|did not answer|cannot be reached)")


def main() -> int:
    options = _options()
    rows: list[tuple[str, str, str, str]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = LocalServer(folder, settings={"keep_images": "all"})
        server.start()
        stack.callback(server.stop)
        ui = stack.enter_context(running_ui(server.url))
        browser = stack.enter_context(chromium())
        tab = new_tab(browser, ui)
        for name in options.pages:
            _open(tab.page, ui, name)
            rows.append(_row(f"{name or 'start'}: hangs", *_hang(tab.page, server)))
        print(f"Errors in the console: {len(tab.errors)}.")
        rows.append(_row("… killed", _killed(tab.page, server), None))
    print(table(("page", "said after, s", "gone after, s", "as it must be"), rows))
    return int(any(row[-1] == "NO" for row in rows))


def _open(page: Page, ui: RunningUi, name: str) -> None:
    page.goto(f"{ui.url}/{name}")
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_function(STEADY, polling=100)
    page.wait_for_timeout(IDLE_MS)


def _hang(page: Page, server: LocalServer) -> tuple[float, float]:
    """Seconds until the page says so, and until it has taken that back."""
    stopped = family(server)
    for each in stopped:
        each.suspend()
    try:
        noticed = _until(_noticed(page).first.wait_for)
    finally:
        for each in reversed(stopped):
            each.resume()
    back = _until(lambda: _noticed(page).first.wait_for(state="detached", timeout=BACK_S * 1000))
    return noticed, back


def _killed(page: Page, server: LocalServer) -> float:
    for each in reversed(family(server)):
        each.kill()
    return _until(_noticed(page).first.wait_for)


def family(server: LocalServer) -> list[psutil.Process]:
    """The processes of a server, its own first."""
    assert server.process is not None
    main = psutil.Process(server.process.pid)
    return [main, *main.children(recursive=True)]


def _noticed(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_test_id("stAlert").filter(has_text=SILENCE)


def _until(wait: Callable[[], object]) -> float:
    began = time.monotonic()
    wait()
    return time.monotonic() - began


def _row(name: str, noticed: float, back: float | None) -> tuple[str, str, str, str]:
    gone = "" if back is None else f"{back:.1f}"
    return name, f"{noticed:.1f}", gone, "yes" if noticed <= NOTICE_S else "NO"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How soon an idle page tells of a silent API.")
    parser.add_argument("--pages", nargs="*", default=list(PAGES), help="'' is the first page")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
