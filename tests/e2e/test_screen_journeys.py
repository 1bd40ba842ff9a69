"""What people do on a screen from its beginning to its end: read again, review, promote, check."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import sent_images
from tests.e2e.browsing import (
    IN_A_BROWSER,
    ROOT,
    WRITTEN_TO,
    choose,
    picture,
    running_ui,
    upload,
)
from tests.e2e.conftest import Server, running_server
from tests.e2e.looks import (
    DARK,
    LIGHT,
    NARROW,
    Look,
    faults,
    open_page,
    seen_in,
    take,
    walked_on,
    whole,
)
from tests.support.checkpoints import TinyCheckpoint, add_version

pytestmark = IN_A_BROWSER

EXAMPLES = ("healthy-adult.jpg", "bacterial-pneumonia-child.jpg", "covid-19-adult.jpg")
LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
COMPARED = re.compile("held-out films|Not on the same films")
# A click on a link, and at once what a component of the page sends by itself.
SENT_AS_THE_PAGE_IS_LEFT = """() => {
  document.querySelector("[data-testid=stSidebar] a[href$=privacy]").click();
  roentgenSenders.training.send("poll", Date.now());
}"""
SENT_WITHIN_MS = 500


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    tiny: TinyCheckpoint,
    request: pytest.FixtureRequest,
) -> Iterator[Server]:
    """It keeps the films of its answers, and has a second version and answers."""
    folder = tmp_path_factory.mktemp("journeys")
    add_version(folder / "models", tiny, "v2")
    model: Path | TinyCheckpoint = tiny
    if WRITTEN_TO:
        # A small checkpoint knows nothing of real films, which the documents' pictures show.
        folder_of_compiled: Path = request.getfixturevalue("compiled")
        shutil.copyfile(tiny.compiled, folder_of_compiled / tiny.compiled.name)
        model = folder_of_compiled
    keeps = {"ROENTGEN_KEEP_IMAGES": "all"}
    with running_server(folder, model, workers=1, environment=keeps) as running:
        for name in EXAMPLES:
            _answered(running, name, (ROOT / "docs/examples" / name).read_bytes())
        yield running


@pytest.fixture(scope="module")
def ui(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The UI, pointed at the server; yields its address."""
    with running_ui(server.url, tmp_path_factory.mktemp("journeys_ui")) as address:
        yield address


@pytest.fixture(scope="module")
def page(tab: Page, ui: str) -> Iterator[Page]:
    with walked_on(tab, ui):
        yield tab


class TestAnswers:
    @seen_in(NARROW)
    def test_one_is_found_by_its_name_and_stays_at_its_address(
        self, page: Page, server: Server, look: Look
    ) -> None:
        open_page(page, "Answers")
        expect(page.get_by_test_id("stDataFrame")).to_be_visible()
        picture(page, "answers")
        take(page, look)

        by_name = page.get_by_role("combobox", name="Open an answer")
        by_name.fill("covid")
        expect(page.get_by_role("option")).to_have_count(1)
        by_name.press("Enter")

        expect(page.locator(".rv[data-opened] canvas").first).to_be_visible()
        [shown] = server.get("/predictions?name=covid")["predictions"]
        assert page.url.endswith(f"prediction={shown['id']}")
        whole(page)
        page.reload()
        expect(page.get_by_text("covid-19-adult.jpg").first).to_be_visible()
        expect(page.locator(".rv[data-opened] canvas").first).to_be_visible()
        assert faults(page) == []


class TestReview:
    @seen_in(DARK)
    def test_films_are_read_by_keys_alone_and_one_is_taken_back(
        self, page: Page, server: Server, look: Look
    ) -> None:
        open_page(page, "Review")
        choose(page, "Which answers", "Every answer")
        count = server.get("/review")["total"]
        expect(page.get_by_text(f"1 of {count}")).to_be_visible()
        expect(page.locator(".rv[data-opened] .rv-film canvas").first).to_be_visible()
        # The whole film is in view, as on *Diagnose*.
        expect(page.locator(".rv-stage")).to_be_in_viewport(ratio=1)
        # A small checkpoint has another film first.
        picture(page, "teach/review", is_compared=False)
        take(page, look)

        # Keys of a page that is about to be drawn anew are the former page's.
        whole(page)
        _press(page, "2", 2, count)
        _press(page, "s", 3, count)
        _press(page, "u", 2, count)

        assert _given(server) == ["Normal"]
        _press(page, "u", 1, count)
        assert _given(server) == []
        assert faults(page) == []


class TestVersions:
    @seen_in(LIGHT)
    def test_one_is_compared_promoted_with_a_reason_and_taken_back(
        self, page: Page, server: Server, look: Look
    ) -> None:
        open_page(page, "Versions")
        expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
        picture(page, "versions")
        take(page, look)
        page.get_by_role("tab", name="Compare").click()
        expect(page.get_by_text(COMPARED).first).to_be_visible()

        page.get_by_role("tab", name="Promote").click()
        button = page.get_by_test_id("stMain").get_by_role("button", name="Promote", exact=True)
        button.click()
        expect(page.get_by_text("Give a reason", exact=False)).to_be_visible()
        assert server.get("/models")["champion"] == "v1", "promoted without a reason"
        page.get_by_label("Reason for the promotion").fill("It is right about our children.")
        button.click()
        expect(page.get_by_text("v2 serves now.", exact=False)).to_be_visible()
        assert server.get("/models")["champion"] == "v2"
        page.get_by_role("tab", name="Roll back").click()
        page.get_by_label("Reason for the rollback").fill("It is worse on our adults.")
        page.get_by_role("button", name="Roll back", exact=True).click()
        expect(page.get_by_text("v1 serves now.")).to_be_visible()

        assert server.get("/models")["champion"] == "v1"
        assert faults(page) == []

    @seen_in(NARROW)
    def test_one_runs_in_shadow_and_is_downloaded(
        self, page: Page, server: Server, tiny: TinyCheckpoint, look: Look
    ) -> None:
        open_page(page, "Versions")
        take(page, look)
        page.get_by_role("tab", name="In shadow").click()
        page.get_by_role("button", name="Run v2 in shadow").click()
        expect(page.get_by_text("v2 runs in shadow from now on.")).to_be_visible()
        assert server.get("/models")["in_shadow"] == "v2"
        page.get_by_role("button", name="End the shadow of v2").click()
        expect(page.get_by_text("v2 no longer runs in shadow.")).to_be_visible()
        assert server.get("/models")["in_shadow"] is None

        # A file that is asked for while the page is drawn anew does not come.
        whole(page)
        page.get_by_role("tab", name="Download").click()
        with page.expect_download() as caught:
            page.get_by_role("button", name="Download weights (.h5)").click()

        assert caught.value.suggested_filename == "v2.h5"
        assert caught.value.path().read_bytes() == tiny.weights.read_bytes()
        assert faults(page) == []


class TestSite:
    @seen_in(DARK)
    def test_a_check_becomes_a_profile_which_is_taken_back(
        self, page: Page, ui: str, server: Server, look: Look
    ) -> None:
        check = server.session.post(
            f"{server.url}/evaluate",
            files={"file": ("ours.zip", sent_images.of_a_site())},
            timeout=120,
        ).json()["check"]
        take(page, look)
        whole(page)
        page.goto(f"{ui}/site-check?check={check}")
        expect(page.get_by_role("heading", name="Use this for a site")).to_be_visible()

        page.get_by_label("Name of the site").fill("St. Anna")
        page.get_by_label("Reason", exact=True).fill("Our own films of November.")
        if (anyway := page.get_by_text("Use it all the same")).count():
            anyway.click()
        page.get_by_role("button", name="Use this for the site").click()
        expect(page.get_by_role("heading", name="Sites", exact=True)).to_be_visible()
        assert [site["site"] for site in server.get("/status")["sites"]] == ["St. Anna"]
        assert faults(page) == []

        page.get_by_text("Undo a profile").click()
        page.get_by_label("Reason for undoing").fill("They were films of another device.")
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page.get_by_text("Undo a profile")).to_have_count(0)

        assert server.get("/sites/St. Anna")["profile"] is None


class TestDiagnose:
    @seen_in(LIGHT)
    def test_a_batch_is_stopped_and_what_was_read_stays(
        self, page: Page, server: Server, look: Look
    ) -> None:
        open_page(page, "Diagnose")
        take(page, look)
        before = _answers(server)
        upload(page, sent_images.batch(look))
        page.locator('.rs[data-store="films"]').get_by_role("button", name="Stop").click()

        expect(page.locator('.rs[data-store="films"]')).to_be_hidden()
        lines = page.get_by_role("option")
        expect(lines.first).to_be_visible()
        whole(page)
        read = lines.count()
        assert read < sent_images.MANY
        # One may have been under way.
        assert _answers(server) - before >= read
        assert faults(page) == []
        page.get_by_role("button", name="New list").click()
        expect(lines).to_have_count(0)

    @seen_in(LIGHT)
    def test_what_is_sent_as_a_page_is_left_does_not_end_it(self, page: Page, look: Look) -> None:
        open_page(page, "Train")
        page.evaluate(SENT_AS_THE_PAGE_IS_LEFT)

        expect(page.get_by_role("heading", name="What is kept", level=1)).to_be_visible()
        whole(page)
        # What was kept back is sent now, and the page is still there.
        page.wait_for_timeout(SENT_WITHIN_MS)
        whole(page)
        expect(page.get_by_role("heading", name="What is kept", level=1)).to_be_visible()
        take(page, look)
        assert faults(page) == []


def _answers(server: Server) -> int:
    return len(server.get("/predictions?limit=200")["predictions"])


def _given(server: Server) -> list[str]:
    """The classes that readers gave the films of answers."""
    listed = server.get("/predictions?limit=100")["predictions"]
    answers = [server.get(f"/predictions/{answer['id']}") for answer in listed]
    return [answer["feedback"]["label"] for answer in answers if answer.get("feedback")]


def _press(page: Page, key: str, place: int, count: int) -> None:
    """A key, and then the film at that place; a picture that is left on its way is an error."""
    # While the page is drawn anew the former viewer may stand beside the new one.
    before = page.locator(".rv[data-opened]").first.get_attribute("data-opened")
    page.keyboard.press(key)
    expect(page.get_by_text(f"{place} of {count}")).to_be_visible()
    now = page.locator(f".rv[data-opened]:not([data-opened='{before}'])")
    expect(now.first).to_be_visible()


def _answered(server: Server, name: str, image: bytes) -> None:
    sent = {"file": (name, image)}
    server.session.post(f"{server.url}/predict", files=sent, timeout=60).raise_for_status()
