"""The film in a body is found by a scan exactly where a parser finds it."""

import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from api.web.uploads import single_file
from tests.support import images
from tests.support.full_disk import full_disk
from tests.web.response_checks import answer, problem

BOUNDARY = "----b0undary"
PART = 'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png'


def multipart(*parts: tuple[str, bytes], end: bytes = b"--\r\n", boundary: str = BOUNDARY) -> bytes:
    """A body of (headers, content)."""
    delimiter = b"--" + boundary.encode()
    body = b"".join(
        delimiter + b"\r\n" + headers.encode() + b"\r\n\r\n" + content + b"\r\n"
        for headers, content in parts
    )
    return body + delimiter + end


def send(client: TestClient, body: bytes, kind: str = "") -> Any:
    header = kind or f"multipart/form-data; boundary={BOUNDARY}"
    return client.post("/predict", content=body, headers={"Content-Type": header})


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request's film was found without the parser."""
    found: list[bool] = []
    scan = single_file._found

    def noting(body: bytes, content_type: str, field: str) -> single_file.UploadedFile | None:
        image = scan(body, content_type, field)
        found.append(image is not None)
        return image

    monkeypatch.setattr(single_file, "_found", noting)
    return found


class TestScanning:
    @pytest.mark.parametrize(
        ("headers", "name"),
        [
            (PART.format(name="a.png"), "a.png"),
            (PART.format(name="r\u00f6ntgen \u80f8.png"), "r\u00f6ntgen \u80f8.png"),
            (PART.format(name=""), "unnamed"),
            (PART.format(name='a \\"b\\".png'), 'a "b".png'),
            ("content-disposition: FORM-DATA; filename=a.png; name=file", "a.png"),
            (
                'X-Other: 1\r\nContent-Disposition: form-data; name="file"; filename="b.png"',
                "b.png",
            ),
        ],
        ids=["usual", "unicode", "empty", "quotes", "bare", "other header"],
    )
    def test_an_image_alone_is_found_without_a_parser(
        self, shared_client: TestClient, scanned: list[bool], headers: str, name: str
    ) -> None:
        body = answer(send(shared_client, multipart((headers, images.png()))))

        assert body["filename"] == name
        assert scanned == [True]

    def test_what_looks_like_an_end_is_part_of_the_image(
        self, shared_client: TestClient, scanned: list[bool]
    ) -> None:
        content = images.png() + b"\r\n--" + BOUNDARY[:-1].encode() + b"--\r\n\r\n"
        whole = answer(send(shared_client, multipart((PART.format(name="a"), content))))
        plain = answer(send(shared_client, multipart((PART.format(name="a"), images.png()))))

        assert whole["probabilities"] == plain["probabilities"]
        records = [
            shared_client.get(f"/predictions/{each['id']}").json() for each in (whole, plain)
        ]
        assert [record["id"] for record in records] == [whole["id"], plain["id"]]
        assert scanned == [True, True]

    @pytest.mark.parametrize(
        "body",
        [
            multipart(
                ('Content-Disposition: form-data; name="note"', b"hello"),
                (PART.format(name="a.png"), images.png()),
            ),
            multipart(
                (PART.format(name="a.png"), images.png()),
                ('Content-Disposition: form-data; name="note"', b"hello"),
            ),
            b"preamble\r\n" + multipart((PART.format(name="a.png"), images.png())),
            multipart((PART.format(name="a.png"), images.png()), end=b"--\r\nepilogue"),
        ],
        ids=["field before", "field after", "preamble", "epilogue"],
    )
    def test_any_other_body_is_read_by_the_book(
        self, shared_client: TestClient, scanned: list[bool], body: bytes
    ) -> None:
        response = send(shared_client, body)

        assert scanned == [False]
        if not body.startswith(b"preamble"):
            assert answer(response)["filename"] == "a.png"
        else:
            problem(response, 400)


class TestNames:
    @pytest.mark.parametrize("end", [b"--\r\n", b"--\r\nepilogue"])
    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
    def test_one_has_the_same_name_alone_and_in_a_batch(
        self, shared_client: TestClient, encoding: str, end: bytes
    ) -> None:
        body = multipart((PART.format(name="n\u00e4.png"), images.png()), end=end)
        body = body.replace("\u00e4".encode(), "\u00e4".encode(encoding))
        kind = f"multipart/form-data; boundary={BOUNDARY}"

        alone = answer(send(shared_client, body))
        batch = shared_client.post("/predict/batch", content=body, headers={"Content-Type": kind})

        (of_batch,) = answer(batch)["results"]
        assert alone["filename"] == of_batch["filename"] == "n\u00e4.png"


class TestRefusing:
    @pytest.mark.parametrize(
        ("body", "kind", "status", "words"),
        [
            (b"", "", 422, "'file'"),
            (b"{}", "application/json", 422, "'file': Field required (multipart/form-data)"),
            (b"file=1", "application/x-www-form-urlencoded", 422, "'file': Expected a file"),
            (multipart(('Content-Disposition: form-data; name="file"', b"x")), "", 422, "a file"),
            (multipart((PART.replace('"file"', '"film"'), images.png())), "", 422, "'file'"),
            (multipart(("Content-Type: image/png", b"x")), "", 400, "Content-Disposition"),
            (multipart((PART, b"x")), "multipart/form-data", 400, "boundary"),
            (b"--" + BOUNDARY.encode() + b"\r\n\r\n", "", 400, "cut short"),
            (multipart((PART.format(name="a.png"), images.png()))[:-200], "", 400, "cut short"),
            (multipart((PART.format(name="a.png"), b"")), "", 422, "0 bytes"),
        ],
        ids=[
            "nothing", "json", "urlencoded", "text field", "other field", "no name",
            "no boundary", "no end", "cut short", "empty file",
        ],
    )  # fmt: skip
    def test_what_is_no_image_is_refused_with_what_is_missing(
        self, shared_client: TestClient, body: bytes, kind: str, status: int, words: str
    ) -> None:
        problem(send(shared_client, body, kind), status, words)

    @pytest.mark.parametrize("between", [[], [('Content-Disposition: form-data; name="a"', b"b")]])
    def test_two_images_are_sent_to_where_many_are_read(
        self, client: TestClient, between: list[tuple[str, bytes]]
    ) -> None:
        one, two = ((PART.format(name=name), images.png()) for name in ("a.png", "b.png"))

        response = send(client, multipart(one, *between, two))

        problem(response, 422, "2 parts named 'file'", "POST /predict/batch")
        assert client.get("/predictions").json()["predictions"] == []

    def test_names_in_a_charset_that_decodes_nothing(self, shared_client: TestClient) -> None:
        body = multipart((PART.format(name="a.png"), images.png()), end=b"--\r\nepilogue")
        kind = f"multipart/form-data; charset=undefined; boundary={BOUNDARY}"

        problem(send(shared_client, body, kind), 400, "names in the body")

    def test_a_full_disk_under_the_parser_is_told_as_that(self, client: TestClient) -> None:
        body = multipart((PART.format(name="a.png"), bytes(1_500_000)), end=b"--\r\nepilogue")

        with full_disk(at_bytes=500_000):
            problem(send(client, body), 507, "Free some space")

    def test_a_thousand_parts_are_refused(self, shared_client: TestClient) -> None:
        part = (PART.format(name="a.png"), b"x")

        problem(send(shared_client, multipart(*[part] * 1100)), 400, "Too many files")


class TestRoom:
    def test_no_more_is_held_than_there_is_room_for(self, client: TestClient) -> None:
        services = client.app.state.services  # type: ignore[attr-defined]
        services.serving.memory_budget._max_bytes = 2_000_000
        big = {"file": io.BytesIO(b"\xff\xd8\xff" + b"0" * 2_500_000)}

        response = client.post("/predict", files=big)

        problem(response, 429, "Too many films are being sent at once")
        assert response.headers["Retry-After"] == "1"
        assert services.serving.memory_budget.held == 0
        answer(client.post("/predict", files={"file": images.png()}))
        assert services.serving.memory_budget.held == 0

    def test_there_is_room_for_some_of_the_largest_images(self, settings: Settings) -> None:
        """Else the largest would be told to come again for ever."""
        largest = 300_000_000
        app = create_app(settings.model_copy(update={"max_file_bytes": largest}))

        with TestClient(app):
            assert app.state.services.serving.memory_budget._max_bytes >= 4 * largest

    def test_what_is_refused_takes_no_room(self, client: TestClient) -> None:
        for content in (b"", b"no picture", images.jpeg()[:500]):
            assert client.post("/predict", files={"file": content}).status_code in {415, 422}

        assert client.app.state.services.serving.memory_budget.held == 0  # type: ignore[attr-defined]
