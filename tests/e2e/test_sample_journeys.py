"""What people do with training films on a screen: doubt a label, correct, delete, decide."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import doubting_trainer, shown_trainer
from tests.e2e.browsing import IN_A_BROWSER, choose, picture, press, running_ui
from tests.e2e.conftest import Server, running_server
from tests.e2e.looks import (
    DARK,
    LOOKS,
    NARROW,
    Look,
    faults,
    open_page,
    seen_in,
    take,
    walked_on,
    whole,
)
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint

pytestmark = IN_A_BROWSER

# Of each of two classes so many, which the network tells apart.
OF_A_CLASS = 12
FIRST_SEED, WRONG_SEED = 6400, 6450


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny: TinyCheckpoint) -> Iterator[Server]:
    """It has training films, and a trainer that learns nothing but doubts labels."""
    with running_server(
        tmp_path_factory.mktemp("films"),
        tiny,
        gentle=True,
        workers=1,
        environment={shown_trainer.TRAINER: doubting_trainer.NAME},
    ) as running:
        for seed in range(FIRST_SEED, FIRST_SEED + OF_A_CLASS):
            _uploaded(running, images.png(seed, "clear"), "Normal")
            _uploaded(running, images.png(seed, "reticular"), "Pneumonia-Viral")
        yield running


@pytest.fixture(scope="module")
def ui(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The UI, pointed at the server; yields its address."""
    with running_ui(server.url, tmp_path_factory.mktemp("films_ui")) as address:
        yield address


@pytest.fixture(scope="module")
def page(tab: Page, ui: str) -> Iterator[Page]:
    with walked_on(tab, ui):
        yield tab


class TestDoubtfulLabels:
    """First, while no other test has added films."""

    @seen_in(DARK)
    def test_one_is_taken_back_and_one_confirmed_and_both_leave_the_list(
        self, page: Page, server: Server, look: Look
    ) -> None:
        seed = WRONG_SEED + LOOKS.index(look)
        wrong = _uploaded(server, images.png(seed, "clear"), "Pneumonia-Viral")
        other = _uploaded(server, images.png(seed, "reticular"), "Normal")
        job = server.finished(server.retrain())
        assert _doubted(job) == {wrong, other}
        open_page(page, "Films")
        page.get_by_role("radio", name="Doubtful labels").click()
        expect(
            page.get_by_text("Labels of new films that the other films contradict")
        ).to_be_visible()
        expect(page.get_by_text("Labelled Pneumonia-Viral; the others say Normal")).to_be_visible()
        expect(page.get_by_text("Labelled Normal; the others say Pneumonia-Viral")).to_be_visible()
        picture(page, "teach/doubtful")
        take(page, look)
        assert faults(page) == []

        page.get_by_role("button", name="It is Normal").click()
        expect(page.get_by_text("The film is Normal now.")).to_be_visible()
        expect(_shown(page, wrong)).to_have_count(0)
        expect(page.get_by_text("1 film got its class from a person since")).to_be_visible()
        assert server.get(f"/samples/{wrong}")["label"] == "Normal"
        # This one a person knows better than the others. A click while the page is drawn anew may
        # not come.
        whole(page)
        page.get_by_role("button", name="The class is right").click()
        expect(page.get_by_text("2 films got their class from a person since")).to_be_visible()
        expect(_shown(page, other)).to_have_count(0)

        sample = server.get(f"/samples/{other}")
        assert sample["label"] == "Normal"
        assert [change["remark"] for change in sample["history"]] == [
            "Right, whatever the other films say."
        ]
        assert faults(page) == []
        for sha256 in (wrong, other):
            server.session.delete(f"{server.url}/samples/{sha256}", timeout=30).raise_for_status()


class TestFilms:
    @seen_in(NARROW)
    def test_one_is_corrected_deleted_and_brought_back(
        self, page: Page, ui: str, server: Server, look: Look
    ) -> None:
        sha256 = _uploaded(server, _of(look), "Pneumonia-Bacterial")
        open_page(page, "Films")
        page.get_by_role("radio", name="All films").click()
        opened = page.locator(f"[class*=st-key-open-{sha256}] button:visible").first
        expect(opened).to_be_visible()
        picture(page, "teach/films")
        take(page, look)
        whole(page)
        # By its address: the list, which fades only slowly, has a field of that name, too.
        page.goto(f"{ui}/films?sample={sha256}")
        expect(page.get_by_role("button", name="Save the class")).to_be_visible()

        choose(page, "Class", "Normal")
        page.get_by_role("button", name="Save the class").click()
        expect(page.get_by_text("The film is Normal now.")).to_be_visible()
        assert server.get(f"/samples/{sha256}")["label"] == "Normal"
        # The page's link leads to all films, and whatever is done next stays there.
        open_page(page, "Films")
        take(page, look)
        page.get_by_role("radio", name="Doubtful labels").click()
        expect(page.get_by_text("Found by the retraining of")).to_be_visible()
        page.go_back()
        whole(page)
        confirm = page.get_by_role("button", name="Delete this film")
        press(page.get_by_role("button", name="Delete", exact=True), confirm)
        confirm.click()
        expect(page.get_by_text("has the way back, for a day", exact=False)).to_be_visible()
        page.get_by_role("radio", name="Deleted films").click()
        restore = page.locator(f"[class*=st-key-restore-{sha256}] button")
        expect(restore).to_be_visible()
        whole(page)
        restore.click()
        expect(page.get_by_text("The film of Normal is back.")).to_be_visible()
        expect(restore).to_have_count(0)

        assert server.get(f"/samples/{sha256}")["label"] == "Normal"
        assert faults(page) == []

    @seen_in(DARK)
    def test_one_that_came_as_two_classes_is_decided_by_a_key(
        self, page: Page, server: Server, look: Look
    ) -> None:
        sha256 = _uploaded(server, _of(look, first=50), "COVID-19")
        _uploaded(server, _of(look, first=50), "Normal")
        open_page(page, "Films")
        take(page, look)

        page.get_by_role("radio", name="Conflicts").click()
        expect(page.get_by_role("button", name="B: Normal")).to_be_visible()
        expect(page.locator(".rv[data-opened]")).to_be_visible()
        assert faults(page) == []
        page.keyboard.press("b")
        expect(page.get_by_text("There is no conflict", exact=False)).to_be_visible()

        assert server.get(f"/samples/{sha256}")["label"] == "Normal"


def _shown(page: Page, sha256: str) -> Locator:
    """What opens a doubtful film."""
    return page.locator(f"[class*=st-key-doubtful-{sha256}]")


def _doubted(job: dict[str, Any]) -> set[str]:
    """The films that a retraining named."""
    return {sha256 for check in job["verdict"]["checks"] for sha256 in check["films"]}


def _of(look: Look, *, first: int = 0) -> bytes:
    """A film that no other look has: the same one twice is one film."""
    theme, width = look
    return images.png(9000 + width + len(theme) + first)


def _uploaded(server: Server, film: bytes, label: str) -> str:
    """A training film; returns its hash."""
    answer = server.session.post(
        f"{server.url}/upload-data",
        data={"label": label},
        files={"files": ("film.png", film)},
        timeout=60,
    )
    return str(answer.json()["files"][0]["sha256"])
