"""The UI beside a benchmark's server, and a tab that writes down what goes wrong in it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import requests
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
START_S = 120.0
TIMEOUT_MS = 120_000.0


@dataclass(frozen=True, slots=True)
class RunningUi:
    """Its address, and its process."""

    url: str
    process: psutil.Process

    @property
    def memory_mb(self) -> float:
        """Resident memory of the UI's process, in MB."""
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def running_ui(api_url: str) -> Iterator[RunningUi]:
    """The UI on a free port, pointed at a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["-m", "streamlit", "run", "streamlit_app/app.py", "--server.headless", "true"]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, *command, *options, "--logger.level", "error"],
        cwd=ROOT,
        env=os.environ | {"ROENTGEN_API_URL": api_url},
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/_stcore/health")
        yield RunningUi(url, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


# Without slots: Playwright writes on whatever listens.
@dataclass
class Tab:
    """A page, the errors of its console, and the hosts that it asked beside the UI's own."""

    page: Page
    own_host: str
    # Parts of addresses that may fail: Streamlit looks for itself in vain below a page's own.
    passed_over: tuple[str, ...] = ("/_stcore/",)
    errors: list[str] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(TIMEOUT_MS)
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._see(request.url))

    def _listen(self, message: ConsoleMessage) -> None:
        place = str(message.location.get("url") or "")
        if message.type == "error" and not any(part in place for part in self.passed_over):
            self.errors.append(f"{message.text} {place}")

    def _see(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.own_host:
            self.foreign.add(parts.netloc)


def new_tab(
    browser: Browser,
    ui: RunningUi,
    *,
    width: int = 1280,
    height: int = 900,
    theme: str = "light",
) -> Tab:
    """An empty tab; `theme` is light or dark, `width` and `height` in CSS pixels."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
    )
    return Tab(page, urlsplit(ui.url).netloc)


def turn_to(page: Page, name: str) -> None:
    """Go to a page by its link, as people do."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for()


def settle(page: Page, is_so: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait for it; what is counted afterwards says whether it came."""
    deadline = time.monotonic() + within_s
    while not is_so() and time.monotonic() < deadline:
        page.wait_for_timeout(100)


def until(is_so: Callable[[], bool], what: str, within_s: float = 120.0) -> None:
    """Raises: SystemExit where it does not come."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"Error: {what} did not come within {within_s:.0f} s.")
        time.sleep(0.05)


def _wait(url: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.2)
    raise SystemExit("Error: the UI did not answer.")
