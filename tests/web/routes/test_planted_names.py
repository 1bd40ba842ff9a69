"""A patient's name, number and UIDs, planted in films and in the names of their files, go through
every door, and are then looked for in all that stays and all that anybody is told later.

C-STORE and the outbox have real processes: `tests/deploy/test_orthanc.py`.
"""

import base64
import io
import json
import logging
import zipfile
from collections.abc import Iterator

import pytest
from pydicom import uid
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.conftest import settings_below
from tests.support import dicom_images, images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.databases import IS_POSTGRES
from tests.support.dicom_images import PLANTED, dicom_image
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, predict
from tests.web.routes.sample_uploads import outcomes, upload
from tests.web.routes.test_dicomweb import store

NAMED = "Zzyzx_Quillon PID-7741-QUILL.dcm"
PAGES = (
    "/predictions", "/samples", "/samples/summary", "/samples/deleted", "/review",
    "/review/agreement", "/status", "/status/activity", "/status/streams", "/status/drift",
    "/status/quality", "/errors", "/audit", "/audit/export.ndjson", "/alerts", "/alerts/history",
    "/alerts/messages", "/privacy", "/metrics", "/models", "/retrain", "/sites", "/openapi.json",
)  # fmt: skip


def planted_films() -> dict[str, bytes]:
    """Films that are answered, and such as are refused at each step, all of the same patient."""
    grey = dicom_images.values(bits=8, size_px=64)
    deep = dicom_images.values(size_px=64)
    whole = dicom_image(grey)
    return {
        "plain": whole,
        "JPEG 2000": dicom_image(deep, syntax=uid.JPEG2000Lossless),
        "bare": dicom_images.bare(deep),
        "comment": dicom_image(
            grey, ImageComments=dicom_images.NAME, SeriesDescription="Quillon LAT"
        ),
        "burnt in": dicom_image(grey, BurnedInAnnotation="YES"),
        "CT": dicom_image(grey, Modality="CT"),
        "modality": dicom_image(grey, Modality="QUILLON", SOPClassUID="1.2.3.77412987.4"),
        "view": dicom_image(grey, BodyPartExamined="ZZYZX", ViewPosition="QUILLON"),
        "photometric": dicom_image(grey, PhotometricInterpretation="ZZYZX"),
        "frames": dicom_image(grey, NumberOfFrames=3),
        "cut": whole[:-500],
        "no pixels": whole[:900],
        "other types": whole.replace(b"PN", b"FD").replace(b"\x10\x00US", b"\x10\x00LO"),
    }


@pytest.fixture(scope="module", params=["as by default", "never"])
def own_settings(
    tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Settings:
    """All that can be kept is kept, names of files too or not."""
    folder = tmp_path_factory.mktemp("planted")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    options = {"keep_images": "all", "log_level": "DEBUG"}
    names = {"keep_filenames": 0.0} if request.param == "never" else {}
    return settings_below(folder, tiny).model_copy(update=options | names)


@pytest.fixture(scope="module")
def served(own_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(own_settings), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def go_through_every_door(client: TestClient, films: dict[str, bytes]) -> list[str]:
    """Sends all of them everywhere; gives the ids of the answers."""
    ids = []
    for content in films.values():
        sent = predict(client, content, NAMED)
        assert sent.status_code < 500
        if sent.status_code == 200:
            ids.append(sent.json()["id"])
    several = [("files", (f"{NAMED}{n}", content)) for n, content in enumerate(films.values())]
    folder = images.zipped({f"Quillon/{n}/{NAMED}": c for n, c in enumerate(films.values())})
    answer(client.post("/predict/batch", files=several))
    answer(client.post("/predict/batch", files={"files": ("Zzyzx.zip", folder)}))
    table = client.post("/predict/batch", files=several, headers={"Accept": "text/csv"})
    assert table.status_code == 200
    store(client, *films.values())
    of_study = f"dicom-web/studies/{dicom_images.STUDY}"
    for path in (f"/{of_study}", f"/tasks/pneumonia/{of_study}"):
        store(client, *films.values(), path=path)
    for wrong in (f"/{of_study}/metadata", f"/tasks/none/{of_study}", f"/{of_study[10:]}"):
        assert store(client, films["plain"], path=wrong).status_code == 404
    for content in films.values():
        encoded = base64.b64encode(content).decode()
        tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [encoded]}
        client.post("/v2/models/pneumonia/infer", content=json.dumps({"inputs": [tensor]}))
        client.post("/preview", files={"file": (NAMED, content)})
    assert outcomes(answer(upload(client, *films.values(), name=NAMED)))[0] == "stored"
    upload_folders(client)
    of_site = {f"ours/NORMAL/{n} {NAMED}": c for n, c in enumerate(films.values())}
    of_site |= {f"ours/PNEUMONIA/{n}.png": images.png(n, "lobar") for n in range(2)}
    checked = client.post("/evaluate", files={"file": (f"{NAMED}.zip", images.zipped(of_site))})
    assert checked.status_code == 200, checked.text
    return ids


def upload_folders(client: TestClient) -> None:
    """Folders as a PACS exports them: of a patient, of a study, with and without *Patient ID*."""
    folders = (dicom_images.NAME, dicom_images.PATIENT_ID, dicom_images.STUDY)
    places = [f"ours/NORMAL/{folder}/IM1.dcm" for folder in folders]
    places += [f"{folder}/NORMAL/IM1.dcm" for folder in folders]
    films = {
        place.replace("IM1", f"IM{bare}"): dicom_image(
            dicom_images.values(bits=8, seed=20 + 2 * n + bare),
            **({"PatientID": ""} if bare and place.startswith("ours") else {}),
        )
        for n, place in enumerate(places)
        for bare in (0, 1)
    }
    sent = upload(client, images.zipped(films), label=None, name="folders.zip")
    assert outcomes(answer(sent)).count("stored") == len(films)


def later_answers(client: TestClient, ids: list[str]) -> bytes:
    """All that pages, exports, reports and bundles say afterwards."""
    pages = b"".join(client.get(path).content for path in PAGES)
    for each in ids:
        bundle = client.get(f"/predictions/{each}", headers={"Accept": "application/fhir+json"})
        pages += bundle.content + client.get(f"/predictions/{each}").content
    with zipfile.ZipFile(io.BytesIO(client.get("/samples/export.zip").content)) as archive:
        return pages + b"".join(name.encode() + archive.read(name) for name in archive.namelist())


def dicom_results(client: TestClient, ids: list[str]) -> bytes:
    """A report of each answer; a capture has the same of the film, and is asked for once. A process
    makes each of them."""
    asked = [f"/predictions/{each}/report.dcm" for each in ids]
    results = [client.get(path) for path in (*asked, f"/predictions/{ids[0]}/secondary.dcm")]
    assert {result.status_code for result in results} == {200}
    return b"".join(result.content for result in results)


def found_in(content: bytes) -> list[str]:
    return [word for word in PLANTED if word.encode() in content]


class TestNobodysName:
    def test_is_in_no_log_record_file_page_export_report_or_bundle(
        self,
        served: TestClient,
        own_settings: Settings,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        # The client's own line names what it asks for.
        caplog.set_level(logging.WARNING, logger="httpx2")
        with caplog.at_level(logging.DEBUG):
            ids = go_through_every_door(served, planted_films())
            later = later_answers(served, ids[:3])
            # A result has the name of no file, whether one is kept or not.
            if own_settings.keep_filenames:
                later += dicom_results(served, ids[:3])

        assert found_in((caplog.text + "".join(capfd.readouterr())).encode()) == []
        assert found_in(later) == []
        root = own_settings.state_dir.parent
        files = [path for path in root.rglob("*") if path.is_file()]
        assert IS_POSTGRES or any(path.name.endswith(".db") for path in files)
        kept = {path.name: found_in(str(path).encode() + path.read_bytes()) for path in files}
        assert {name: words for name, words in kept.items() if words} == {}

    def test_what_is_refused_quotes_nothing_of_the_film(self, served: TestClient) -> None:
        for name, content in planted_films().items():
            sent = predict(served, content)

            assert sent.status_code == 200 or found_in(sent.content) == [], name
