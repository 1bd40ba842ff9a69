"""`/models`: list, card, download, promote, roll back, refuse."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.inputs.discovery import LabelledImage, manifest_digest
from api.main import create_app
from api.model_card.card import read_card, write_card
from api.model_card.promotion_policy import Check, Verdict
from api.records import jobs
from api.records.job_states import JobOutcome, JobState
from api.registry.champion_file import BACKUP_NAME, FILE_NAME
from api.registry.manifest import dumped, grown, manifest_path
from api.registry.store import CARD_NAME, card_path, reference_path
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, add_version, damage
from tests.support.damaged_json import NOT_A_HISTORY
from tests.support.scarce import no_descriptors
from tests.support.waiting import wait_until, wait_until_ready
from tests.web.response_checks import answer, problem

BECAUSE = {"reason": "better here"}


@pytest.fixture
def second(settings: Settings, tiny: TinyCheckpoint) -> Path:
    """The weights of a sound version v2."""
    return add_version(settings.models_dir, tiny, "v2")


def serving(client: TestClient) -> str:
    """The version that answers."""
    version: str = answer(client.post("/predict", files={"file": images.png()}))["model_version"]
    return version


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
        self, client: TestClient, version: str, path: str
    ) -> None:
        problem(client.get(f"/models/{version}{path}"), 404)

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
            "v2", "v1", "api", "better here",
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
    @pytest.mark.usefixtures("second")
    def test_a_body_that_does_not_fit_is_refused(self, client: TestClient, body: object) -> None:
        problem(client.post("/models/v2/promote", json=body), 422)

        assert answer(client.get("/models"))["champion"] == "v1"

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


def say_what_is_wrong(client: TestClient) -> dict[str, Any]:
    """By all reading routes, once the server has looked; returns the body of `GET /models`."""
    client.app.state.services.serving.live.refresh()  # type: ignore[attr-defined]
    ready, status = answer(client.get("/health/ready")), answer(client.get("/status"))
    found: dict[str, Any] = answer(client.get("/models"))
    assert (ready["model_version"], status["model_version"], found["champion"]) == ("v2",) * 3
    assert f"{ready['problem']} Meanwhile v2 goes on" in status["health"]["model"]["detail"]
    assert not status["health"]["model"]["ok"]
    assert serving(client) == "v2"
    for version in ("v1", "v2"):
        answer(client.get(f"/models/{version}"))
        answer(client.get(f"/models/{version}/card"))
    return found


@pytest.mark.usefixtures("second")
class TestADamagedAlias:
    @pytest.fixture
    def path(self, client: TestClient, settings: Settings) -> Path:
        """The file, after v2 was promoted."""
        answer(client.post("/models/v2/promote", json=BECAUSE))
        return settings.models_dir / "pneumonia" / FILE_NAME

    @pytest.mark.parametrize("has_copy", [True, False])
    def test_the_model_that_serves_goes_on_and_all_is_said(
        self, client: TestClient, path: Path, has_copy: bool
    ) -> None:
        if not has_copy:
            path.with_name(BACKUP_NAME).unlink()
        for content in NOT_A_HISTORY:
            path.write_bytes(content)

            found = say_what_is_wrong(client)

            assert "'champion.json' is damaged" in found["problem"]
            assert "remove it" not in found["problem"]
            assert len(found["history"]) == has_copy
            assert path.read_bytes() == content

    def test_a_folder_in_its_place_is_no_different(self, client: TestClient, path: Path) -> None:
        path.unlink()
        path.mkdir()

        assert "not a file" in say_what_is_wrong(client)["problem"]

    def test_without_descriptors_nothing_is_called_damaged(
        self, client: TestClient, path: Path
    ) -> None:
        assert path.is_file()

        with no_descriptors():
            found = answer(client.get("/models"))

        assert found["champion"] == "v2"
        assert "Too many open files" in found["problem"]
        assert "damaged" not in found["problem"]
        assert answer(client.get("/models"))["problem"] is None

    def test_promoting_sets_it_aside_and_says_so(self, client: TestClient, path: Path) -> None:
        path.write_bytes(b"null")

        body = answer(client.post("/models/v1/promote", json=BECAUSE))

        (aside,) = path.parent.glob(f"{FILE_NAME}.damaged-*")
        assert aside.name in body["note"]
        assert aside.read_bytes() == b"null"
        found = answer(client.get("/models"))
        assert (found["problem"], found["rollback_target"]) == (None, "v2")
        assert [move["note"] for move in found["history"]] == [body["note"], ""]
        assert answer(client.get("/health/ready"))["problem"] is None

    @pytest.mark.parametrize("reason", ["\ud800", "\x00 null", "a" * 500, "\u202e"])
    def test_no_reason_that_is_sent_damages_it(
        self, client: TestClient, path: Path, reason: str
    ) -> None:
        body = json.dumps({"reason": reason}).encode()
        headers = {"Content-Type": "application/json"}

        for call in ("/models/v1/promote", "/models/rollback"):
            assert client.post(call, content=body, headers=headers).status_code in {200, 422}

        assert answer(client.get("/models"))["problem"] is None
        assert path.is_file()


@pytest.mark.usefixtures("second")
class TestAnEditedCard:
    @pytest.mark.parametrize("field", ["classes", "operating_points"])
    def test_it_is_refused_with_the_fields_name_while_the_former_engine_serves(
        self, client: TestClient, settings: Settings, field: str
    ) -> None:
        path = card_path(settings.default_model)
        edited = json.loads(path.read_bytes())
        if field == "classes":
            edited["classes"].reverse()
        else:
            edited[field]["balanced"]["threshold"] /= 2
        path.write_text(json.dumps(edited))

        wait_until(lambda: answer(client.get("/health/ready"))["problem"], "it was seen")

        ready = answer(client.get("/health/ready"))
        assert ready["model_version"] == serving(client) == "v1"
        assert f"'{field}'" in ready["problem"]
        problem(client.get("/models/v1/card"), 409, f"'{field}'")
        listed = {m["version"]: m["problem"] for m in answer(client.get("/models"))["models"]}
        assert f"'{field}'" in listed["v1"]

    def test_it_is_not_promoted(self, client: TestClient, second: Path) -> None:
        path = card_path(second)
        edited = json.loads(path.read_bytes())
        edited["temperature"] = 2.0
        path.write_text(json.dumps(edited))

        problem(client.post("/models/v2/promote", json=BECAUSE), 409, "'temperature'")

        assert serving(client) == "v1"

    def test_one_of_a_former_release_serves_and_it_is_said(
        self, client: TestClient, second: Path
    ) -> None:
        path = card_path(second)
        former = json.loads(path.read_bytes()) | {"format": 2}
        del former["checksums"]
        path.write_text(json.dumps(former))

        body = answer(client.post("/models/v2/promote", json=BECAUSE))

        assert body["problem"] is None
        assert "has no checksums" in answer(client.get("/models/v2"))["note"]
        assert answer(client.get("/models/v1"))["note"] == ""


class TestWithoutASoundModel:
    @pytest.mark.parametrize(
        ("what", "words"),
        [
            ("weights", "not those its card describes"),
            ("card", "cannot be read"),
            ("no weights", "python -m api train"),
            ("no card", "is missing"),
            ("no reference", "The reference 'default.reference.npz' is missing"),
            ("alias", "champion.json"),
        ],
    )
    def test_predictions_say_why_and_when_to_come_back(
        self, settings: Settings, tiny: TinyCheckpoint, what: str, words: str
    ) -> None:
        weights = settings.default_model
        if what in {"weights", "card"}:
            damage(weights if what == "weights" else card_path(weights))
        elif what == "alias":
            add_version(settings.models_dir, tiny, "v2")
            (settings.models_dir / "pneumonia" / FILE_NAME).write_bytes(b"[")
        else:
            paths = {"no card": card_path(weights), "no reference": reference_path(weights)}
            paths.get(what, weights).unlink()

        with TestClient(create_app(settings), raise_server_exceptions=False) as client:
            wait_until(
                lambda: "No model can serve" in client.get("/health/ready").json()["detail"],
                "the reason was known",
            )
            response = client.post("/predict", files={"file": images.png()})

            problem(response, 503, "No model can serve", words)
            assert response.headers["Retry-After"]
            problem(client.get("/health/ready"), 503, words)
            assert answer(client.get("/health/live"))["status"] == "alive"
            assert not answer(client.get("/status"))["health"]["model"]["ok"]
            found = answer(client.get("/models"))
            if what == "alias":
                assert words in found["problem"]


class TestStrangeVersions:
    @pytest.mark.parametrize("version", ["v" + "1" * 300, "v٣", "V1", "v1.h5"])
    def test_they_are_not_found(self, client: TestClient, version: str) -> None:
        problem(client.get(f"/models/{version}"), 404)
        problem(client.get(f"/models/{version}/card"), 404)
        problem(client.get(f"/models/{version}/model.h5"), 404)
        problem(client.post(f"/models/{version}/promote", json=BECAUSE), 404)
