"""`POST /predict/batch`: outcomes in order, archives, and what is refused as a whole."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support import images
from tests.support.locked_database import locked
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, problem
from tests.web.routes.batches import CSV, batch, some, watched


class TestOutcomes:
    def test_each_image_has_its_own_in_the_order_they_were_sent(
        self, shared_client: TestClient
    ) -> None:
        body = answer(
            batch(
                shared_client,
                ("a.png", images.png(1)),
                ("notes.txt", b"text"),
                ("cut.jpg", images.jpeg(2)[:600]),
                ("empty", b""),
                ("huge.png", bytes(3_000_001)),
                ("wide.png", images.png_claiming(60_000, 60_000)),
                ("b.jpg", images.jpeg(3)),
            )
        )

        results = body["results"]
        assert [result["filename"] for result in results] == [
            "a.png", "notes.txt", "cut.jpg", "empty", "huge.png", "wide.png", "b.jpg",
        ]  # fmt: skip
        statuses = [result["problem"] and result["problem"]["status"] for result in results]
        assert statuses == [None, 415, 422, 422, 413, 413, None]
        assert (body["answered"], body["refused"]) == (2, 5)

    @pytest.mark.parametrize(
        "content", [b"text", b"", images.jpeg()[:600], bytes(3_000_001)], ids=range(4)
    )
    def test_a_refused_image_is_told_what_it_would_have_been_told_alone(
        self, shared_client: TestClient, content: bytes
    ) -> None:
        alone = shared_client.post("/predict", files={"file": ("x", content)}).json()

        (result,) = answer(batch(shared_client, ("x", content)))["results"]

        assert result["prediction"] is None
        assert result["problem"] == {key: alone[key] for key in ("title", "status", "detail")}

    def test_an_answer_is_the_one_it_would_have_had_alone_and_is_kept_like_it(
        self, client: TestClient
    ) -> None:
        own = {"id", "created_at", "timings"}
        alone = answer(client.post("/predict", files={"file": ("1.png", images.png(1))}))

        results = answer(batch(client, *some(3)))["results"]

        answered = results[1]["prediction"]
        assert answered.keys() == alone.keys()
        assert {k: answered[k] for k in answered.keys() - own} == {
            k: alone[k] for k in alone.keys() - own
        }
        for result in results:
            prediction = result["prediction"]
            assert answer(client.get(f"/predictions/{prediction['id']}")) == prediction
            assert client.get(f"/predictions/{prediction['id']}/heatmap.png").status_code == 200
        assert answer(client.get("/status"))["num_predictions"] == 4

    def test_it_decides_as_it_is_told(self, shared_client: TestClient) -> None:
        response = batch(shared_client, *some(2), operating_point="confirm", prevalence=0.2)

        for result in answer(response)["results"]:
            answered = result["prediction"]
            assert (answered["operating_point"], answered["prevalence"]) == ("confirm", 0.2)

    def test_a_locked_database_is_a_problem_of_the_images_it_hits(self, client: TestClient) -> None:
        with locked(client.app.state.services.records.database):  # type: ignore[attr-defined]
            body = answer(batch(client, *some(2), ("notes.txt", b"text")))

        assert [result["problem"]["status"] for result in body["results"]] == [503, 503, 415]

    def test_an_unexpected_error_is_told_without_its_text_and_the_others_are_answered(
        self, client: TestClient
    ) -> None:
        def fail(number: int) -> None:
            if number == 0:
                raise RuntimeError("secret")

        watched(client, fail)

        response = batch(client, *some(3))

        body = answer(response)
        failed = [result["problem"] for result in body["results"] if result["problem"]]
        assert (len(failed), body["answered"]) == (1, 2)
        assert failed[0]["status"] == 500
        assert response.headers["X-Request-ID"] in failed[0]["detail"]
        assert "secret" not in response.text
        (stored,) = answer(client.get("/status/activity"))["errors"]
        assert (stored["status"], stored["path"]) == (500, "POST /predict/batch")


class TestArchives:
    @pytest.mark.parametrize("field", ["files", "file"])
    def test_a_zip_is_a_batch_in_its_order_and_with_its_names(
        self, shared_client: TestClient, field: str
    ) -> None:
        archive = images.zipped(
            {
                "ward 3/b.png": images.png(1),
                "a.png": images.png(2),
                "ward 3/notes.txt": b"text",
                "../evil.png": images.png(3),
                "__MACOSX/._a.png": b"x",
            }
        )

        response = shared_client.post("/predict/batch", files={field: ("films.zip", archive)})

        results = answer(response)["results"]
        assert [result["filename"] for result in results] == [
            "ward 3/b.png", "a.png", "ward 3/notes.txt", "../evil.png",
        ]  # fmt: skip
        assert [bool(result["prediction"]) for result in results] == [True, True, False, False]
        assert "leads out of the archive" in results[3]["problem"]["detail"]
        assert response.headers["X-Batch-Films"] == "4"

    def test_archives_and_images_may_be_mixed(self, shared_client: TestClient) -> None:
        archive = images.zipped({"x.png": images.png(1), "y.png": images.png(2)})

        body = answer(
            batch(shared_client, *some(1), ("films.zip", archive), ("last.png", images.png(3)))
        )

        names = [result["filename"] for result in body["results"]]
        assert names == ["0.png", "x.png", "y.png", "last.png"]
        assert body["answered"] == 4

    def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(
        self, settings: Settings
    ) -> None:
        small = settings.model_copy(update={"max_batch_bytes": 12_000_000})
        bomb = images.zipped({f"{n}.png": bytes(1_500_000) for n in range(10)}, compress=True)

        with TestClient(create_app(small)) as client:
            wait_until_ready(client)
            watcher = watched(client)

            problem(batch(client, ("bomb.zip", bomb)), 413, "unpacks to more than 12 MB")
            assert watcher.count == 0

    @pytest.mark.parametrize(
        ("content", "words"),
        [(b"PK\x03\x04" + bytes(100), "damaged"), (images.zipped({}), "holds no files")],
    )
    def test_a_bad_one_is_refused_whole(
        self, client: TestClient, content: bytes, words: str
    ) -> None:
        problem(batch(client, *some(1), ("films.zip", content)), 422, words)

        assert answer(client.get("/status"))["num_predictions"] == 0


class TestRefusingTheWhole:
    @pytest.mark.parametrize(
        ("sent", "status", "words"),
        [
            ({"files": {"image": images.png()}}, 422, "films go into 'files'"),
            ({"data": {"files": "a.png"}, "files": {}}, 415, "'files'"),
            ({"json": {"files": []}}, 415, "multipart/form-data"),
            ({}, 415, "multipart/form-data"),
            (
                {
                    "content": b"--x--\r\n",
                    "headers": {"Content-Type": "multipart/form-data; boundary=x"},
                },
                422,
                "holds no films",
            ),
            (
                {
                    "content": b"--x\r\n",
                    "headers": {"Content-Type": "multipart/form-data; boundary=x"},
                },
                400,
                "ends before",
            ),
        ],
    )
    def test_what_holds_no_images(
        self, shared_client: TestClient, sent: dict[str, Any], status: int, words: str
    ) -> None:
        problem(shared_client.post("/predict/batch", **sent), status, words)

    @pytest.mark.parametrize(("name", "value"), [("prevalence", 2), ("operating_point", "x" * 41)])
    def test_parameters_that_do_not_fit(
        self, shared_client: TestClient, name: str, value: str | float
    ) -> None:
        params: dict[str, Any] = {name: value}

        problem(batch(shared_client, *some(1), **params), 422, f"'{name}'")

    def test_an_unknown_operating_point_before_the_first_image(self, client: TestClient) -> None:
        watcher = watched(client)

        response = batch(client, *some(2), accept=CSV, operating_point="brave")

        problem(response, 422, "no operating point 'brave'", "screening")
        assert watcher.count == 0

    def test_too_many_images_loose_or_in_archives(self, settings: Settings) -> None:
        few = settings.model_copy(update={"max_batch_files": 3})
        two = images.zipped({"x.png": images.png(1), "y.png": images.png(2)})
        with TestClient(create_app(few)) as client:
            wait_until_ready(client)

            for sent in (some(4), [("a.zip", two), ("b.zip", two)], [*some(2), ("a.zip", two)]):
                problem(batch(client, *sent), 413, "3 films that are accepted at once")
            assert answer(client.get("/status"))["num_predictions"] == 0
            assert answer(batch(client, *some(1), ("a.zip", two)))["answered"] == 3

    def test_archives_that_together_list_far_too_much(self, settings: Settings) -> None:
        few = settings.model_copy(update={"max_batch_files": 3})
        folders = {f"{number:080d}/": b"" for number in range(400)}
        archive = images.zipped({"x.png": images.png()} | folders)
        with TestClient(create_app(few)) as client:
            wait_until_ready(client)

            problem(batch(client, *[("a.zip", archive)] * 3), 413, "lists far more")
            assert answer(batch(client, ("a.zip", archive)))["answered"] == 1

    def test_a_body_over_the_limit(self, settings: Settings) -> None:
        small = settings.model_copy(update={"max_batch_bytes": 100_000})
        with TestClient(create_app(small)) as client:
            problem(batch(client, ("a.png", bytes(1_200_000))), 413, "larger than 1 MB")

    def test_no_model(self, settings: Settings) -> None:
        settings.default_model.unlink()
        with TestClient(create_app(settings)) as client:
            response = batch(client, *some(1))

            problem(response, 503)
            assert int(response.headers["Retry-After"]) > 0
