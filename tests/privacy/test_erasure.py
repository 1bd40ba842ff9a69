"""Erasing one answer, and all of a patient, of a file's name, or from before a day."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from api.cli import app
from api.clock import now
from api.inputs.discovery import LabelledImage, manifest_digest
from api.model_card.card_file import read_card, write_card
from api.records.answers import predictions
from api.records.audit_log import audit
from api.records.servers.shared_keys import PATIENT_KEY
from api.records.upkeep.latent_files import latent_path
from api.registry.manifest import dumped, grown, manifest_path
from api.registry.store import card_path, replay_path
from api.samples.erasing.outgoing_instances import outgoing_path
from api.services import Services
from api.settings import PREFIX
from tests.support import dicom_images, images
from tests.support.checkpoints import TinyCheckpoint, add_version
from tests.support.stores import retained_at
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem
from tests.web.routes.sample_uploads import upload

PATIENT = "P17"


def services_of(client: TestClient) -> Services:
    found: Services = client.app.state.services  # type: ignore[attr-defined]
    return found


def predicted(client: TestClient, seed: int, name: str = "film.png") -> Any:
    return answer(client.post("/predict", files={"file": (name, images.png(seed))}))


def uploaded(client: TestClient, seed: int, name: str = "film.png", **form: str) -> str:
    sent = [("files", (name, images.png(seed)))]
    data = {"label": "Normal"} | form
    (file,) = answer(client.post("/upload-data", data=data, files=sent))["files"]
    assert file["outcome"] == "stored"
    return str(file["sha256"])


@pytest.fixture
def erase(keeping: TestClient, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command, beside the server."""
    for name, value in services_of(keeping).settings.as_environment().items():
        if name.startswith(PREFIX):
            monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, ["erase", *arguments])


class TestOneAnswer:
    def test_nothing_of_it_is_left_and_the_total_stays(self, keeping: TestClient) -> None:
        given, other = predicted(keeping, 1), predicted(keeping, 2)
        path = f"/predictions/{given['id']}"
        answer(keeping.post(f"{path}/feedback", json={"label": "Normal"}), 201)
        again = predicted(keeping, 1)
        intake = answer(
            keeping.post("/intake/respiratory", json={"prediction_id": given["id"]}), 201
        )
        before = answer(keeping.get("/status"))
        settings = services_of(keeping).settings
        assert _hash_of(keeping, again["id"]) in retained_at(settings)

        assert keeping.delete(path).status_code == 204

        for gone in (path, f"{path}/heatmap.png", f"{path}/film.png", intake["url"]):
            problem(keeping.get(gone), 404)
        problem(keeping.delete(path), 404)
        after = answer(keeping.get("/status"))
        assert after["num_predictions"] == before["num_predictions"]
        assert _stored(after) == _stored(before) - 1
        # Of the same film: the row stays, the film is gone.
        answer(keeping.get(f"/predictions/{again['id']}"))
        problem(keeping.get(f"/predictions/{again['id']}/film.png"), 404)
        assert keeping.get(f"/predictions/{other['id']}/film.png").status_code == 200
        newest = audit.page(services_of(keeping).records.database, limit=1)[0].entry
        assert (newest.action, newest.object) == ("delete_prediction", given["id"])

    def test_one_of_another_task_is_not_found(self, keeping: TestClient) -> None:
        problem(keeping.delete("/predictions/" + "0" * 32), 404)


class TestAPatient:
    @pytest.mark.parametrize("named", ["as in DICOM", "by pseudonym"])
    def test_an_instance_that_waits_to_be_sent_goes_with_its_answer(
        self, keeping: TestClient, erase: Callable[..., Result], named: str
    ) -> None:
        services = services_of(keeping)
        theirs, other = predicted(keeping, 21), predicted(keeping, 22)
        folder = services.settings.outgoing_dir
        folder.mkdir(parents=True, exist_ok=True)
        for given, patient in ((theirs, PATIENT), (other, "P18")):
            outgoing_path(folder, given["id"]).write_bytes(
                dicom_images.dicom_image(PatientID=patient)
            )
        pseudonyms = services.storage.collection.pseudonyms
        assert pseudonyms is not None
        pseudonym = pseudonyms.of(f"\\{PATIENT}")

        done = erase("--patient", PATIENT if named == "as in DICOM" else pseudonym, "--yes")

        assert done.exit_code == 0, done.output
        left = {path.stem for path in folder.glob("*.dcm")}
        assert (theirs["id"] in left, other["id"] in left) == (False, True)
        problem(keeping.get(f"/predictions/{theirs['id']}"), 404)
        answer(keeping.get(f"/predictions/{other['id']}"))

    def test_stored_dicom_images_go_by_their_patient_id(
        self, keeping: TestClient, erase: Callable[..., Result]
    ) -> None:
        films = [
            dicom_images.dicom_image(dicom_images.values(bits=8, seed=31 + n), **tags)
            for n, tags in enumerate(
                ({"PatientID": PATIENT}, {"PatientID": PATIENT, "IssuerOfPatientID": "ours"})
            )
        ]
        sent = answer(upload(keeping, *films, name="a.dcm"))["files"]
        paths = [f"/samples/{file['sha256']}" for file in sent]

        assert erase("--patient", PATIENT, "--yes").exit_code == 0
        problem(keeping.get(paths[0]), 404)
        answer(keeping.get(paths[1]))
        assert erase("--patient", f"ours\\{PATIENT}", "--yes").exit_code == 0
        problem(keeping.get(paths[1]), 404)

    def test_images_answers_and_activations_go_and_others_stay(
        self, keeping: TestClient, erase: Callable[..., Result], tiny: TinyCheckpoint
    ) -> None:
        services = services_of(keeping)
        answered, other = predicted(keeping, 11, "scan.png"), predicted(keeping, 12)
        theirs = uploaded(keeping, 11, "another name.png", patient_id=PATIENT)
        someone = uploaded(keeping, 13, patient_id="P18")
        latents = latent_path(services.settings.latents_dir / "pneumonia" / "net", theirs)
        latents.parent.mkdir(parents=True)
        latents.write_bytes(b"activations")
        add_version_that_learned(services, tiny, theirs)

        listed = erase("--patient", PATIENT, "--dry-run")
        answer(keeping.get(f"/samples/{theirs}"))
        done = erase("--patient", PATIENT, "--yes")

        assert (listed.exit_code, done.exit_code) == (0, 0), done.output
        for printed in (listed.output, done.output):
            assert "pneumonia: 1 answers, 1 training films, 1 kept images" in printed
            assert "v2 learned from 1 of these films; its replay memory holds 1" in printed
        assert "Nothing was erased." in listed.output
        problem(keeping.get(f"/samples/{theirs}"), 404)
        problem(keeping.get(f"/predictions/{answered['id']}"), 404)
        assert not latents.exists()
        assert theirs not in retained_at(services.settings)
        assert list(services.settings.retrain_dir.rglob(f"*{theirs}*")) == []
        answer(keeping.get(f"/samples/{someone}"))
        answer(keeping.get(f"/predictions/{other['id']}"))
        newest = audit.as_json(audit.page(services.records.database, limit=1)[0])
        assert (newest["action"], newest["object"]) == ("erase", "patient")
        assert newest["before"]["pneumonia"] == {"predictions": 1, "samples": 1}
        assert PATIENT not in json.dumps(newest)
        assert audit.check(services.records.database) is None


class TestAFileName:
    def test_the_same_image_goes_under_every_name(
        self, keeping: TestClient, erase: Callable[..., Result]
    ) -> None:
        one, same = predicted(keeping, 21, "Hans.png"), predicted(keeping, 21, "b.png")
        sample, other = uploaded(keeping, 21, "c.png"), predicted(keeping, 22, "d.png")

        assert erase("--filename", "Hans.png", "--yes").exit_code == 0

        for gone in (one, same):
            problem(keeping.get(f"/predictions/{gone['id']}"), 404)
        problem(keeping.get(f"/samples/{sample}"), 404)
        answer(keeping.get(f"/predictions/{other['id']}"))


class TestADay:
    def test_what_is_older_goes(self, keeping: TestClient, erase: Callable[..., Result]) -> None:
        young = predicted(keeping, 31)
        assert erase("--before", "2020-01-01", "--yes").exit_code == 0
        answer(keeping.get(f"/predictions/{young['id']}"))
        total = answer(keeping.get("/status"))["num_predictions"]

        tomorrow = (now() + timedelta(days=1)).date().isoformat()
        assert erase("--before", tomorrow, "--yes", "--task", "pneumonia").exit_code == 0

        status = answer(keeping.get("/status"))
        assert (_stored(status), status["num_predictions"]) == (0, total)
        assert answer(keeping.get("/samples"))["total"] == 0
        assert retained_at(services_of(keeping).settings) == {}
        wait_until(lambda: predicted(keeping, 32)["id"], "it goes on answering")


class TestWrongOptions:
    @pytest.mark.parametrize(
        "arguments", [(), ("--patient", ""), ("--patient", "a", "--filename", "b")]
    )
    def test_one_thing_is_asked_for(
        self, erase: Callable[..., Result], arguments: tuple[str, ...]
    ) -> None:
        done = erase(*arguments)

        assert done.exit_code == 1
        assert "one of --patient, --filename and --before" in done.output

    def test_without_a_yes_nothing_is_erased(
        self, keeping: TestClient, erase: Callable[..., Result]
    ) -> None:
        retained = predicted(keeping, 41, "asked.png")

        assert erase("--filename", "asked.png").exit_code == 1

        answer(keeping.get(f"/predictions/{retained['id']}"))


def add_version_that_learned(services: Services, tiny: TinyCheckpoint, sha256: str) -> None:
    """A version v2 whose manifest names a film, and whose replay memory holds it."""
    weights = add_version(services.settings.models_dir, tiny, "v2")
    learned = LabelledImage(Path("a.png"), "Normal", "uploads", None, sha256)
    card = read_card(card_path(weights))
    data = card.data.model_copy(update={"manifest_sha256": manifest_digest([learned])})
    write_card(card_path(weights), card.model_copy(update={"data": data}))
    manifest_path(weights).write_bytes(dumped(grown((), {"train": [learned]}, version="v2")))
    rows = np.frombuffer(bytes.fromhex(sha256), dtype=np.uint8).reshape(1, 32)
    np.savez(replay_path(weights), train_sha256=rows)


def _hash_of(client: TestClient, prediction_id: str) -> str:
    database = services_of(client).records.database
    return predictions.get(database, prediction_id, task="pneumonia").image_sha256


def _stored(status: Any) -> int:
    return int(status["health"]["records"]["detail"].split()[0])


def test_by_another_key_than_the_others_nothing_is_looked_for(
    keeping: TestClient, erase: Callable[..., Result]
) -> None:
    """It would find nothing and say that nothing is left."""
    services = services_of(keeping)
    key = services.settings.state_dir / PATIENT_KEY
    upload(keeping, dicom_images.dicom_image(dicom_images.values(seed=77)), name="film.dcm")
    moved = key.rename(key.with_name("elsewhere"))

    refused = erase("--patient", dicom_images.PATIENT_ID, "--yes")

    assert refused.exit_code == 1
    assert "Copy that file" in refused.output
    moved.rename(key)
    assert erase("--patient", dicom_images.PATIENT_ID, "--dry-run").exit_code == 0
