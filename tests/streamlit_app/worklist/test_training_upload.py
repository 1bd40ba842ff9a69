"""Training films on their way, against the fake API."""

import base64
import time
import tracemalloc
from collections.abc import Sequence

from api_types import UploadResult
from client import RoentgenClient
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from worklist import training_upload
from worklist.incoming import EMPTY, Group, SentImage
from worklist.training_upload import TrainingUpload

UPLOADED: UploadResult = answers.recorded("upload")


def image(key: str, content: bytes = b"film", label: str = "Normal") -> SentImage:
    data = base64.b64encode(content).decode()
    return SentImage(key=key, name=f"{key}.png", label=label, data=data)


def group(*images: SentImage, number: int = 1, left: int = 0) -> Group:
    return Group(number=number, look=False, left=left, total=len(images) + left, images=images)


class Forgetful:
    """Takes films in and keeps nothing of them."""

    def upload(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        label: str | None = None,
        source: str | None = None,
    ) -> UploadResult:
        return UPLOADED


class TestTake:
    def test_films_go_on_with_their_class(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        upload = TrainingUpload()

        sent = group(image("a"), image("b"), image("c", label="COVID-19"), left=3)
        training_upload.take(upload, sent, RoentgenClient())

        first, second = api.calls("POST", "/upload-data")
        assert b"a.png" in first.body
        assert b"b.png" in first.body
        assert b"COVID-19" in second.body
        assert len(upload.outcomes) == 2 * len(UPLOADED["files"])
        assert upload.is_under_way

    def test_each_goes_on_with_the_site_that_was_chosen_when_it_was_dropped(
        self, api: FakeApi
    ) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        first, second = image("a"), image("b")
        first["source"], second["source"] = "St. Anna", "St. Paul"

        sent = group(first, second, image("c"))
        training_upload.take(TrainingUpload(), sent, RoentgenClient())

        of_anna, of_paul, of_none = (call.body for call in api.calls("POST", "/upload-data"))
        assert b"St. Anna" in of_anna
        assert b"a.png" in of_anna
        assert b"St. Paul" in of_paul
        assert b'name="source"' not in of_none

    def test_it_goes_on_in_a_thread_whatever_becomes_of_the_page(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        upload = TrainingUpload()

        for _ in range(2):
            training_upload.receive(upload, group(image("a")), RoentgenClient())
        assert upload.is_under_way
        while not upload.answered:
            time.sleep(0.01)

        assert len(api.calls("POST", "/upload-data")) == 1
        assert not upload.is_under_way

    def test_an_api_that_is_away_is_waited_for(self, no_api: None) -> None:
        upload = TrainingUpload()

        training_upload.take(upload, group(image("a"), image("b")), RoentgenClient())

        assert (upload.again, upload.asked) == (("a", "b"), 1)
        assert "cannot be reached" in (upload.problem or "")
        assert not upload.outcomes

    def test_a_full_disk_is_waited_for_and_a_refusal_is_an_outcome(self, api: FakeApi) -> None:
        upload = TrainingUpload()
        api.refuse("POST", "/upload-data", "The disk is full.", status=507)
        training_upload.take(upload, group(image("a")), RoentgenClient())
        assert (upload.again, upload.problem) == (("a",), "The disk is full.")

        api.refuse("POST", "/upload-data", "There is no class 'Normal'.", status=422)
        training_upload.take(upload, group(image("a"), number=2), RoentgenClient())

        assert upload.again == ()
        (outcome,) = upload.outcomes
        assert (outcome["outcome"], outcome["filename"]) == ("rejected", "a.png")
        assert outcome["reason"] == "There is no class 'Normal'."

    def test_what_the_browser_cannot_send_is_rejected_with_its_sentence(self, api: FakeApi) -> None:
        upload, locked = TrainingUpload(), SentImage(key="a", name="a.png", error="Locked.")

        training_upload.take(upload, group(locked, image("b", b"")), RoentgenClient())

        assert [each["reason"] for each in upload.outcomes] == [
            "Locked.", EMPTY,
        ]  # fmt: skip
        assert not api.requests

    def test_stopped_it_asks_for_nothing_more(self, no_api: None) -> None:
        upload = TrainingUpload(received=1, left=40)

        upload.stop()
        training_upload.take(upload, group(image("a"), left=40), RoentgenClient())

        assert not upload.is_under_way
        assert upload.problem is None

    def test_hundreds_of_films_never_lie_in_memory_at_once(self) -> None:
        upload, film = TrainingUpload(), bytes(2_000_000)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()

        for number in range(1, 11):
            sent = group(*(image(f"{number}-{place}", film) for place in range(4)), number=number)
            training_upload.take(upload, sent, Forgetful())
            del sent
        after, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        # 40 films of 2 MB went by; a group of 4 is 8 MB, and half as much again in base64.
        assert peak - before < 40e6
        assert after - before < 1e6
