"""Filters and searches one after the other: `python -m benchmarks.screen.acts_in_a_row`.

On the page Diagnose with hundreds of films, in a real browser, each a third of a second after the
one before has its lines: does every one get its own. One that does not within eight seconds is
lost; the page then still shows what was there before. Exit code 1 if any is lost.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from playwright.sync_api import Page

from benchmarks.screen.browser import chromium, new_tab, settle
from benchmarks.screen.five_hundred_images import ALL_READ_S, films_of, search, started
from benchmarks.screen.image_set import ImageSet

LOST_AFTER_S = 8.0
# A click at the very moment in which the buttons are drawn anew is none: no person is that quick.
SEEN_MS = 300


def main() -> int:
    options = _options()
    with ExitStack() as stack:
        films, _, ui = started(stack, options)
        page = new_tab(stack.enter_context(chromium()), ui).page
        page.goto(f"{ui.url}/diagnose")
        page.locator("input[type=file]").first.set_input_files(films.files)
        settle(page, lambda: _lines(page) == films.lines, ALL_READ_S)
        acted, lost = 0, []
        ends_at = time.monotonic() + options.seconds
        while time.monotonic() < ends_at:
            for name, act, count in _acts(page, films):
                page.wait_for_timeout(SEEN_MS)
                act()
                settle(page, partial(_has, page, count), LOST_AFTER_S)
                acted += 1
                if _lines(page) != count:
                    lost.append(name)
    print(f"{acted} acts, {len(lost)} lost {', '.join(lost)}".strip())
    return int(bool(lost))


def _acts(page: Page, films: ImageSet) -> list[tuple[str, Callable[[], None], int]]:
    """Each with its name and the lines that it leads to."""
    decisions = page.get_by_test_id("stButtonGroup").first
    searched = [("twin.jpg", 2), ("肺", 1), ("ward 3", 3), ("", films.lines)]
    return [
        ("filter", decisions.get_by_text("No answer").click, films.no_films),
        ("no filter", decisions.get_by_text("All", exact=True).click, films.lines),
        *((f"search: {words}", partial(search, page, words), count) for words, count in searched),
    ]


def _has(page: Page, count: int) -> bool:
    return _lines(page) == count


def _lines(page: Page) -> int:
    return page.get_by_role("option").count()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Filters and searches one after the other: is one lost?"
    )
    parser.add_argument("--seconds", type=float, default=120, help="how long (120)")
    return films_of(parser, default=150)


if __name__ == "__main__":
    raise SystemExit(main())
