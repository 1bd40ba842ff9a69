"""What the browser sends, against the fake API."""

import base64
import dataclasses
import time
from typing import Any

from client import RoentgenClient
from tests.streamlit_app.fake_api import FakeApi, png
from worklist import incoming
from worklist.image_cache import Picture
from worklist.incoming import Group, SentImage
from worklist.rows import MAX_ROWS, Row, Worklist, WorklistImage, beside


def image(key: str, content: bytes = png()) -> SentImage:
    return SentImage(key=key, name=f"{key}.png", data=base64.b64encode(content).decode())


def group(*images: SentImage, number: int = 1, look: bool = False, left: int = 0) -> Group:
    return Group(number=number, look=look, left=left, total=len(images) + left, images=images)


class TestTake:
    def test_images_are_answered_in_their_order(self, api: FakeApi) -> None:
        images = Worklist()

        incoming.take(images, group(*map(image, "abcdef"), left=2), RoentgenClient())

        assert list(images.rows) == list("abcdef")
        assert all(row.answer and row.thumbnail for row in images.rows.values())
        assert images.is_being_read
        assert images.open_key is None

    def test_a_group_that_comes_twice_counts_once(self, api: FakeApi) -> None:
        images = Worklist()

        for _ in range(2):
            incoming.receive(images, group(image("a")), RoentgenClient())
        while not images.answered:
            time.sleep(0.01)

        assert len(api.calls("POST", "/predict")) == 1
        assert images.rows["a"].answer

    def test_an_answer_for_a_list_that_was_begun_anew_is_dropped(self, api: FakeApi) -> None:
        images, client = Worklist(), RoentgenClient()
        predict = client.predict

        def cleared_meanwhile(*args: Any, **options: Any) -> Any:
            images.clear()
            return predict(*args, **options)

        client.predict = cleared_meanwhile  # type: ignore[method-assign]
        incoming.take(images, group(image("a")), client)

        assert not images.rows
        assert images.answered == 1

    def test_what_the_browser_cannot_send_has_its_sentence(self, api: FakeApi) -> None:
        images, locked = Worklist(), SentImage(key="a", name="a.png", error="Locked.")
        broken = SentImage(key="c", name="c.png", data="no base64!")

        incoming.take(images, group(locked, image("b", b""), broken), RoentgenClient())

        assert [row.error for row in images.rows.values()] == [
            "Locked.", incoming.EMPTY, incoming.EMPTY,
        ]  # fmt: skip
        assert not api.requests

    def test_a_server_that_is_gone_is_asked_again(self, no_api: None) -> None:
        images = Worklist()

        incoming.take(images, group(image("a"), image("b")), RoentgenClient())

        assert images.again == ("a", "b")
        assert images.asked == 1
        assert "cannot be reached" in (images.rows["a"].error or "")

    def test_a_look_asks_for_no_answer(self, api: FakeApi) -> None:
        images = Worklist()

        incoming.take(images, group(image("a"), look=True), RoentgenClient())

        assert images.image_cache.get("a") == Picture(png(), is_full=True)
        assert not api.calls("POST", "/predict")
        # The page is drawn anew for answers, not for each picture that somebody turns to.
        assert (images.answered, images.read) == (1, 0)

    def test_a_look_is_as_large_as_a_screen_unless_all_pixels_are_wanted(
        self, api: FakeApi
    ) -> None:
        images = Worklist()

        incoming.take(images, group(image("a"), look=True), RoentgenClient())
        incoming.take(images, group(image("a"), look=True) | {"full": True}, RoentgenClient())

        sizes = [call.path.partition("side_px=")[2] for call in api.calls("POST", "/preview")]
        assert sizes == ["1280", "4096"]

    def test_one_that_the_tab_has_no_more_is_not_waited_for(self, api: FakeApi) -> None:
        images, gone = Worklist(), SentImage(key="a", name="", is_gone=True)

        incoming.take(images, group(gone, look=True), RoentgenClient())

        assert images.gone == {"a"}

    def test_one_whose_picture_takes_too_long_is_not_asked_for_without_end(
        self, api: FakeApi
    ) -> None:
        images = Worklist()
        slow = api.answers["POST", "/preview"]
        api.answers["POST", "/preview"] = dataclasses.replace(slow, delay_s=0.5)

        incoming.take(images, group(image("a"), look=True), RoentgenClient(timeout_s=0.1))

        assert (images.gone, images.missed) == ({"a"}, set())


class TestLose:
    def test_what_the_browser_has_no_more_is_not_waited_for(self) -> None:
        images = Worklist()
        images.ask_again(["a", "b"])

        images.lose(["a"])

        assert (images.gone, images.again) == ({"a"}, ("b",))


class TestBeside:
    def test_most_people_go_on_and_some_go_back(self) -> None:
        assert beside(list("abcde"), "b") == ["c", "d", "a"]
        assert beside(list("abc"), "c") == ["b"]
        assert beside(list("abc"), "x") == []


class TestForgotten:
    def test_lines_that_the_list_is_too_short_for_are_counted(self) -> None:
        images = Worklist()
        for number in range(MAX_ROWS + 3):
            images.add(Row(WorklistImage(f"{number}", f"{number}.png"), images.options))

        assert (len(images.rows), images.forgotten) == (MAX_ROWS, 3)
        images.clear()
        assert images.forgotten == 0
