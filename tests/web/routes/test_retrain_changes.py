"""`/retrain/{id}/changes` and `/retrain/plan` over HTTP; nothing is trained."""

import json
from dataclasses import replace
from pathlib import Path

from starlette.testclient import TestClient

from api.main import create_app
from api.model_card.changed_answers import Change, ChangedAnswer, ChangedAnswers
from api.records.answers import shown
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobState
from api.registry.changed_answers import changes_path, dumped
from api.registry.retention import discard
from api.services import Services
from api.settings import Settings
from tests.support import images
from tests.web.response_checks import answer, problem
from tests.web.routes.retrainings import upload

WORSE = ChangedAnswer(
    sha256="a" * 64,
    source="NIH",
    remembered=True,
    truth="Normal",
    change=Change.WORSE,
    before="Normal",
    after="COVID-19",
    finding_before=False,
    finding_after=True,
    probabilities_before=(0.1, 0.8, 0.05, 0.05),
    probabilities_after=(0.7, 0.2, 0.05, 0.05),
)


def ended(client: TestClient, *, version: str | None) -> str:
    """A retraining that ended; returns its id."""
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    database = services.records.database
    jobs.create(database, job_id="j1", task="pneumonia", samples={})
    jobs.start(database, "j1", task="pneumonia")
    state = JobState.KEPT if version else JobState.FAILED
    jobs.end(database, "j1", JobOutcome(state, "judged", version), task="pneumonia")
    return "j1"


class TestChanges:
    def test_they_come_page_by_page_with_pictures_of_stored_images(
        self, client: TestClient, second: Path
    ) -> None:
        image = images.png(1)
        sent = {"files": ("film.png", image)}
        stored = answer(client.post("/upload-data", data={"label": "Normal"}, files=sent))
        better = replace(
            WORSE, sha256=stored["files"][0]["sha256"], change=Change.BETTER, remembered=False
        )
        found = ChangedAnswers(40, {Change.WORSE: 1, Change.BETTER: 1}, (WORSE, better))
        changes_path(second).write_bytes(dumped(found))
        url = f"/retrain/{ended(client, version='v2')}/changes"

        first = answer(client.get(url, params={"limit": 1}))
        rest = answer(client.get(url, params={"limit": 1, "offset": first["next_offset"]}))
        only_better = answer(client.get(url, params={"change": "better"}))

        assert (first["compared"], first["worse"], first["neither"], first["better"]) == (
            40, 1, 0, 1,
        )  # fmt: skip
        assert first["changes"][0]["probabilities_after"]["COVID-19"] == 0.7
        assert first["changes"][0]["thumbnail"] is None
        (last,) = rest["changes"]
        assert rest["next_offset"] is None
        assert client.get(last["thumbnail"]).headers["content-type"] == "image/png"
        assert [each["change"] for each in only_better["changes"]] == ["better"]

    def test_an_image_that_was_deleted_is_left_out_and_counted(
        self, client: TestClient, second: Path
    ) -> None:
        sent = {"files": ("film.png", images.png(1))}
        stored = answer(client.post("/upload-data", data={"label": "Normal"}, files=sent))
        sha256 = stored["files"][0]["sha256"]
        ours = replace(WORSE, sha256=sha256, remembered=False)
        changes_path(second).write_bytes(
            dumped(ChangedAnswers(40, {Change.WORSE: 2}, (ours, WORSE)))
        )
        url = f"/retrain/{ended(client, version='v2')}/changes"
        assert len(answer(client.get(url))["changes"]) == 2
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        # Who has seen the list has seen what models say of its films.
        database = services.records.database
        assert shown.was_shown(database, sha256, reader="local", task="pneumonia")

        assert client.delete(f"/samples/{sha256}").status_code == 204

        body = answer(client.get(url))
        assert [each["sha256"] for each in body["changes"]] == [WORSE.sha256]
        assert body["note"].endswith("1 of them was deleted since, and left out.")
        assert sha256 not in json.dumps(body)

    def test_where_there_is_no_list_it_is_empty_and_says_why(
        self, client: TestClient, second: Path
    ) -> None:
        url = f"/retrain/{ended(client, version='v2')}/changes"

        before_lists = answer(client.get(url))
        changes_path(second).write_bytes(b"{")
        damaged = client.get(url)
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        discard(services.storage.store, ["v2"], compiled=services.settings.compiled_dir)
        gone = answer(client.get(url))

        assert before_lists["changes"] == gone["changes"] == []
        assert "before such lists were kept" in before_lists["note"]
        assert "no longer there" in gone["note"]
        problem(damaged, 409, "restore it")

    def test_a_retraining_without_a_version_has_none(self, client: TestClient) -> None:
        body = answer(client.get(f"/retrain/{ended(client, version=None)}/changes"))

        assert "made no version" in body["note"]
        problem(client.get("/retrain/nobody/changes"), 404, "GET /retrain lists")


class TestPlan:
    def test_what_people_corrected_since_is_not_nothing(self, client: TestClient) -> None:
        upload(client, "Normal", range(4))
        listed = answer(client.get("/samples"))["samples"]
        first, second, third, _ = (f"/samples/{sample['sha256']}" for sample in listed)
        ended(client, version="v2")
        unchanged = answer(client.get("/retrain/plan"))

        answer(client.patch(first, json={"label": "COVID-19"}))
        answer(client.patch(second, json={"label": "COVID-19"}))
        answer(client.patch(second, json={"label": "Normal"}))
        assert client.delete(third).status_code == 204
        upload(client, "Normal", range(10, 11))

        plan = answer(client.get("/retrain/plan"))
        assert (unchanged["new"], unchanged["relabelled"], unchanged["removed"]) == (0, 0, 0)
        assert (plan["new"], plan["relabelled"]) == (1, 1)
        # No retraining had drawn a split for the one that was deleted.
        assert plan["removed"] == 0

    def test_images_without_a_site_are_told_what_they_miss(self, client: TestClient) -> None:
        upload(client, "Normal", range(3))
        some = answer(client.get("/retrain/plan"))

        for sample in answer(client.get("/samples"))["samples"]:
            assert client.delete(f"/samples/{sample['sha256']}").status_code == 204
        files = [("files", ("a.png", images.png(30), "image/png"))]
        answer(client.post("/upload-data", files=files, data={"label": "Normal", "source": "Ward"}))
        none = answer(client.get("/retrain/plan"))

        assert some["no_site"].startswith("3 of 3 films name no site")
        assert (none["sources"], none["no_site"]) == ({"Ward": 1}, "")

    def test_where_one_site_is_served_none_is_asked_for(self, settings: Settings) -> None:
        with TestClient(create_app(settings.model_copy(update={"scope": "site"}))) as client:
            upload(client, "Normal", range(3))

            assert answer(client.get("/retrain/plan"))["no_site"] == ""
