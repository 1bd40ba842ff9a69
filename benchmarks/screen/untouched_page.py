"""What an open page costs that nobody touches: `python -m benchmarks.screen.untouched_page`.

A server and a UI of their own, and the pages one after the other in Chromium; *diagnose* has a film
open. Printed is the share of a processor that the UI and the browser use meanwhile, as they show it
themselves: what else the machine does is not in it.
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psutil
from playwright.sync_api import Page

from api.reports.markdown import table
from benchmarks.screen.browser import RunningUi, chromium, new_tab, running_ui
from benchmarks.support.local_server import LocalServer

PAGES = ("", "diagnose", "films", "train", "monitor")
FILM = "?example=covid-19-adult.jpg"
# What a page does as it is opened is over by then.
SETTLED_MS = 6000


def main() -> int:
    options = _options()
    rows: list[tuple[str, str, str]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = LocalServer(folder, settings={})
        server.start()
        stack.callback(server.stop)
        ui = stack.enter_context(running_ui(server.url))
        page = new_tab(stack.enter_context(chromium()), ui).page
        for name in options.pages:
            _open(page, ui, name)
            before = _used_s(ui.process), _browser_s()
            page.wait_for_timeout(1000 * options.seconds)
            after = _used_s(ui.process), _browser_s()
            in_ui, in_browser = (
                f"{100 * (end - start) / options.seconds:.1f}"
                for start, end in zip(before, after, strict=True)
            )
            rows.append((name or "start", in_ui, in_browser))
    print(table(("page", "UI, % of a core", "browser, % of a core"), rows))
    return 0


def _open(page: Page, ui: RunningUi, name: str) -> None:
    page.goto(f"{ui.url}/{name}{FILM if name == 'diagnose' else ''}")
    page.get_by_role("heading", level=1).wait_for()
    if name == "diagnose":
        page.locator(".rv[data-opened]").wait_for()
    page.wait_for_timeout(SETTLED_MS)


def _browser_s() -> float:
    """Seconds of a processor of all that runs below this process and is of Chromium."""
    below = psutil.Process().children(recursive=True)
    return sum(_used_s(process) for process in below if "chrom" in process.name())


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="What an open page costs that nobody touches, of a processor."
    )
    parser.add_argument("--pages", nargs="+", default=PAGES, help="which pages (all of them)")
    parser.add_argument("--seconds", type=float, default=15, help="how long each is open (15)")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
