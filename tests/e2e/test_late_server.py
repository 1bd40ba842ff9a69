"""A UI that is there before its server: what pages say until then, and each of them afterwards.

With ROENTGEN_SCREENSHOTS=DIR pages are saved there: the documents' pictures are made that way.
"""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import shown_trainer
from tests.e2e.browsing import (
    IN_A_BROWSER,
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
from tests.e2e.conftest import LABELS, Server, running_server
from tests.support.checkpoints import TinyCheckpoint

PAGES = (
    "Diagnose", "Answers", "Intake", "Review", "Films", "Train", "Insights", "Model card",
    "Site check", "Monitor", "What is kept",
)  # fmt: skip

pytestmark = IN_A_BROWSER


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

        upload(page, [server.class_folders(per_class=12)])
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
        picture(page, "teach/train", is_compared=False)
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
    picture(page, "teach/insights", is_compared=False)


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


class TestAccessibility:
    def test_no_page_has_a_serious_violation(
        self, page: Page, late_ui: str, late_server: Server
    ) -> None:
        server = late_server
        server.upload(2, first_seed=100)
        server.session.post(
            server.url + "/predict", files={"file": server.phantom("Normal", 1)}, timeout=30
        )
        page.goto(late_ui)
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
        self,
        page: Page,
        late_ui: str,
        late_server: Server,
        theme: Literal["dark", "light"],
        width: int,
    ) -> None:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(late_ui)
        found = {}

        for name, heading in (("", "Read a film"), ("Train", "Train"), ("Diagnose", "Diagnose")):
            if name:
                unfold_sidebar(page)
                turn_to(page, name)
            expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
            page.wait_for_load_state("networkidle")
            found[heading] = [*violations(page), *too_wide(page)]

        assert {name: each for name, each in found.items() if each} == {}
