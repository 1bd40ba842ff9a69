"""Several tasks of one server: their paths, and what each has of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.records.retrainings import jobs
from api.settings import Settings
from tests.conftest import ready_client, settings_below
from tests.support import images, twin_task
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.twin_task import TWIN
from tests.web.response_checks import Documented, answer, problem

OWN = "/tasks/twin"
# What two answers about one film do not have in common.
OF_ITS_OWN = ("id", "created_at", "timings", "model_version")


@pytest.fixture(scope="module")
def task_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks")
    twin_task.write_task_file(folder)
    return folder


@pytest.fixture(autouse=True)
def _task_file(task_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROENTGEN_TASKS_DIR", str(task_files))


@pytest.fixture(scope="module")
def shared_both(
    task_files: Path,
    tiny: TinyCheckpoint,
    documented: Documented,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TestClient]:
    """The same once, for tests that neither count nor change anything."""
    folder = tmp_path_factory.mktemp("shared")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny)
    twin_task.give_model(settings, tiny)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ROENTGEN_TASKS_DIR", str(task_files))
        with ready_client(settings, documented) as client:
            yield client
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def both(settings: Settings, tiny: TinyCheckpoint, documented: Documented) -> Iterator[TestClient]:
    """Two tasks, served by one application."""
    twin_task.give_model(settings, tiny)
    small = settings.model_copy(update={"min_retrain_images": 4})
    with ready_client(small, documented) as client:
        yield client


def image(seed: int = 1) -> dict[str, tuple[str, bytes]]:
    return {"file": ("film.png", images.png(seed))}


def named(client: TestClient) -> dict[str, dict[str, Any]]:
    return {task["name"]: task for task in answer(client.get("/tasks"))["tasks"]}


def shared_part(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in OF_ITS_OWN}


class TestTheList:
    def test_it_has_the_default_first_and_says_whose_model_is_loaded(
        self, both: TestClient
    ) -> None:
        listed = answer(both.get("/tasks"))

        assert listed["default"] == "pneumonia"
        assert [(t["name"], t["ready"], t["champion"]) for t in listed["tasks"]] == [
            ("pneumonia", True, "v1"),
            (TWIN, False, "v7"),
            ("iris", False, None),
            ("mammography", False, None),
        ]

    def test_each_says_what_it_takes_and_where(self, both: TestClient) -> None:
        task = answer(both.get(OWN))

        assert (task["path"], task["kind"], task["is_default"]) == (OWN, "image", False)
        assert "'file'" in task["takes"]
        assert task["frontal_only"]
        assert not answer(both.get("/tasks/mammography"))["frontal_only"]
        assert task["inputs"] == "Frontal chest X-rays"
        assert list(task["classes"])[1] == task["negative_class"] == "Normal"

    def test_a_task_is_served_once_it_has_a_model(
        self, settings: Settings, tiny: TinyCheckpoint, documented: Documented
    ) -> None:
        with ready_client(settings, documented) as client:
            problem(client.post(f"{OWN}/predict", files=image()), 503, "api train --task twin")
            assert not answer(client.get(OWN))["ready"]

            twin_task.give_model(settings, tiny)

            assert answer(client.post(f"{OWN}/predict", files=image()))["model_version"] == "v7"
            assert named(client)[TWIN]["ready"]

    def test_without_a_model_a_task_says_why_and_what_to_do(
        self, shared_client: TestClient
    ) -> None:
        task = answer(shared_client.get("/tasks/mammography"))

        assert (task["ready"], task["champion"], task["is_default"]) == (False, None, False)
        for words in ("none is shipped", "99 public films", "train --task mammography"):
            assert words in task["problem"]
        for path in ("status", "models", "samples"):
            response = shared_client.get(f"/tasks/mammography/{path}")
            assert problem(response, 503)["detail"] == task["problem"]
        problem(shared_client.get("/tasks/mammography/nothing"), 404, "nothing at '/nothing'")
        asked = "/v2/models/mammography"
        for response in (
            shared_client.get(asked),
            shared_client.get(f"{asked}/ready"),
            shared_client.post(f"{asked}/infer", json={"inputs": []}),
        ):
            body = problem(response, 503, "train --task mammography")
            assert body["error"] == body["detail"]

    def test_with_names_in_the_settings_no_other_is(
        self, settings: Settings, tiny: TinyCheckpoint
    ) -> None:
        twin_task.give_model(settings, tiny)
        chosen = settings.model_copy(update={"tasks": ("pneumonia",)})

        with TestClient(create_app(chosen)) as client:
            assert list(named(client)) == ["pneumonia"]
            problem(client.get(f"{OWN}/status"), 404, "There is no task 'twin' here")
            diagnosed = client.post("/api/diagnosis/", files={"image": image()["file"]})
            problem(diagnosed, 404, "'mammography' is not served here", "ROENTGEN_TASKS")

    def test_all_models_can_be_loaded_at_the_start(
        self, settings: Settings, tiny: TinyCheckpoint, documented: Documented
    ) -> None:
        twin_task.give_model(settings, tiny)

        with ready_client(settings.model_copy(update={"preload": True}), documented) as client:
            services = client.app.state.tasks.find(TWIN)  # type: ignore[attr-defined]
            assert client.app.state.tasks.is_requested(services)  # type: ignore[attr-defined]


class TestAFileThatIsWrong:
    @pytest.fixture
    def beside(
        self,
        settings: Settings,
        documented: Documented,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Iterator[TestClient]:
        """A server beside whose task files two are wrong."""
        monkeypatch.setenv("ROENTGEN_TASKS_DIR", str(tmp_path))
        (tmp_path / "latin.toml").write_bytes("title = 'Gesch\xe4ft'".encode("latin-1"))
        twin_task.write_task_file(tmp_path)
        twin = tmp_path / f"{TWIN}.toml"
        text = twin.read_text(encoding="utf-8")
        twin.write_text(text.replace("[quality]", "[quality]\nmin_side = 64", 1), "utf-8")
        with ready_client(settings, documented) as client:
            yield client

    def test_stops_nothing_and_is_listed_with_what_is_wrong(self, beside: TestClient) -> None:
        listed = named(beside)

        assert list(listed) == ["pneumonia", "iris", "mammography", "latin", TWIN]
        assert "'latin.toml' is no UTF-8 text" in listed["latin"]["problem"]
        assert "'quality.min_side': There is no such field" in listed[TWIN]["problem"]
        assert not listed[TWIN]["ready"]
        assert answer(beside.get(OWN)) == listed[TWIN]
        answer(beside.post("/predict", files=image()))

    @pytest.mark.parametrize("path", [f"{OWN}/status", f"/v2/models/{TWIN}"])
    def test_its_paths_say_so_too(self, beside: TestClient, path: str) -> None:
        problem(beside.get(path), 503, "'quality.min_side'")
        problem(beside.get("/tasks/none"), 404, "latin, twin")


class TestPaths:
    def test_the_first_request_for_a_task_waits_for_its_model(
        self, shared_both: TestClient
    ) -> None:
        body = answer(shared_both.post(f"{OWN}/predict", files=image()))

        assert body["model_version"] == "v7"
        assert named(shared_both)[TWIN]["ready"]

    def test_without_a_task_they_are_the_default_ones(self, shared_both: TestClient) -> None:
        old = answer(shared_both.post("/predict", files=image()))
        new = answer(shared_both.post("/tasks/pneumonia/predict", files=image()))

        assert old.keys() == new.keys()
        assert shared_part(old) == shared_part(new)
        newest = answer(shared_both.get("/predictions?limit=2"))["predictions"]
        assert {prediction["id"] for prediction in newest} == {old["id"], new["id"]}

    def test_links_stay_within_the_task(self, shared_both: TestClient) -> None:
        body = answer(shared_both.post(f"{OWN}/predict?explain=true", files=image()))

        link = body["explanation"]["heatmap"]
        assert link == f"{OWN}/predictions/{body['id']}/heatmap.png"
        assert shared_both.get(link).headers["content-type"] == "image/png"

    @pytest.mark.parametrize("path", ["/tasks/none/predict", "/tasks/none", "/tasks/%2e%2e/status"])
    def test_of_an_unknown_task_the_known_ones_are_named(
        self, shared_both: TestClient, path: str
    ) -> None:
        problem(shared_both.get(path), 404, "pneumonia, twin")

    @pytest.mark.parametrize("path", ["nothing", "tasks", "docs", "api/diagnosis/"])
    def test_what_is_the_servers_has_one_path_only(
        self, shared_both: TestClient, path: str
    ) -> None:
        problem(shared_both.get(f"{OWN}/{path}"), 404, f"nothing at '/{path}'")

    @pytest.mark.parametrize(
        "path",
        [
            "/predictions",
            "/samples",
            "/samples/summary",
            "/retrain",
            "/models",
            "/models/v7/card",
            "/review",
            "/status",
            "/status/activity",
            "/health/ready",
            "/phantoms/Normal.png",
        ],
    )
    def test_a_task_has_every_path(self, shared_both: TestClient, path: str) -> None:
        assert shared_both.get(OWN + path).status_code == 200

    def test_a_batch_is_the_tasks(self, shared_both: TestClient) -> None:
        body = answer(shared_both.post(f"{OWN}/predict/batch", files=[("files", image()["file"])]))

        assert body["results"][0]["prediction"]["model_version"] == "v7"

    def test_the_state_is_the_tasks(self, shared_both: TestClient) -> None:
        body = answer(shared_both.get(f"{OWN}/status"))

        assert (body["task"], body["model_version"]) == (TWIN, "v7")
        # Of the compute processes; here the server itself computes.
        assert body["task_memory_mb"] == {}

    def test_limits_hold_for_every_task(self, shared_both: TestClient) -> None:
        too_large = {"file": ("film.png", bytes(4_500_000))}

        problem(shared_both.post(f"{OWN}/predict", files=too_large), 413)


class TestNothingOfOneTaskIsSeenInAnother:
    def test_answers(self, both: TestClient) -> None:
        theirs = answer(both.post(f"{OWN}/predict", files=image()))["id"]

        assert answer(both.get("/status"))["num_predictions"] == 0
        problem(both.get(f"/predictions/{theirs}"), 404)
        assert answer(both.get(f"{OWN}/predictions/{theirs}"))["id"] == theirs

    def test_samples(self, both: TestClient) -> None:
        upload(both, OWN, "Normal", range(2))

        assert answer(both.get("/samples/summary"))["total"] == 0
        assert answer(both.get(f"{OWN}/samples/summary"))["total"] == 2

    def test_failures(self, both: TestClient) -> None:
        problem(both.get(f"{OWN}/predictions/none"), 404)

        assert answer(both.get("/status/activity"))["errors"] == []
        (error,) = answer(both.get(f"{OWN}/status/activity"))["errors"]
        assert error["path"] == f"GET {OWN}/predictions/none"

    def test_champions(self, both: TestClient) -> None:
        assert answer(both.get("/models"))["champion"] == "v1"
        assert [m["version"] for m in answer(both.get(f"{OWN}/models"))["models"]] == ["v7"]
        problem(both.get("/models/v7"), 404, "for task 'pneumonia'")


class TestRetraining:
    def test_while_another_task_retrains_it_is_refused_with_that_job(
        self, both: TestClient
    ) -> None:
        upload(both, OWN, "Normal", range(2))
        upload(both, OWN, "COVID-19", range(2, 4))
        database = both.app.state.services.records.database  # type: ignore[attr-defined]
        jobs.create(database, job_id="other", task="pneumonia", samples={})

        response = both.post(f"{OWN}/retrain")

        body = problem(response, 409, "of the task 'pneumonia'", "/tasks/pneumonia/retrain/other")
        assert body["job"] == response.headers["Location"] == "/tasks/pneumonia/retrain/other"
        assert answer(both.get(body["job"]))["id"] == "other"
        assert answer(both.get(f"{OWN}/retrain"))["jobs"] == []


def upload(client: TestClient, of_task: str, label: str, seeds: range) -> None:
    files = [("files", (f"{seed}.png", images.png(seed))) for seed in seeds]
    body = answer(client.post(f"{of_task}/upload-data", data={"label": label}, files=files))
    assert body["stored"] == len(seeds)


class TestTheDiagnosis:
    @pytest.fixture
    def diagnosing(
        self, settings: Settings, tiny: TinyCheckpoint, documented: Documented
    ) -> Iterator[TestClient]:
        twin_task.give_model(settings, tiny)
        chosen = settings.model_copy(update={"diagnosis_task": TWIN})
        with ready_client(chosen, documented) as client:
            yield client

    @pytest.mark.parametrize("path", ["/api/diagnosis/", "/api/diagnosis"])
    def test_it_says_a_class_and_its_probability_and_nothing_else(
        self, diagnosing: TestClient, path: str
    ) -> None:
        response = diagnosing.post(path, files={"image": ("film.png", images.png())})

        body = answer(response)
        stored = answer(diagnosing.get(f"{OWN}/predictions/{response.headers['X-Prediction-ID']}"))
        assert set(body) == {"prediction", "confidence"}
        assert body["confidence"] == stored["probabilities"][body["prediction"]]
        assert response.headers["X-Decision"] == stored["decision"]
        assert answer(diagnosing.get("/status"))["num_predictions"] == 0

    def test_a_picture_of_something_else_is_for_a_person(self, diagnosing: TestClient) -> None:
        response = diagnosing.post("/api/diagnosis/", files={"image": ("a.png", images.noise())})

        assert response.headers["X-Decision"] == "refer"
        assert set(answer(response)) == {"prediction", "confidence"}

    def test_a_request_without_the_field_is_refused(self, diagnosing: TestClient) -> None:
        problem(diagnosing.post("/api/diagnosis/", files=image()), 422, "'image'")
        problem(diagnosing.post("/api/diagnosis/", data={"image": "text"}), 422, "'image'")

    def test_what_is_no_image_is_refused(self, diagnosing: TestClient) -> None:
        problem(diagnosing.post("/api/diagnosis/", files={"image": ("a.txt", b"text")}), 415)

    def test_two_files_are_refused(self, diagnosing: TestClient) -> None:
        two = [("image", image()["file"]), ("image", image(2)["file"])]
        beside = [("image", image()["file"]), ("file", image(2)["file"])]

        problem(diagnosing.post("/api/diagnosis/", files=two), 422, "several files")
        problem(diagnosing.post("/api/diagnosis/", files=beside), 422, "one")

    def test_without_a_model_it_says_how_to_train_one(self, shared_client: TestClient) -> None:
        body = {"image": image()["file"]}

        problem(
            shared_client.post("/api/diagnosis/", files=body),
            503,
            "none is shipped, as nothing that was learned from 99 public films is better than",
            "api train --task mammography",
        )

    @pytest.mark.parametrize(
        ("sent", "status", "words"),
        [
            ({"files": image()}, 422, "'image'"),
            ({"data": {"image": "text"}}, 422, "'image'"),
            ({"json": {"image": "text"}}, 422, "'image'"),
            ({"files": [("image", image()["file"]), ("image", image(2)["file"])]}, 422, "several"),
            ({"files": {"image": ("a.txt", b"text")}}, 415, "send JPEG"),
            ({"files": {"image": ("a.png", b"")}}, 422, "empty"),
        ],
    )
    def test_without_a_model_what_is_wrong_with_a_request_is_said_first(
        self, shared_client: TestClient, sent: dict[str, Any], status: int, words: str
    ) -> None:
        problem(shared_client.post("/api/diagnosis/", **sent), status, words)
