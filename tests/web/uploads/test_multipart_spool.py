"""The files of a form, however its bytes arrive."""

import asyncio
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from api.errors import StorageFailed
from api.web.uploads.multipart_spool import Part, Spool, receive
from tests.support import images
from tests.support.full_disk import full_disk

FILES = {
    "a.png": b"first",
    'röntgen "x".png': b"--boundary\r\n" * 50,
    "empty": b"",
    "films.zip": images.zipped({"x/1.png": b"one", "x/2.png": b"two"}),
}


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "batches")
    yield spool
    spool.close()


def form(files: dict[str, bytes]) -> tuple[bytes, str]:
    """A form as a real client writes it: body and content type."""
    prepared = requests.Request(
        "POST",
        "http://x",
        files=[("files", pair) for pair in files.items()],
        data={"remark": "not a file"},
    ).prepare()
    assert isinstance(prepared.body, bytes)
    return prepared.body, prepared.headers["Content-Type"]


def take(
    spool: Spool, body: bytes, kind: str, *, step: int = 65_536, max_files: int = 10
) -> list[Part]:
    pieces = [body[start : start + step] for start in range(0, len(body), step)] or [b""]
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    messages[-1]["more_body"] = False

    async def next_message() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    scope = {"type": "http", "headers": [(b"content-type", kind.encode())]}
    return asyncio.run(receive(Request(scope, next_message), spool, max_files=max_files))


class TestReceiving:
    @pytest.mark.parametrize("step", [1, 7, 64, 65_536])
    def test_every_file_is_there_as_it_was_sent(self, spool: Spool, step: int) -> None:
        parts = take(spool, *form(FILES), step=step)

        assert {part.field for part in parts} == {"files"}
        assert [spool.read(part.offset, part.size) for part in parts] == list(FILES.values())
        assert [part.filename for part in parts][::2] == ["a.png", "empty"]

    def test_an_archive_can_be_opened_where_it_lies(self, spool: Spool) -> None:
        part = take(spool, *form(FILES))[-1]

        with zipfile.ZipFile(spool.opened(part)) as archive:
            assert archive.testzip() is None
            assert archive.read("x/2.png") == b"two"

    def test_more_than_wanted_are_told_and_not_kept(self, spool: Spool) -> None:
        many = {f"{number}.png": bytes(1000) for number in range(50)}

        parts = take(spool, *form(many), max_files=3)

        assert len(parts) == 4
        assert spool.size == 3000

    def test_nothing_has_a_name_on_the_disk(self, spool: Spool, tmp_path: Path) -> None:
        take(spool, *form(FILES))

        assert list((tmp_path / "batches").iterdir()) == []


class TestRefusing:
    @pytest.mark.parametrize("stored", [0.0, 0.3, 0.9])
    def test_a_form_that_ends_early(self, spool: Spool, stored: float) -> None:
        body, kind = form(FILES)

        with pytest.raises(HTTPException, match="ends before") as refused:
            take(spool, body[: int(len(body) * stored)], kind)

        assert refused.value.status_code == 400

    def test_what_is_no_form_inside(self, spool: Spool) -> None:
        with pytest.raises(HTTPException, match="not a form") as refused:
            take(spool, b"hello", "multipart/form-data; boundary=x")

        assert refused.value.status_code == 400

    @pytest.mark.parametrize(
        "kind", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=x"]
    )
    def test_another_kind_of_body(self, spool: Spool, kind: str) -> None:
        with pytest.raises(HTTPException, match="multipart/form-data") as refused:
            take(spool, b"{}", kind)

        assert refused.value.status_code == 415

    def test_a_boundary_of_any_length_is_no_server_error(self, spool: Spool) -> None:
        with pytest.raises(HTTPException) as refused:
            take(spool, b"x", f"multipart/form-data; boundary={'b' * 5000}")

        assert refused.value.status_code == 400

    def test_a_full_disk(self, spool: Spool) -> None:
        with full_disk(), pytest.raises(StorageFailed, match="could not be written"):
            take(spool, *form({"a.png": bytes(3_000_000)}))

    def test_a_disk_that_is_nearly_full_is_left_to_the_records(self, tmp_path: Path) -> None:
        with closing(Spool(tmp_path, reserved_bytes=10**18)) as spool:
            spool.append(b"a film")

            with pytest.raises(StorageFailed, match="those are for its records"):
                spool.flush()
