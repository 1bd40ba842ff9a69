"""`POST /evaluate`: a ZIP of films in, a verdict out."""

import json
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from api.settings import Settings
from tests.support import images
from tests.web.response_checks import answer, problem
from tests.web.routes.asgi_calls import streamed
from tests.web.routes.batches import NDJSON


def evaluate(client: TestClient, content: bytes, **params: str) -> httpx.Response:
    return client.post("/evaluate", files={"file": ("films.zip", content)}, params=params)


def class_folders() -> dict[str, bytes]:
    """Four pictures that are no films in each of three folders."""
    folders = ("NORMAL", "bacteria", "PNEUMONIA")
    return {
        f"site/{folder}/{number}.png": images.noise(10 * row + number)
        for row, folder in enumerate(folders)
        for number in range(4)
    }


def left_over(settings: Settings) -> list[str]:
    return [path.name for path in (settings.state_dir / "checks").rglob("*")]


class TestChecking:
    def test_pictures_of_a_site_get_a_verdict_and_are_forgotten(
        self, client: TestClient, settings: Settings
    ) -> None:
        archive = class_folders() | {
            "../NORMAL/evil.png": images.png(1),
            "site/NORMAL/text.png": b"no picture",
            "site/notes/readme.txt": b"not in a class folder",
        }

        report = answer(
            evaluate(client, images.zipped(archive), model="v1", operating_point="confirm")
        )

        assert (report["version"], report["operating_point"], report["n"]) == ("v1", "confirm", 12)
        assert report["counts"] == {"site": {"Normal": 4, "Pneumonia-Bacterial": 4, "finding": 4}}
        reasons = report["skipped"]
        assert sum(reasons.values()) == len(reasons) == 3
        assert reasons["not in a class folder"] == 1
        assert any("leads out of the archive" in reason for reason in reasons)
        assert any("not an image" in reason for reason in reasons)
        assert (report["verdict"], report["metrics"]["referred"]) == ("no-go", 1.0)
        assert "100% of the films are left to a person." in report["reasons"]
        assert left_over(settings) == []
        assert answer(client.get("/predictions"))["predictions"] == []


def steps(client: TestClient, content: bytes) -> httpx.Response:
    files = {"file": ("films.zip", content)}
    return client.post("/evaluate", files=files, headers={"Accept": NDJSON})


class TestSteps:
    def test_what_is_refused_at_once_has_its_status(self, client: TestClient) -> None:
        problem(steps(client, b"text"), 422, "Send one ZIP archive")

    def test_what_fails_later_is_a_problem_in_the_last_line(self, client: TestClient) -> None:
        response = steps(client, images.zipped({"set/a.png": images.png()}))

        last = json.loads(response.text.splitlines()[-1])
        assert last["report"] is None
        assert (last["problem"]["status"], last["problem"]["title"]) == (
            422,
            "Unprocessable Entity",
        )
        assert "Expected one folder per class" in last["problem"]["detail"]
        assert last["problem"]["request_id"] == response.headers["X-Request-ID"]

    def test_whoever_leaves_ends_the_check_and_the_next_one_counts_up_to_its_report(
        self, client: TestClient, settings: Settings
    ) -> None:
        archive = ("file", ("films.zip", images.zipped(class_folders())))

        ended = streamed(client, "/evaluate", [archive], lambda _: False, accept=NDJSON)

        assert not ended
        assert left_over(settings) == []
        pools = client.app.state.services.serving.pools  # type: ignore[attr-defined]
        assert pools.evaluations.taken == 0

        # The next one need not wait for it.
        response = steps(client, images.zipped(class_folders()))

        lines: list[dict[str, Any]] = [json.loads(line) for line in response.text.splitlines()]
        assert response.headers["content-type"] == NDJSON
        assert (lines[0]["done"], lines[0]["total"]) == (0, None)
        assert [step["done"] for step in lines] == sorted(step["done"] for step in lines)
        assert {step["total"] for step in lines} <= {None, 12}
        assert [step["report"] is None for step in lines[-2:]] == [True, False]
        assert lines[-1]["report"]["n"] == 12
        check = lines[-1]["report"]["check"]
        assert answer(client.get(f"/evaluate/{check}")) == lines[-1]["report"]


class TestRefusing:
    def test_images_in_no_class_folder_are_refused_with_the_classes(
        self, client: TestClient, settings: Settings
    ) -> None:
        body = problem(
            evaluate(client, images.zipped({"set/a.png": images.png()})),
            422,
            "No labelled image was found in the archive.",
            "COVID-19, Normal",
        )

        assert str(settings.state_dir) not in body["detail"]
        assert left_over(settings) == []

    def test_what_is_no_archive_is_refused(self, client: TestClient, settings: Settings) -> None:
        problem(evaluate(client, images.png()), 422, "Send one ZIP archive")
        problem(evaluate(client, b""), 422, "Send one ZIP archive")
        problem(evaluate(client, images.zipped({"NORMAL/a.png": b"x"})[:-30]), 422, "damaged")
        problem(evaluate(client, images.zipped({})), 422, "holds no files")
        problem(
            evaluate(client, images.zipped({"../a.png": b"x"})), 422, "leads out of the archive"
        )
        problem(client.post("/evaluate"), 422, "'file'")

        assert left_over(settings) == []

    def test_an_archive_over_a_limit_is_refused(self, client: TestClient) -> None:
        many = images.zipped({f"NORMAL/{n}.png": b"x" for n in range(1001)})
        bomb = images.zipped({f"NORMAL/{n}.png": bytes(2_000_000) for n in range(7)}, compress=True)

        problem(evaluate(client, many), 413, "1001 files")
        problem(evaluate(client, bomb), 413, "unpacks to more than")
        problem(evaluate(client, bytes(13_500_000)), 413, "larger than 13 MB")

    def test_an_unknown_model_or_cut_is_refused_before_anything_is_unpacked(
        self, client: TestClient
    ) -> None:
        archive = images.zipped(class_folders())

        problem(evaluate(client, archive, model="v9"), 404, "No checkpoint named 'v9'")
        problem(evaluate(client, archive, model="../v1"), 404)
        problem(
            evaluate(client, archive, operating_point="brave"),
            422,
            "no operating point 'brave'",
            "balanced, confirm, screening",
        )
