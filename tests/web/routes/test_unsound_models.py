"""`/models` where the alias is damaged, a card was edited, or no version is sound."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.registry.champion_file import BACKUP_NAME, FILE_NAME
from api.registry.store import card_path, reference_path
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, add_version, damage
from tests.support.damaged_json import NOT_A_HISTORY
from tests.support.databases import only_champion_file
from tests.support.scarce import no_descriptors
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem
from tests.web.routes.model_versions import BECAUSE, serving


def problem_of(client: TestClient) -> dict[str, Any]:
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


@only_champion_file
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

            found = problem_of(client)

            assert "'champion.json' is damaged" in found["problem"]
            assert "remove it" not in found["problem"]
            assert len(found["history"]) == has_copy
            assert path.read_bytes() == content

    def test_a_folder_in_its_place_is_no_different(self, client: TestClient, path: Path) -> None:
        path.unlink()
        path.mkdir()

        assert "not a file" in problem_of(client)["problem"]

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

    def test_no_reason_that_is_sent_damages_it(self, client: TestClient, path: Path) -> None:
        headers = {"Content-Type": "application/json"}

        for reason in ("\ud800", "\x00 null", "a" * 500, "\u202e"):
            body = json.dumps({"reason": reason}).encode()
            for call in ("/models/v1/promote", "/models/rollback"):
                assert client.post(call, content=body, headers=headers).status_code in {200, 422}

            assert answer(client.get("/models"))["problem"] is None, reason
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
    def test_they_are_not_found(self, shared_client: TestClient, version: str) -> None:
        problem(shared_client.get(f"/models/{version}"), 404)
        problem(shared_client.get(f"/models/{version}/card"), 404)
        problem(shared_client.get(f"/models/{version}/model.h5"), 404)
        problem(shared_client.post(f"/models/{version}/promote", json=BECAUSE), 404)
