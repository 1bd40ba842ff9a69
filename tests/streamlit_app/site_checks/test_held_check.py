"""A file as it comes from the browser, and what becomes of one that does not."""

import base64

import pytest

from site_checks import held_check
from site_checks.held_check import NO_ROOM, TOO_LARGE, HeldCheck
from worklist.incoming import Group, SentImage


def group(number: int, content: bytes, *, left: int, is_first: bool = False) -> Group:
    part: SentImage = {"key": "k", "name": "a.zip", "data": base64.b64encode(content).decode()}
    if is_first:
        part["is_first"] = True
    return {"number": number, "look": False, "left": left, "total": left + 1, "images": [part]}


def content_of(check: HeldCheck) -> bytes:
    assert check.file is not None
    return b"".join(check.file.blocks())


class TestReceiving:
    def test_parts_make_the_file_in_their_order(self) -> None:
        check = HeldCheck("anna")

        check.receive(group(1, b"PK", left=1, is_first=True))
        assert (check.is_coming, check.is_there) == (True, False)
        check.receive(group(2, b"end", left=0))

        assert check.is_there
        assert content_of(check) == b"PKend"

    def test_what_comes_twice_counts_once(self) -> None:
        check = HeldCheck("anna")

        check.receive(group(1, b"PK", left=1, is_first=True))
        for _ in range(2):
            check.receive(group(2, b"end", left=0))

        assert content_of(check) == b"PKend"

    def test_another_file_takes_its_place(self) -> None:
        check = HeldCheck("anna")
        check.receive(group(1, b"one", left=0, is_first=True))

        check.receive(group(2, b"two", left=0, is_first=True))

        assert content_of(check) == b"two"

    def test_one_that_is_stopped_on_its_way_leaves_nothing(self) -> None:
        check = HeldCheck("anna")
        check.receive(group(1, b"PK", left=2, is_first=True))

        check.stop_sending()
        check.receive(group(2, b"end", left=0))

        assert check.file is None
        assert not check.is_there

    def test_one_that_is_too_large_is_given_up_and_its_rest_ignored(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(held_check, "MAX_BYTES", 3)
        check = HeldCheck("anna")

        check.receive(group(1, b"PK", left=2, is_first=True))
        check.receive(group(2, b"more", left=1))
        check.receive(group(3, b"end", left=0))

        assert (check.file, check.problem, check.left) == (None, TOO_LARGE, 0)

    def test_where_the_disk_has_no_room_that_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
        check = HeldCheck("anna")

        check.receive(group(1, b"PK", left=0, is_first=True))

        assert (check.file, check.problem) == (None, NO_ROOM)

    def test_what_the_browser_refuses_is_said(self) -> None:
        check = HeldCheck("anna")

        refused: SentImage = {"key": "k", "name": "a.txt", "error": "No ZIP.", "is_first": True}
        check.receive({"number": 1, "look": False, "left": 0, "total": 1, "images": [refused]})

        assert (check.file, check.problem) == (None, "No ZIP.")
