"""`/models`: list, card, download, promote, roll back, refuse."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.inputs.discovery import LabelledImage, manifest_digest
from api.main import create_app
from api.model_card.card_file import read_card, write_card
from api.model_card.promotion_policy import Check, Verdict
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobState
from api.registry.manifest import dumped, grown, manifest_path
from api.registry.store import CARD_NAME, card_path, reference_path
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, damage
from tests.support.databases import only_champion_file
from tests.support.waiting import wait_until, wait_until_ready
from tests.web.response_checks import answer, problem
from tests.web.routes.model_versions import BECAUSE, serving


class TestListing:
    def test_the_default_is_the_champion_at_first(self, client: TestClient) -> None:
        body = answer(client.get("/models"))

        assert (body["champion"], body["history"]) == ("v1", [])
        assert [model["version"] for model in body["models"]] == ["v1"]
        assert body["models"][0]["is_champion"]
        assert body["models"][0]["problem"] is None

    def test_versions_come_newest_first_with_their_figures(
        self, client: TestClient, second: Path
    ) -> None:
        models = answer(client.get("/models"))["models"]

        assert [(m["version"], m["parent"], m["is_champion"]) for m in models] == [
            ("v2", "v1", False),
            ("v1", None, True),
        ]
        assert models[0]["size_bytes"] == second.stat().st_size
        assert 0 <= models[0]["accuracy"] <= 1

    def test_a_version_that_cannot_serve_is_listed_with_the_reason(
        self, client: TestClient, second: Path
    ) -> None:
        damage(second.with_name(CARD_NAME))

        v2, v1 = answer(client.get("/models"))["models"]

        assert "cannot be read" in v2["problem"]
        assert v1["problem"] is None
        assert answer(client.get("/models/v2"))["problem"] == v2["problem"]


class TestOne:
    def test_its_card_is_the_file(self, client: TestClient, tiny: TinyCheckpoint) -> None:
        assert answer(client.get("/models/v1/card")) == tiny.card.model_dump(mode="json")

    def test_its_weights_can_be_downloaded(self, client: TestClient, tiny: TinyCheckpoint) -> None:
        response = client.get("/models/v1/model.h5")

        assert response.content == tiny.weights.read_bytes()
        assert response.headers["content-type"] == "application/x-hdf5"
        assert 'filename="pneumonia-v1.h5"' in response.headers["content-disposition"]

    def test_it_says_which_samples_that_it_learned_from_were_deleted_since(
        self, client: TestClient, second: Path
    ) -> None:
        upload = {"data": {"label": "Normal"}, "files": [("files", images.png(1))]}
        sha256 = answer(client.post("/upload-data", **upload))["files"][0]["sha256"]  # type: ignore[arg-type]
        learned = LabelledImage(Path("a.png"), "Normal", "uploads", None, sha256)
        card = read_card(second.with_name(CARD_NAME))
        data = card.data.model_copy(update={"manifest_sha256": manifest_digest([learned])})
        write_card(second.with_name(CARD_NAME), card.model_copy(update={"data": data}))
        lines = grown((), {"train": [learned]}, version="v2")
        manifest_path(second).write_bytes(dumped(lines))
        before = answer(client.get("/models/v2"))

        assert client.delete(f"/samples/{sha256}").status_code == 204

        after = answer(client.get("/models/v2"))
        assert (before["deleted_since"], before["deleted_samples"]) == (0, [])
        assert (after["deleted_since"], after["deleted_samples"]) == (1, [sha256])
        assert answer(client.get("/models/v1"))["deleted_since"] is None
        manifest_path(second).write_bytes(b"")
        problem(client.get("/models/v2"), 409, "restore it")

    @pytest.mark.parametrize("path", ["", "/card", "/model.h5"])
    @pytest.mark.parametrize("version", ["v9", "latest", "..%2f..%2fetc%2fpasswd"])
    def test_an_unknown_version_is_refused(
        self, shared_client: TestClient, version: str, path: str
    ) -> None:
        problem(shared_client.get(f"/models/{version}{path}"), 404)

    def test_a_card_that_is_damaged_is_refused(self, client: TestClient, second: Path) -> None:
        damage(second.with_name(CARD_NAME))

        problem(client.get("/models/v2/card"), 409, "cannot be read")


class TestPromoting:
    @pytest.mark.usefixtures("second")
    def test_the_version_serves_from_the_next_request_on(self, client: TestClient) -> None:
        assert serving(client) == "v1"

        body = answer(client.post("/models/v2/promote", json=BECAUSE))

        assert (body["version"], body["is_champion"]) == ("v2", True)
        assert serving(client) == "v2"
        (move,) = answer(client.get("/models"))["history"]
        assert (move["version"], move["previous"], move["by"], move["reason"]) == (
            "v2", "v1", "local", "better here",
        )  # fmt: skip

    @pytest.mark.usefixtures("second")
    def test_without_a_reason_nothing_moves(self, client: TestClient) -> None:
        problem(client.post("/models/v2/promote"), 422)

        assert answer(client.get("/models"))["history"] == []

    @pytest.mark.usefixtures("second")
    def test_what_the_gate_had_against_it_is_said_and_kept(self, client: TestClient) -> None:
        database = client.app.state.services.records.database  # type: ignore[attr-defined]
        verdict = Verdict.of([Check("labels", False, "l"), Check("specificity", True, "s")])
        jobs.create(database, job_id="job", task="pneumonia", samples={})
        jobs.end(database, "job", JobOutcome(JobState.KEPT, "", "v2", verdict), task="pneumonia")

        body = answer(client.post("/models/v2/promote", json=BECAUSE))

        assert body["overrides"] == ["labels"]
        assert answer(client.get("/models"))["history"][0]["overrides"] == ["labels"]

    def test_the_champion_itself_is_refused(self, client: TestClient) -> None:
        problem(client.post("/models/v1/promote", json=BECAUSE), 409, "is the champion already")

    def test_an_unknown_version_is_refused(self, client: TestClient) -> None:
        problem(client.post("/models/v9/promote", json=BECAUSE), 404, "No checkpoint named 'v9'")

    @pytest.mark.parametrize("path_of", [Path, card_path, reference_path])
    def test_a_version_that_cannot_serve_is_refused_and_the_old_one_serves_on(
        self, client: TestClient, second: Path, path_of: Callable[[Path], Path]
    ) -> None:
        damage(path_of(second))

        problem(client.post("/models/v2/promote", json=BECAUSE), 409)

        assert serving(client) == "v1"
        assert answer(client.get("/models"))["champion"] == "v1"

    @pytest.mark.parametrize(
        "body",
        [
            {"reason": ""},
            {"reason": "  "},
            {"reason": "x" * 501},
            {"reason": 3},
            {"force": True},
            [],
        ],
    )
    def test_a_body_that_does_not_fit_is_refused(
        self, shared_client: TestClient, body: object
    ) -> None:
        problem(shared_client.post("/models/v1/promote", json=body), 422)

        assert answer(shared_client.get("/models"))["history"] == []

    @only_champion_file
    @pytest.mark.usefixtures("second")
    def test_an_alias_that_cannot_be_written_moves_nothing(
        self, client: TestClient, settings: Settings
    ) -> None:
        (settings.models_dir / "pneumonia" / ".champion.lock").mkdir()

        problem(client.post("/models/v2/promote", json=BECAUSE), 507, "permissions")

        assert serving(client) == "v1"


class TestRollingBack:
    def test_without_an_earlier_champion_it_is_refused(self, client: TestClient) -> None:
        problem(client.post("/models/rollback"), 409, "no earlier champion")

    @pytest.mark.usefixtures("second")
    def test_the_champion_before_serves_again(self, client: TestClient) -> None:
        answer(client.post("/models/v2/promote", json=BECAUSE))

        body = answer(client.post("/models/rollback", json={"reason": "worse at night"}))

        assert (body["version"], body["is_champion"]) == ("v1", True)
        assert serving(client) == "v1"
        assert answer(client.get("/models"))["history"][0]["reason"] == "worse at night"
        problem(client.post("/models/rollback"), 409)

    @pytest.mark.usefixtures("second")
    def test_from_a_version_that_does_not_serve_any_more_it_is_refused(
        self, client: TestClient
    ) -> None:
        answer(client.post("/models/v2/promote", json=BECAUSE))
        back = {"from_version": "v2"}

        problem(client.post("/models/rollback", json={"from_version": "v1"}), 409, "is v2, not v1")
        answer(client.post("/models/rollback", json=back))
        problem(client.post("/models/rollback", json=back), 409, "The champion is v1, not v2")
        problem(client.post("/models/rollback", json={"from_version": 2}), 422)

    @pytest.mark.usefixtures("second")
    def test_to_a_version_that_is_damaged_meanwhile_it_is_refused(
        self, client: TestClient, settings: Settings
    ) -> None:
        answer(client.post("/models/v2/promote", json=BECAUSE))
        damage(settings.default_model)

        problem(client.post("/models/rollback"), 409, "not those its card describes")

        assert serving(client) == "v2"


class TestFollowing:
    @pytest.mark.usefixtures("second")
    def test_a_move_by_another_worker_is_followed(self, client: TestClient) -> None:
        services = client.app.state.services  # type: ignore[attr-defined]

        services.storage.alias.move("v2", previous="v1", by="another worker", reason="r")

        wait_until(lambda: serving(client) == "v2", "v2 served")

    @pytest.mark.usefixtures("second")
    def test_two_servers_on_one_folder_promote_it_once(
        self, client: TestClient, settings: Settings
    ) -> None:
        with (
            TestClient(create_app(settings), raise_server_exceptions=False) as other,
            ThreadPoolExecutor(6) as pool,
        ):
            wait_until_ready(other)
            asked = [
                pool.submit(one.post, "/models/v2/promote", json=BECAUSE)
                for one in (client, other) * 3
            ]
            statuses = sorted(request.result().status_code for request in asked)

            assert statuses == [200, 409, 409, 409, 409, 409]
            assert answer(other.post("/models/rollback"))["version"] == "v1"
            wait_until(lambda: serving(client) == "v1", "the first one followed")

    @pytest.mark.parametrize(
        ("path_of", "words"),
        [(Path, "not those its card"), (reference_path, "not the one its card")],
    )
    def test_a_champion_that_is_damaged_while_it_serves_goes_on(
        self,
        client: TestClient,
        settings: Settings,
        path_of: Callable[[Path], Path],
        words: str,
    ) -> None:
        damage(path_of(settings.default_model))

        wait_until(
            lambda: not answer(client.get("/status"))["health"]["model"]["ok"],
            "the damage was noticed",
        )

        assert serving(client) == "v1"
        health = answer(client.get("/status"))["health"]["model"]
        assert "Meanwhile v1 goes on serving" in health["detail"]
        assert words in health["detail"]
        assert words in answer(client.get("/models/v1"))["problem"]
