"""In which colours and on how wide a screen a journey is walked, and what must hold on each page.

Each journey is walked in one look; with ALL_LOOKS=1 in light, in dark and on a telephone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import COMPLETE, too_wide, turn_to, violations, without_errors

Look = tuple[Literal["light", "dark"], int]
LOOKS: tuple[Look, Look, Look] = (("light", 1280), ("dark", 1280), ("light", 390))
LIGHT, DARK, NARROW = LOOKS


def seen_in(usual: Look) -> pytest.MarkDecorator:
    """In this look, or in all where they are asked for."""
    looks = LOOKS if os.environ.get("ALL_LOOKS") else (usual,)
    return pytest.mark.parametrize("look", looks, ids=lambda look: f"{look[0]}-{look[1]}")


@contextmanager
def walked_on(tab: Page, ui: str) -> Iterator[None]:
    """One page for all journeys of a file: to load the UI costs more than a journey."""
    with without_errors(tab):
        tab.goto(ui)
        expect(tab.get_by_role("heading", name="Read a film")).to_be_visible()
        yield


def take(page: Page, look: Look) -> None:
    """Change the colours and the width of the screen."""
    theme, width = look
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})


def whole(page: Page) -> None:
    """Wait until it is drawn: a picture of a page that is left while it is on its way is missed,
    in the console."""
    page.wait_for_function(COMPLETE)


def open_page(page: Page, name: str) -> None:
    """Follow the link to a page, in light and on a screen that has the links in view."""
    take(page, LIGHT)
    whole(page)
    turn_to(page, name)


def faults(page: Page) -> list[str]:
    """What axe-core finds on the page, and that it is too wide."""
    page.wait_for_load_state("networkidle")
    return [*violations(page), *too_wide(page)]
