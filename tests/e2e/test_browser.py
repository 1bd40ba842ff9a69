"""The UI in a real browser, on a real server: every page, a real upload, no error in the console.

With ROENTGEN_SCREENSHOTS=DIR each page is saved there: the documents' pictures are made that way.
"""

import re
import socket
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e import shown_trainer
from tests.e2e.browsing import (
    IN_A_BROWSER,
    ROOT,
    WRITTEN_TO,
    open_page,
    picture,
    running_ui,
    too_wide,
    turn_to,
    unfold_sidebar,
    upload,
    violations,
)
from tests.e2e.conftest import Server, running_server
from tests.support.checkpoints import TinyCheckpoint

LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
PAGES = (
    "Diagnose", "Answers", "Intake", "Review", "Films", "Train", "Insights", "Model card",
    "Site check", "Monitor", "What is kept",
)  # fmt: skip

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Server]:
    """One server for all the pages that only ask: it serves the shipped model."""
    with running_server(tmp_path_factory.mktemp("server"), compiled, workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def late_port() -> Iterator[int]:
    """Where nobody listens until a server is started there; nobody else gets it meanwhile."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="module")
def late_ui(late_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The UI, there before its server."""
    address = f"http://127.0.0.1:{late_port}"
    with running_ui(address, tmp_path_factory.mktemp("late_ui")) as ui:
        yield ui


@pytest.fixture(scope="module")
def late_server(
    late_ui: str,
    late_port: int,
    compiled: Path,
    tiny: TinyCheckpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Its trainer learns nothing, unless pictures of a retraining are to be shown."""
    model, folder = compiled if WRITTEN_TO else tiny, tmp_path_factory.mktemp("late")
    with running_server(
        folder,
        model,
        gentle=True,
        port=late_port,
        workers=1,
        environment={} if WRITTEN_TO else shown_trainer.environment(tiny),
    ) as running:
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
        example = page.get_by_test_id("stMain").get_by_role("button", name="Child, pneumonia")
        expect(example).to_be_visible()
        picture(page, "start")

        example.click()

        expect(page.get_by_role("heading", name="Diagnose", level=1)).to_be_visible()
        expect(page.get_by_text("Example film: a child with", exact=False)).to_be_visible()
        expect(page.locator(".rv[data-opened='bacterial-pneumonia-child.jpg']")).to_be_visible()

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
        upload(page, [_zip(server, per_class=3)])
        page.get_by_role("button", name="Check these films").click()

        expect(page.get_by_role("heading", name="Here and in the card")).to_be_visible()
        verdict = page.get_by_test_id("stAlert").first
        expect(verdict).to_contain_text(re.compile(r"Go:|Caution:|No-go:"))
        expect(verdict).to_contain_text("at least 30 of each")
        picture(page, "check")


class TestAccessibility:
    def test_no_page_has_a_serious_violation(self, page: Page, ui: str, server: Server) -> None:
        server.upload(2)
        server.session.post(
            server.url + "/predict", files={"file": server.phantom("Normal", 1)}, timeout=30
        )
        page.goto(ui)
        expect(page.get_by_role("heading", name="Read a film")).to_be_visible()
        found = {"Start": violations(page)}

        for name in PAGES:
            turn_to(page, name)
            page.wait_for_load_state("networkidle")
            found[name] = violations(page)

        assert {name: each for name, each in found.items() if each} == {}


class TestOtherScreens:
    """Dark, and as narrow as a telephone; the test above has the light one of 1280 pixels."""

    @pytest.mark.parametrize(("theme", "width"), [("dark", 1280), ("light", 390)])
    def test_pages_have_no_serious_violation_and_fit(
        self, page: Page, ui: str, theme: Literal["dark", "light"], width: int
    ) -> None:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(ui)
        found = {}

        for name, heading in (("", "Read a film"), ("Train", "Train"), ("Diagnose", "Diagnose")):
            if name:
                unfold_sidebar(page)
                turn_to(page, name)
            expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
            page.wait_for_load_state("networkidle")
            found[heading] = [*violations(page), *too_wide(page)]

        assert {name: each for name, each in found.items() if each} == {}


class TestWithoutAServer:
    def test_every_page_says_what_to_do(self, late_ui: str, page: Page) -> None:
        page.goto(late_ui)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        for name in PAGES:
            # A page begins empty: what is found is its own, not what the one before it said.
            turn_to(page, name)
            expect(page.get_by_text("cannot be reached", exact=False).first).to_be_visible()
            page.get_by_test_id("stMain").get_by_text("For administrators").first.click()
            expect(page.get_by_text("make run", exact=False).first).to_be_visible()


class TestTrain:
    """At a server that was started after its UI."""

    def test_images_are_uploaded_and_a_retraining_runs_to_its_verdict(
        self, page: Page, late_ui: str, late_server: Server
    ) -> None:
        ui, server = late_ui, late_server
        open_page(page, ui, "Train")
        page.get_by_role("combobox", name="Class of these films").click()
        page.get_by_role("option", name="As their folders are called").click()
        expect(page.get_by_text("One folder for each class", exact=False)).to_be_visible()

        upload(page, [_zip(server)])
        # Another page changes nothing: the films stay in the browser, which sends them from there.
        turn_to(page, "What is kept")
        server.wait(lambda: server.get("/samples/summary")["total"] == 48, "the upload")
        turn_to(page, "Train")

        expect(page.get_by_text("Last upload: 48 stored", exact=False)).to_be_visible()
        assert server.get("/samples/summary")["total"] == 48
        page.get_by_role("button", name="Start retraining").click()
        expect(page.get_by_role("button", name="Cancel retraining")).to_be_visible()
        job = server.get("/retrain")["jobs"][0]["url"]
        server.wait(lambda: server.get(job)["phase"] == "tail", "fine-tuning")
        expect(page.get_by_text("Fine-tuning", exact=False).first).to_be_visible()
        picture(page, "train", is_compared=False)
        shown_trainer.let_go_on(server.folder / "state")
        assert server.finished(job)["version"] == "v2"

        expect(page.get_by_text("Version v2 was", exact=False).first).to_be_visible()
        _insights(page, ui)
        _monitor(page, ui, server)


def _insights(page: Page, ui: str) -> None:
    open_page(page, ui, "Insights")
    expect(page.get_by_role("heading", name="Collected films by class")).to_be_visible()
    expect(page.get_by_role("heading", name="Brightness by class")).to_be_visible()
    expect(page.get_by_role("heading", name="Edge density by class")).to_be_visible()
    page.get_by_role("tab", name="Training").click()
    expect(page.get_by_role("heading", name="Training curves")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").last).to_be_visible()
    picture(page, "insights", is_compared=False)


def _monitor(page: Page, ui: str, server: Server) -> None:
    for seed in range(12):
        image = server.phantom(LABELS[seed % 4], seed)
        server.session.post(server.url + "/predict", files={"file": image}, timeout=30)
    server.session.post(server.url + "/predict", files={"file": b"no film"}, timeout=30)
    open_page(page, ui, "Monitor")
    expect(page.get_by_text("Predictions served")).to_be_visible()
    expect(page.get_by_text("99 % within", exact=False)).to_be_visible()
    expect(page.get_by_role("heading", name="Recent errors")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    picture(page, "monitor", is_compared=False)


def _png(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": content}


def _example(name: str) -> FilePayload:
    content = (ROOT / "docs/examples" / name).read_bytes()
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def _zip(server: Server, *, per_class: int = 12) -> FilePayload:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for label in LABELS:
            for seed in range(per_class):
                archive.writestr(f"{label}/{seed}.png", server.phantom(label, seed))
    return {"name": "films.zip", "mimeType": "application/zip", "buffer": buffer.getvalue()}
