"""Each change over HTTP writes its entry, and the log is read, narrowed down and exported."""

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.accounts.principal import Principal
from api.accounts.rights import Right
from api.main import create_app
from api.records.audit_log import audit
from api.records.audit_log.audit_chain import ChainHead, verify
from api.settings import Settings
from api.web.auditing import RIGHT_FOR, Action
from api.web.principals import PRINCIPAL
from tests.conftest import ready_client, settings_below
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, add_version, copy_checkpoint
from tests.support.databases import IS_POSTGRES
from tests.web.response_checks import Documented, answer, problem

ANN = Principal("ann", "user", frozenset(Right))


@pytest.fixture(scope="module")
def audited(
    tiny: TinyCheckpoint, documented: Documented, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """One server a module; every request is Ann's."""
    folder = tmp_path_factory.mktemp("audited")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny)
    add_version(settings.models_dir, tiny, "v2")
    with ready_client(settings, documented) as client:
        as_ann(client)
        yield client
    shutil.rmtree(folder, ignore_errors=True)


def as_ann(client: TestClient) -> None:
    app = client.app

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, PRINCIPAL: ANN}, receive, send)

    client._transport.app = asked  # type: ignore[attr-defined]


def entries(client: TestClient, **params: Any) -> list[Any]:
    found: list[Any] = answer(client.get("/audit", params=params))["entries"]
    return found


def upload(client: TestClient, seed: int, label: str = "Normal") -> str:
    sent = [("files", (f"{seed}.png", images.png(seed)))]
    done = answer(client.post("/upload-data", data={"label": label}, files=sent))
    return str(done["files"][0]["sha256"])


def predicted(client: TestClient, seed: int = 1) -> Any:
    return answer(client.post("/predict", files={"file": images.png(seed)}))


class TestChanges:
    def changed(self, client: TestClient, change: Callable[[], Any]) -> Any:
        """The one entry that a change writes."""
        before = answer(client.get("/audit"))["head_number"]
        response = change()
        assert response.is_success, response.text
        (entry,) = [one for one in entries(client) if one["number"] > before]
        assert (entry["actor"], entry["task"]) == ("ann", "pneumonia")
        assert entry["request_id"] == response.headers["X-Request-ID"]
        assert entry["right"] == RIGHT_FOR[Action(entry["action"])]
        assert entry["address"] == "testclient"
        return entry

    def test_images_that_are_added_labelled_and_deleted(self, audited: TestClient) -> None:
        sent = [("files", ("a.png", images.png(50)))]
        added = self.changed(
            audited,
            lambda: audited.post("/upload-data", data={"label": "Normal"}, files=sent),
        )
        (sample,) = answer(audited.get("/samples"))["samples"]
        path = f"/samples/{sample['sha256']}"
        labelled = self.changed(audited, lambda: audited.patch(path, json={"label": "COVID-19"}))
        (change,) = answer(audited.get(path))["history"]
        deleted = self.changed(audited, lambda: audited.delete(path))

        assert (added["action"], added["after"]["stored"]) == ("upload", 1)
        assert sample["added_by"] == change["changed_by"] == "ann"
        assert (labelled["object"], labelled["before"]["label"]) == (sample["sha256"], "Normal")
        assert labelled["after"] == {"label": "COVID-19"}
        assert (deleted["action"], deleted["object"]) == ("delete_sample", sample["sha256"])
        assert "a.png" not in json.dumps([added, labelled, deleted])

    def test_feedback_and_deleted_answers(self, audited: TestClient) -> None:
        given = predicted(audited)
        path = f"/predictions/{given['id']}"
        entry = self.changed(
            audited,
            lambda: audited.post(f"{path}/feedback", json={"label": "Normal", "remark": "Hans"}),
        )
        deleted = self.changed(audited, lambda: audited.delete(path))

        assert given["actor"] == "ann"
        assert (entry["action"], entry["after"]["label"]) == ("label", "Normal")
        assert "Hans" not in json.dumps(entry)
        assert (deleted["action"], deleted["object"]) == ("delete_prediction", given["id"])

    def test_promotion_and_rollback(self, audited: TestClient) -> None:
        because = {"reason": "better"}
        promoted = self.changed(audited, lambda: audited.post("/models/v2/promote", json=because))
        back = self.changed(audited, lambda: audited.post("/models/rollback"))
        history = answer(audited.get("/models"))["history"]

        assert (promoted["action"], promoted["object"]) == ("promote", "v2")
        assert (promoted["before"]["version"], promoted["after"]["version"]) == ("v1", "v2")
        assert (back["action"], back["before"]["version"], back["object"]) == (
            "rollback", "v2", "v1",
        )  # fmt: skip
        assert {move["by"] for move in history} == {"ann"}

    def test_an_intake_that_is_deleted(self, audited: TestClient) -> None:
        intake = answer(audited.post("/intake/breast", json={}), 201)

        deleted = self.changed(audited, lambda: audited.delete(intake["url"]))

        assert (deleted["action"], deleted["object"]) == ("delete_intake", intake["id"])

    @pytest.mark.parametrize(
        ("method", "path", "sent"),
        [
            ("DELETE", "/predictions/nothing", {}),
            ("DELETE", "/samples/nothing", {}),
            ("POST", "/models/v9/promote", {"json": {"reason": "r"}}),
            ("POST", "/retrain", {}),
            ("DELETE", "/retrain/nothing", {}),
            ("DELETE", "/sites/nothing", {}),
            ("GET", "/status", {}),
            ("GET", "/audit", {}),
        ],
    )
    def test_what_is_refused_or_only_read_writes_none(
        self, audited: TestClient, method: str, path: str, sent: dict[str, Any]
    ) -> None:
        before = answer(audited.get("/audit"))["head_number"]

        audited.request(method, path, **sent)

        assert answer(audited.get("/audit"))["head_number"] == before


class TestPredictions:
    def test_who_asked_is_in_the_row_and_no_entry_is_written(self, audited: TestClient) -> None:
        before = answer(audited.get("/audit"))["head_number"]
        first = predicted(audited, 3)
        batch = answer(audited.post("/predict/batch", files=[("files", ("a.png", images.png(4)))]))

        for prediction in (first, batch["results"][0]["prediction"]):
            assert answer(audited.get(f"/predictions/{prediction['id']}"))["actor"] == "ann"
        assert answer(audited.get("/audit"))["head_number"] == before


class TestReading:
    def test_the_first_start_wrote_its_settings(self, audited: TestClient) -> None:
        (entry,) = entries(audited, action="settings")

        assert (entry["number"], entry["actor"], entry["before"]) == (1, "server", None)
        assert entry["after"]["keep_filenames"] == 30
        assert entry["after"]["database_url"] is IS_POSTGRES

    def test_pages_go_on_to_the_first_entry(self, audited: TestClient) -> None:
        for seed in range(3):
            upload(audited, 70 + seed)
        page = answer(audited.get("/audit?limit=2"))
        rest = entries(audited, limit=500, before=page["next_before"])

        numbers = [one["number"] for one in (*page["entries"], *rest)]
        assert numbers == list(range(page["head_number"], 0, -1))
        assert {one["action"] for one in entries(audited, action="upload")} == {"upload"}
        assert entries(audited, actor="nobody") == []

    def test_the_exported_lines_are_a_chain(self, audited: TestClient) -> None:
        head = answer(audited.get("/audit"))
        response = audited.get("/audit/export.ndjson")
        chain = [audit.from_json(json.loads(line)) for line in response.text.splitlines()]

        assert response.headers["content-type"] == "application/x-ndjson"
        assert verify(chain, head=ChainHead(head["head_number"], head["head_hash"])) is None
        assert verify(chain[1:], head=ChainHead(head["head_number"], head["head_hash"])) is not None
        later = audited.get(f"/audit/export.ndjson?after={len(chain) - 1}").text.splitlines()
        assert len(later) == 1

    @pytest.mark.parametrize("query", ["limit=0", "limit=501", "before=0", "before=x"])
    def test_wrong_pages_are_refused(self, audited: TestClient, query: str) -> None:
        problem(audited.get(f"/audit?{query}"), 422)


class TestAddresses:
    def test_with_no_days_they_are_never_written(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        changed = settings.model_copy(update={"keep_addresses_days": 0.0, "log_level": "INFO"})
        with (
            caplog.at_level("INFO", logger="api"),
            TestClient(create_app(changed), raise_server_exceptions=False) as client,
        ):
            upload(client, 90)

            newest = answer(client.get("/audit?limit=1"))["entries"][0]

        assert (newest["action"], newest["address"], newest["address_sha256"]) == (
            "upload", None, None,
        )  # fmt: skip
        assert "client=-" in caplog.text
        assert "testclient" not in caplog.text


class TestPrivacy:
    def test_it_says_what_is_kept_as_the_settings_have_it(self, audited: TestClient) -> None:
        kept = {one["name"]: one for one in answer(audited.get("/privacy"))["kept"]}

        assert kept["file names"]["how_long"] == "30 days"
        assert kept["file names"]["setting"] == "ROENTGEN_KEEP_FILENAMES"
        assert kept["kept films"]["how_long"] == "never stored"
