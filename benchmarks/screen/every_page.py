"""Each page in both themes, three widths, two languages: `python -m benchmarks.screen.every_page`.

A server and a UI of its own, filled with generated films, answers and a word of a reader. Of each
page: what axe-core calls serious or critical, errors in the console, other hosts asked, how many
pixels it is too wide, whether the whole film of *Diagnose* is in view beside its list (from 1280
pixels on), and in a warm browser the first paint, and when its heading stands and when it is
complete. With `--pictures DIR` each is saved there, to be looked at; with `--slow 0.3` each
question to the API takes 300 ms more, as from far away. Exit code 1 if anything is not as it must
be.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from api.reports.markdown import table
from benchmarks.screen.browser import RunningUi, Tab, chromium, new_tab, running_ui
from benchmarks.screen.image_set import image
from benchmarks.screen.slow_network import slowed
from benchmarks.support.local_server import server, upload

PAGES = (
    "", "diagnose", "answers", "intake", "review", "films", "train", "insights", "model-card",
    "versions", "site-check", "monitor", "privacy", "people",
)  # fmt: skip
THEMES, WIDTHS, LANGUAGES = ("light", "dark"), (390, 768, 1920), ("en", "fr")
FIRST_PAINT_S = 1.5
# What is not as wide is read from top to bottom.
FILM_IN_VIEW_PX = 1280
HEIGHTS = {1920: 1080}
FILM_PX = (900, 750)
LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
EXAMPLES = Path(__file__).resolve().parents[2] / "docs/examples"
MAX_PICTURE_PX = 3200
TOO_WIDE = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollWidth - main.clientWidth;
}"""
# What stands on a page has not changed for a second; scripts of fragments run for ever.
STEADY_S = 1.0
STEADY = """() => {
  const text = document.querySelector("[data-testid=stMain]").innerText;
  if (window.roentgenText !== text) {
    window.roentgenText = text;
    window.roentgenSince = Date.now();
  }
  return Date.now() - window.roentgenSince > 1000;
}"""
# How far the film reaches below the window, and its list.
BELOW = """() => Math.max(...[".rv-stage", ".rt-rows"].map((name) =>
  Math.round(document.querySelector(name)?.getBoundingClientRect().bottom ?? 0) - innerHeight))"""
FIRST_PAINT = (
    """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN"""
)


@dataclass(frozen=True, slots=True)
class Look:
    """One page as it was drawn; times in seconds."""

    name: str
    language: str
    theme: str
    width: int
    first_paint_s: float
    heading_s: float
    complete_s: float
    too_wide_px: int
    below_px: int
    violations: tuple[str, ...]


def main() -> int:
    options = _options()
    looks: list[Look] = []
    tabs: list[Tab] = []
    with ExitStack() as stack:
        url = stack.enter_context(server(keep_images="all"))
        _fill(url)
        if options.slow:
            url = stack.enter_context(slowed(url, options.slow))
        ui = stack.enter_context(running_ui(url))
        browser = stack.enter_context(chromium())
        for theme in options.themes:
            for width in options.widths:
                tabs.append(
                    tab := new_tab(
                        browser, ui, width=width, height=HEIGHTS.get(width, 900), theme=theme
                    )
                )
                tab.page.goto(ui.url)
                tab.page.get_by_role("heading", level=1).wait_for()
                for language in options.languages:
                    looks += _looks(tab.page, ui, options, language, theme, width)
                tab.page.close()
    return _report(looks, tabs)


def _looks(
    page: Page, ui: RunningUi, options: argparse.Namespace, language: str, theme: str, width: int
) -> Iterable[Look]:
    for name in options.pages:
        began = time.monotonic()
        page.goto(f"{ui.url}/{name}?lang={language}", wait_until="commit")
        page.get_by_role("heading", level=1).wait_for()
        heading_s = time.monotonic() - began
        page.wait_for_load_state("networkidle")
        page.wait_for_function(STEADY, polling=100)
        complete_s = time.monotonic() - began - STEADY_S
        # Noted by the browser when it was, but told only some time later.
        first_paint_s = page.evaluate(FIRST_PAINT) / 1000
        if name == "diagnose":
            images = sorted(EXAMPLES.glob("*.jpg"))
            page.locator("input[type=file]").first.set_input_files(images)
            page.locator(".rv[data-opened]").wait_for()
        # Charts and pictures draw themselves for a while.
        page.wait_for_timeout(options.settle_ms)
        too_wide = page.evaluate(TOO_WIDE)
        below = page.evaluate(BELOW) if width >= FILM_IN_VIEW_PX and name == "diagnose" else 0
        found = _violations(page)
        print(name or "start", language, theme, width, f"{complete_s:.1f} s", file=sys.stderr)
        if options.pictures:
            _picture(page, options.pictures / f"{name or 'start'}-{language}-{theme}-{width}.png")
        yield Look(name or "start", language, theme, width, first_paint_s, heading_s, complete_s,
                   too_wide, below, found)  # fmt: skip


def _violations(page: Page) -> tuple[str, ...]:
    found = Axe().run(page).response["violations"]
    return tuple(
        f"{each['id']}: {each['nodes'][0]['html'][:160]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    )


def _picture(page: Page, path: Path) -> None:
    """All of the page, as far down as is sensible."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    tall = min(max(int(height), size["height"]), MAX_PICTURE_PX)
    page.set_viewport_size({"width": size["width"], "height": tall})
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    page.set_viewport_size(size)


def _fill(url: str) -> None:
    """Films of every class, answers, one that was refused, and what a reader said."""
    for place, label in enumerate(LABELS):
        upload(url, label, [(f"{label} {n}.jpg", image(20 * place + n, FILM_PX)) for n in range(6)])
    answers = []
    for seed in range(12):
        sent = {"file": (f"bed {seed}.jpg", image(200 + seed, FILM_PX))}
        answers.append(requests.post(f"{url}/predict", files=sent, timeout=60).json())
    requests.post(f"{url}/predict", files={"file": ("notes.png", b"no film")}, timeout=60)
    feedback_url = f"{url}/predictions/{answers[0]['id']}/feedback"
    requests.post(
        feedback_url, json={"label": "Normal", "remark": ""}, timeout=60
    ).raise_for_status()


def _report(looks: list[Look], tabs: list[Tab]) -> int:
    rows = []
    for name in dict.fromkeys(look.name for look in looks):
        of_page = [look for look in looks if look.name == name]
        worst = max(look.first_paint_s for look in of_page)
        heading = sorted(look.heading_s for look in of_page)[len(of_page) // 2]
        complete = sorted(look.complete_s for look in of_page)[len(of_page) // 2]
        wide = max(look.too_wide_px for look in of_page)
        below = max(look.below_px for look in of_page)
        count = sum(len(look.violations) for look in of_page)
        rows.append(
            (name, f"{len(of_page)}", f"{worst:.2f}", f"{heading:.2f}", f"{complete:.2f}",
             f"{wide}", f"{max(below, 0)}", f"{count}")
        )  # fmt: skip
    titles = ("page", "looked at", "first paint at most, s", "heading after (median), s",
              "complete after (median), s", "too wide, px", "film below the window, px",
              "axe: serious, critical")  # fmt: skip
    print(table(titles, rows))
    errors = [error for tab in tabs for error in tab.errors]
    foreign = {host for tab in tabs for host in tab.foreign}
    print(f"Errors in the console: {len(errors)}. Other hosts asked: {len(foreign)}.")
    for look in looks:
        for each in look.violations:
            print(f"{look.name} {look.language} {look.theme} {look.width}: {each}")
    print("\n".join(dict.fromkeys(errors[:20])), " ".join(sorted(foreign)))
    bad = any(
        # A page that was never painted has no time, which is not within the limit either.
        look.violations
        or look.too_wide_px > 0
        or look.below_px > 0
        or not look.first_paint_s <= FIRST_PAINT_S
        for look in looks
    )
    return int(bad or bool(errors) or bool(foreign))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Each page in both themes and three widths.")
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each")
    parser.add_argument("--pages", nargs="*", default=list(PAGES), help="'' is the first page")
    parser.add_argument("--themes", nargs="*", default=list(THEMES))
    parser.add_argument("--widths", nargs="*", type=int, default=list(WIDTHS))
    parser.add_argument("--languages", nargs="*", default=list(LANGUAGES))
    parser.add_argument("--slow", type=float, default=0.0, help="seconds added to each question")
    parser.add_argument("--settle-ms", type=int, default=1500)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
