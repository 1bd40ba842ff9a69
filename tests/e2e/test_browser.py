"""The UI in a real browser, on a real server: films are read, sites checked, talks led.

With ROENTGEN_SCREENSHOTS=DIR pages are saved there: the documents' pictures are made that way.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.browsing import (
    IN_A_BROWSER,
    ROOT,
    open_page,
    picture,
    running_ui,
    upload,
)
from tests.e2e.conftest import Server, running_server

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Server]:
    """One server for all the pages that only ask: it serves the shipped model."""
    with running_server(tmp_path_factory.mktemp("server"), compiled, workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def ui(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The UI, pointed at the server; yields its address."""
    with running_ui(server.url, tmp_path_factory.mktemp("ui")) as address:
        yield address


class TestDiagnose:
    def test_images_are_answered_beside_a_viewer_and_a_bad_file_says_why(
        self, page: Page, ui: str, server: Server
    ) -> None:
        before = server.get("/status")["num_predictions"]
        open_page(page, ui, "Diagnose")
        # This server keeps no films.
        page.get_by_text("Remember films in this browser tab").click()
        expect(page.get_by_test_id("stCheckbox").locator("input").first).to_be_checked()

        upload(page, [_example("bacterial-pneumonia-child.jpg")])

        expect(page.get_by_role("heading", name="The model sees a finding")).to_be_visible()
        expect(page.get_by_text("Most probable kind", exact=False).first).to_be_visible()
        expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
        _handle_viewer(page)
        assert server.get("/status")["num_predictions"] == before + 1

        upload(page, [_png("notes.png", b"these are no pixels"), _folder_zip()])

        rows = page.get_by_role("option")
        expect(rows).to_have_count(3)
        expect(rows.filter(has_text="notes.png")).to_contain_text("No answer")
        expect(rows.filter(has_text="ward 3/zipped.jpg")).to_contain_text("Finding present")
        _turn(page)
        _expect_in_view(page)
        # What was read is still there after another page.
        page.get_by_test_id("stSidebar").get_by_role("link", name="What is kept").click()
        expect(page.get_by_role("heading", name="What is kept", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.get_by_test_id("stSidebar").get_by_role("link", name="Diagnose").click()
        expect(rows).to_have_count(3)
        rows.filter(has_text="notes.png").click()
        expect(page.locator(".rv-note")).to_contain_text("There is no picture to show.")
        _shot_of_worklist(page)

    def test_an_example_of_the_first_page_is_opened_by_a_click(self, page: Page, ui: str) -> None:
        page.goto(ui)
        example = page.get_by_test_id("stMain").get_by_role("link", name="Child, pneumonia")
        expect(example).to_be_visible()
        picture(page, "start")

        example.click()

        expect(page.get_by_role("heading", name="Diagnose", level=1)).to_be_visible()
        expect(page.get_by_text("Example film: a child with", exact=False)).to_be_visible()
        expect(page.locator(".rv[data-opened='bacterial-pneumonia-child.jpg']")).to_be_visible()
        _expect_apart(page)

    def test_an_example_image_is_answered_with_its_source(self, page: Page, ui: str) -> None:
        open_page(page, ui, "Diagnose")
        expect(page.get_by_role("button", name="Hard to judge")).to_be_visible()
        picture(page, "examples")

        page.get_by_role("button", name="Healthy child", exact=True).click()

        expect(page.get_by_text("Example film: a healthy child.", exact=False)).to_be_visible()
        expect(page.get_by_role("button", name="Hard to judge")).to_have_count(0)
        expect(page.get_by_role("link", name="Kermany et al. 2018")).to_be_visible()
        expect(page.get_by_text("The model sees no finding", exact=False)).to_be_visible()


def _handle_viewer(page: Page) -> None:
    """Zoom, invert and heat map, by buttons and by keys; then as it was at first."""
    expect(page.locator(".rv[data-opened] .rv-film canvas").first).to_be_visible()
    zoom, canvas = page.locator(".rv-zoom"), page.locator(".rv-film canvas").first
    page.get_by_role("button", name="1:1").click()
    expect(zoom).to_have_text("100 %")
    page.get_by_role("button", name="Zoom in").click()
    expect(zoom).to_have_text("140 %")
    page.locator(".rv").focus()
    page.keyboard.press("i")
    expect(canvas).to_have_css("filter", re.compile(r"invert\(1\)"))
    heat = page.locator(".rv-heat-layer")
    expect(heat).to_have_css("opacity", "0")
    page.keyboard.press("h")
    expect(heat).to_have_css("opacity", "0.45")
    expect(page.get_by_text("most evidence for Pneumonia-Bacterial")).to_be_visible()
    expect(page.get_by_label("Opacity of the heat map in percent")).to_be_visible()
    page.keyboard.press("i")
    page.keyboard.press("[")
    expect(page.locator(".rv-window")).to_contain_text("width 245 of 255")
    page.keyboard.press("r")
    page.keyboard.press("h")
    picture(page, "diagnose")
    page.keyboard.press("r")
    expect(heat).to_have_css("opacity", "0")


def _turn(page: Page) -> None:
    """Go through the films by keyboard, and to one by a click."""
    place, viewer = page.locator(".rv-place"), page.locator(".rv")
    rows = page.get_by_role("option")
    rows.filter(has_text="zipped.jpg").click()
    expect(page.get_by_role("option", selected=True)).to_contain_text("zipped.jpg")
    # A picture that is left while it is on its way is missed, in the console.
    _expect_opened(viewer, rows.filter(has_text="zipped.jpg"))
    expect(place).to_have_text("3 of 3")
    viewer.focus()
    page.keyboard.press("ArrowLeft")
    expect(place).to_have_text("2 of 3")
    _expect_opened(viewer, rows.filter(has_text="bacterial"))
    # Of a file that cannot be read the reason stands where its film would, and keys go past it.
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".rv-note")).to_contain_text("There is no picture to show. This is not an")
    page.keyboard.press("ArrowRight")
    _expect_opened(viewer, rows.filter(has_text="bacterial"))
    rows.nth(0).locator(".rt-check").click()
    rows.nth(1).click(modifiers=["Shift"])
    expect(rows.nth(1)).to_be_checked()
    expect(page.get_by_role("button", name="Download answers about 2 films")).to_be_visible()
    page.get_by_role("button", name="Select none").click()
    expect(rows.nth(1)).not_to_be_checked()


def _expect_in_view(page: Page) -> None:
    """The whole film and its list, beside one another, without scrolling."""
    for width, height in ((1920, 1080), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
        for part in (".rt-rows", ".rv-stage", ".rv-film canvas"):
            expect(page.locator(part).first).to_be_in_viewport(ratio=1)


def _expect_apart(page: Page) -> None:
    """What stands above and below a film that is open alone is not covered by it, once the page's
    own styles are there."""
    page.wait_for_function("""() => {
        const box = (name) => document.querySelector(`.st-key-${name}`)?.getBoundingClientRect();
        const [head, film, source] = ["diagnose-head", "diagnose-film", "source"].map(box);
        return head?.bottom <= film?.top && film?.bottom <= source?.top;
    }""")


def _expect_opened(viewer: Locator, row: Locator) -> None:
    expect(viewer).to_have_attribute("data-opened", row.get_attribute("data-key") or "")


def _shot_of_worklist(page: Page) -> None:
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    picture(page, "worklist")


def _folder_zip() -> FilePayload:
    """An archive with a film in a folder, and what a system leaves beside it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ward 3/zipped.jpg", _example("covid-19-adult.jpg")["buffer"])
        archive.writestr("__MACOSX/ward 3/._zipped.jpg", b"of a system")
    return {"name": "ward.zip", "mimeType": "application/zip", "buffer": buffer.getvalue()}


class TestIntake:
    def test_a_talk_goes_to_its_end_by_keyboard(self, page: Page, ui: str) -> None:
        open_page(page, ui, "Intake")
        page.get_by_role("button", name="Begin").last.press("Enter")
        page.get_by_role("button", name="No", exact=True).focus()

        for asked in range(2, 6):
            # The button that was pressed keeps the focus.
            expect(page.get_by_role("button", name="No", exact=True)).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.get_by_text(f"Question {asked} of at most")).to_be_visible()
        page.get_by_label("Years").fill("71")
        page.get_by_label("Years").press("Enter")
        page.get_by_role("button", name="Yes", exact=True).press("Enter")

        expect(page.get_by_test_id("stAlert")).to_contain_text("Go to a hospital today")
        expect(page.get_by_role("button", name="Download to print")).to_be_visible()
        picture(page, "intake")


class TestModelCardAndSiteCheck:
    def test_the_card_opens_and_a_zip_of_images_gets_a_verdict(
        self, page: Page, ui: str, server: Server
    ) -> None:
        open_page(page, ui, "Model card")
        expect(page.get_by_role("heading", name="Intended use")).to_be_visible()
        page.get_by_role("tab", name="How good").click()
        expect(page.get_by_role("heading", name="ROC and operating points")).to_be_visible()
        expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
        picture(page, "card")

        open_page(page, ui, "Site check")
        upload(page, [server.class_folders(per_class=3)])
        page.get_by_role("button", name="Check these films").click()

        expect(page.get_by_role("heading", name="Here and in the card")).to_be_visible()
        verdict = page.get_by_test_id("stAlert").first
        expect(verdict).to_contain_text(re.compile(r"Go:|Caution:|No-go:"))
        expect(verdict).to_contain_text("at least 30 of each")
        picture(page, "check")


def _png(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": content}


def _example(name: str) -> FilePayload:
    content = (ROOT / "docs/examples" / name).read_bytes()
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}
