"""What a new user tries first, with clicks and seconds: `python -m benchmarks.screen.journeys`.

A server with the shipped model and a UI of their own, in a real browser. Each journey begins on the
first page and ends when its answer can be read: read a film, why is one referred, correct an
answer, begin a retraining, undo a promotion, check a site, stop a check. Choosing a file counts as
a click, each typed letter as a key. Exit code 1 if one takes more than five clicks or a minute, or
if the console has an error. The retraining is seen to run and cancelled; `--learn` waits for its
verdict and prints how long that took.
"""

import argparse
import io
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import requests
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page

from api.registry.store import int8_path, shift_path
from api.reports.markdown import table
from benchmarks.screen.browser import RunningUi, chromium, new_tab, running_ui
from benchmarks.screen.image_set import image
from benchmarks.support.local_server import LocalServer, upload
from tests.support.checkpoints import WEIGHTS, TinyCheckpoint, add_version, copy_checkpoint
from tests.support.images import zipped

SHIPPED = Path(__file__).resolve().parents[2] / "models/mobilenet_pneumonia_finetuned.h5"
EXAMPLE = SHIPPED.parents[1] / "docs/examples/covid-19-adult.jpg"
CLASSES = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
MAX_CLICKS, MAX_S = 5, 60.0
FILM_PX = (900, 750)
DECISION = re.compile("The model sees|A person must look|unlike the films that the model knows")
VERDICT = re.compile("^(Go|Caution|No-go): ")


@dataclass(slots=True)
class Journey:
    """One on a page, with what it cost so far."""

    page: Page
    clicks: int = 0
    keys: int = 0
    seconds: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def drop(self, path: Path) -> None:
        self.clicks += 1
        self.page.get_by_test_id("stMain").locator("input[type=file]").first.set_input_files(path)

    def type(self, into: Locator, text: str) -> None:
        self.click(into)
        self.keys += len(text)
        self.page.keyboard.type(text)

    def seen(self, what: Locator) -> None:
        """The end, or a part of it."""
        what.first.wait_for()
        self.seconds = time.monotonic() - self._began


@dataclass(frozen=True, slots=True)
class Files:
    """What a user has at hand."""

    film: Path
    no_film: Path
    archive: Path
    large: Path


def read_a_film(journey: Journey, files: Files) -> None:
    _to(journey, "Diagnose")
    journey.drop(files.film)
    journey.seen(_main(journey).get_by_text(DECISION))


def why_refer(journey: Journey, files: Files) -> None:
    _to(journey, "Diagnose")
    journey.drop(files.no_film)
    journey.seen(_main(journey).get_by_text(re.compile("is unlike the chest films")))


def correct_an_answer(journey: Journey, files: Files) -> None:
    """Of the film that was just read."""
    read_a_film(journey, files)
    wrong = _main(journey).get_by_test_id("stButtonGroup").get_by_text("Wrong", exact=True)
    label = _main(journey).get_by_role("button", name="Normal", exact=True)
    wrong.or_(label).first.wait_for()
    if wrong.is_visible():
        journey.click(wrong)
    journey.click(_main(journey).locator("[class*=st-key-label-] button").first)
    journey.seen(_main(journey).get_by_text(re.compile("^Saved:|You said:")))


def begin_a_retraining(journey: Journey, _files: Files) -> None:
    _to(journey, "Train")
    journey.click(_main(journey).get_by_role("button", name="Start retraining", exact=True))
    journey.seen(_main(journey).get_by_role("button", name="Cancel retraining"))


def undo_a_promotion(journey: Journey, _files: Files) -> None:
    _to(journey, "Versions")
    journey.click(_main(journey).get_by_role("tab", name="Roll back"))
    journey.type(_main(journey).get_by_label("Reason for the rollback"), "Worse on my films.")
    journey.click(_main(journey).get_by_role("button", name="Roll back", exact=True))
    journey.seen(_main(journey).get_by_text("v1 serves now."))


def check_a_site(journey: Journey, files: Files) -> None:
    _to(journey, "Site check")
    journey.drop(files.archive)
    journey.click(_main(journey).get_by_role("button", name="Check these films"))
    journey.seen(_main(journey).get_by_text(VERDICT))


def stop_a_check(journey: Journey, files: Files) -> None:
    _to(journey, "Site check")
    journey.drop(files.large)
    journey.click(_main(journey).get_by_role("button", name="Check these films"))
    _main(journey).get_by_text(re.compile(r"[1-9]\d* of \d+ films read")).first.wait_for()
    journey.click(_main(journey).get_by_role("button", name="Stop the check"))
    journey.seen(_main(journey).get_by_text("The check was stopped"))


JOURNEYS: dict[str, Callable[[Journey, Files], None]] = {
    "read a film": read_a_film,
    "see why one is referred": why_refer,
    "correct an answer": correct_an_answer,
    "begin a retraining": begin_a_retraining,
    "undo a promotion": undo_a_promotion,
    "check a site (60 films)": check_a_site,
    "stop a check": stop_a_check,
}


def main() -> int:
    options = _options()
    rows: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = _files(folder)
        server = LocalServer(folder / "server", settings={"keep_images": "all"})
        server.folder.mkdir()
        server.start()
        stack.callback(server.stop)
        _fill(server, folder)
        ui = stack.enter_context(running_ui(server.url))
        tab = new_tab(stack.enter_context(chromium()), ui)
        for name in options.journeys:
            rows.append(_row(name, _walked(tab.page, ui, files, JOURNEYS[name])))
            if JOURNEYS[name] is begin_a_retraining:
                rows += _ended(server.url, learn=options.learn)
        print("\n".join(tab.errors[:5]))
    titles = ("journey", "clicks", "keys", "seconds", "as it must be")
    print(table(titles, rows))
    print(f"Errors in the console: {len(tab.errors)}. Other hosts asked: {len(tab.foreign)}.")
    return int(any(row[-1] == "NO" for row in rows) or bool(tab.errors) or bool(tab.foreign))


def _walked(
    page: Page, ui: RunningUi, files: Files, walk: Callable[[Journey, Files], None]
) -> Journey:
    page.goto(ui.url)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    journey = Journey(page)
    try:
        walk(journey, files)
    except PlaywrightError as exc:
        print(str(exc).splitlines()[-1])
        journey.seconds = float("inf")
    return journey


def _row(name: str, journey: Journey) -> tuple[str, ...]:
    is_right = journey.clicks <= MAX_CLICKS and journey.seconds <= MAX_S
    figures = (f"{journey.clicks}", f"{journey.keys}", f"{journey.seconds:.1f}")
    return name, *figures, "yes" if is_right else "NO"


def _ended(url: str, *, learn: bool) -> list[tuple[str, ...]]:
    """Wait for the verdict of the retraining, or cancel it."""
    (job,) = requests.get(f"{url}/retrain", timeout=60).json()["jobs"]
    began, place = time.monotonic(), f"{url}{job['url']}"
    if not learn:
        requests.delete(place, timeout=60)
    while not (job := requests.get(place, timeout=60).json())["finished_at"]:
        time.sleep(1)
    took = f"{time.monotonic() - began:.0f}"
    return [(f"… until its verdict: {job['state']}", "0", "0", took, "")] if learn else []


def _to(journey: Journey, page: str) -> None:
    """By the link in a card of the first page."""
    journey.click(_main(journey).get_by_role("link", name=page, exact=True))
    journey.page.get_by_role("heading", name=page, exact=True, level=1).wait_for()


def _main(journey: Journey) -> Locator:
    return journey.page.get_by_test_id("stMain")


def _files(folder: Path) -> Files:
    found = Files(*(folder / n for n in ("film.jpg", "flower.png", "ours.zip", "more.zip")))
    shutil.copyfile(EXAMPLE, found.film)
    found.no_film.write_bytes(_noise())
    found.archive.write_bytes(_archive(15))
    found.large.write_bytes(_archive(100))
    return found


def _noise() -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(3).integers(0, 256, (500, 500), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _archive(of_each: int) -> bytes:
    return zipped(
        {
            f"{label}/{number}.jpg": image(4 * number + place, FILM_PX)
            for place, label in enumerate(CLASSES)
            for number in range(of_each)
        }
    )


def _fill(server: LocalServer, folder: Path) -> None:
    """Films to learn from, and a second version that was promoted by mistake."""
    for place, label in enumerate(CLASSES):
        films = [(f"{label} {n}.jpg", image(20 * place + n, FILM_PX)) for n in range(6)]
        upload(server.url, label, films)
    copy_checkpoint(SHIPPED, folder / "shipped" / WEIGHTS)
    weights = add_version(server.folder / "models", TinyCheckpoint(folder / "shipped"), "v2")
    shutil.copyfile(shift_path(SHIPPED), shift_path(weights))
    shutil.copyfile(int8_path(SHIPPED), int8_path(weights))
    promotion = {"reason": "For this benchmark."}
    url = f"{server.url}/models/v2/promote"
    promoted = requests.post(url, json=promotion, timeout=300)
    if not promoted.ok:
        raise SystemExit(f"Error: {promoted.text}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a new user tries first, in a browser.")
    parser.add_argument("--journeys", nargs="*", default=list(JOURNEYS), choices=list(JOURNEYS))
    parser.add_argument("--learn", action="store_true", help="wait for the retraining's verdict")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
