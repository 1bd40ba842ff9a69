"""DICOM wherever an image is taken, and nobody's name anywhere afterwards."""

import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import uid
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.conftest import settings_below
from tests.inputs.images.dicom.test_files_of_others import FILES
from tests.support import dicom_images, images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.dicom_images import PLANTED, dicom_image
from tests.support.stores import retained_at, samples_at
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, predict, problem
from tests.web.routes.sample_uploads import outcomes, upload

IMAGE, OTHER = dicom_images.values(bits=8, size_px=256), dicom_images.values(bits=8, seed=2)


def tagged(seed: int) -> dicom_images.Values:
    return dicom_images.values(bits=8, seed=seed)


def as_png(values: dicom_images.Values) -> bytes:
    return images.encoded(Image.fromarray(values), "PNG")


@pytest.fixture(scope="module")
def own_settings(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A server that keeps every film and shows every tag that it may."""
    folder = tmp_path_factory.mktemp("dicom")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    options = {"keep_images": "all", "dicom_tags": "all", "compute": "processes"}
    return settings_below(folder, tiny).model_copy(update=options)


@pytest.fixture(scope="module")
def served(own_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(own_settings), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


class TestPredicting:
    @pytest.mark.parametrize("name", ["film.dcm", "film.dicom", "IM0001"])
    def test_it_is_answered_as_the_png_of_the_image(self, served: TestClient, name: str) -> None:
        content = dicom_image(IMAGE, syntax=uid.JPEG2000Lossless)

        one, other = answer(predict(served, content, name)), answer(predict(served, as_png(IMAGE)))

        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
        assert (one["filename"], one["decision"]) == (name, other["decision"])
        assert (one["causes"], other["dicom"]) == (other["causes"], None)

    def test_the_answer_shows_its_tags_once(self, served: TestClient) -> None:
        body = answer(predict(served, dicom_image(IMAGE, PatientAge="067Y")))

        assert body["dicom"] == {
            "study_instance_uid": dicom_images.STUDY,
            "series_instance_uid": dicom_images.SERIES,
            "sop_instance_uid": dicom_images.INSTANCE,
            "view": "PA",
            "patient_age_band": "60-69",
            "manufacturer": "ACME X-Ray",
        }
        assert answer(served.get(f"/predictions/{body['id']}"))["dicom"] is None

    @pytest.mark.parametrize(
        ("tags", "words"),
        [
            ({"ViewPosition": "LL"}, "left lateral (LL)"),
            ({"ViewPosition": None, "PatientOrientation": ["A", "F"]}, "lateral or oblique"),
            ({"ViewPosition": None, "SeriesDescription": "CHEST LAT"}, "lateral or oblique"),
            ({"BodyPartExamined": "KNEE"}, "a knee (KNEE)"),
            ({"BodyPartExamined": None, "Modality": "MG"}, "a breast (BREAST)"),
            ({"BodyPartExamined": "ZZYZX"}, "another part of the body"),
        ],
    )
    def test_another_view_or_body_part_is_referred(
        self, served: TestClient, tags: dict[str, object], words: str
    ) -> None:
        body = answer(predict(served, dicom_image(IMAGE, **tags)))

        assert body["decision"] == "refer"
        assert "other_view" in body["causes"]
        assert words in " ".join(body["reasons"])

    @pytest.mark.parametrize(
        "tags",
        [
            {"BodyPartExamined": None, "ViewPosition": None},
            {"BodyPartExamined": "CHEST 1 VIEW", "ViewPosition": "AP"},
            {"ViewPosition": None, "SeriesDescription": "CHEST PA AND LATERAL"},
        ],
    )
    def test_tags_that_fit_or_are_absent_change_nothing(
        self, served: TestClient, tags: dict[str, object]
    ) -> None:
        assert "other_view" not in answer(predict(served, dicom_image(IMAGE, **tags)))["causes"]

    @pytest.mark.parametrize(
        ("content", "status", "words"),
        [
            (dicom_image(IMAGE, Modality="CT"), 415, "a CT image"),
            (dicom_image(IMAGE, NumberOfFrames=3), 422, "3 frames"),
            (dicom_image(IMAGE, PresentationIntentType="FOR PROCESSING"), 415, "for processing"),
            (dicom_image(IMAGE, Rows=60_000, Columns=60_000), 413, "60000 x 60000"),
            (dicom_image(IMAGE)[:3000], 422, "cut short"),
            (dicom_images.with_codestream(b"\1" * 99, uid.MPEG2MPML, IMAGE), 415, "MPEG2"),
        ],
        ids=["modality", "frames", "processing", "bomb", "cut", "codec"],
    )
    def test_what_is_no_image_is_refused(
        self, served: TestClient, content: bytes, status: int, words: str
    ) -> None:
        problem(predict(served, content, "film.dcm"), status, words)

    def test_a_batch_takes_a_zip_of_both(self, served: TestClient) -> None:
        xrays = {
            "IM1": dicom_image(IMAGE),
            "b.png": as_png(IMAGE),
            "c.dcm": dicom_image(IMAGE, Modality="MR"),
        }
        sent = served.post("/predict/batch", files={"files": ("f.zip", images.zipped(xrays))})

        first, second, third = answer(sent)["results"]
        assert first["prediction"]["score"] == pytest.approx(second["prediction"]["score"])
        assert first["prediction"]["dicom"]["view"] == "PA"
        assert "an MR image" in third["problem"]["detail"]

    def test_all_files_of_pydicom_are_answered_or_refused(self, served: TestClient) -> None:
        sent = images.zipped({name: path.read_bytes() for name, path in FILES.items()})

        results = answer(served.post("/predict/batch", files={"files": ("f.zip", sent)}))["results"]

        assert len(results) == len(FILES)
        refused = [result["problem"]["status"] for result in results if result["problem"]]
        assert set(refused) == {415, 422}
        assert len(results) - len(refused) > 30

    def test_a_check_of_a_site_reads_images_with_and_without_an_extension(
        self, served: TestClient
    ) -> None:
        """`POST /evaluate`, and `POST /sites/{name}`, which counts them before it learns."""
        folders = {"NORMAL": 5, "PNEUMONIA": 15}
        xrays = {
            f"ours/{folder}/IM{number}{'.dcm' if number % 2 else ''}": dicom_image(
                dicom_images.values(bits=8, seed=seed + number), PatientID=f"P{seed + number}"
            )
            for folder, seed in folders.items()
            for number in range(4)
        }
        xrays["ours/NORMAL/ct.dcm"] = dicom_image(IMAGE, Modality="CT")
        sent = {"file": ("films.zip", images.zipped(xrays))}

        report = answer(served.post("/evaluate", files=sent))

        assert report["counts"] == {"ours": {"Normal": 4, "finding": 4}}
        assert any("a CT image" in reason for reason in report["skipped"])
        made = served.post("/sites/ours", params={"check": report["check"]})
        problem(made, 422, "with a finding (there are 4)", "without one (there are 4)")

    def test_a_preview_shows_what_the_model_sees(self, served: TestClient) -> None:
        negative = dicom_image(
            (255 - IMAGE).astype(np.uint8), PhotometricInterpretation="MONOCHROME1"
        )

        sent = served.post("/preview", files={"file": ("a.dcm", negative)}, params={"side_px": 256})

        assert (np.asarray(Image.open(io.BytesIO(sent.content))) == IMAGE).all()

    def test_a_file_that_breaks_a_decoder_is_no_error_of_the_server(
        self, served: TestClient
    ) -> None:
        broken = dicom_image(IMAGE, VOILUTSequence=b"")[:-5] + b"\xff" * 5
        cut = dicom_images.bare(IMAGE, implicit=False)

        for content in (broken, cut[: len(cut) // 2]):
            sent = served.post("/preview", files={"file": ("a.dcm", content)})
            assert sent.status_code in (200, 415, 422)


class TestByDefault:
    def test_no_tag_is_shown(self, shared_client: TestClient) -> None:
        assert answer(predict(shared_client, dicom_image(IMAGE)))["dicom"] is None


class TestStoring:
    def test_an_uploaded_image_is_a_png_of_a_pseudonym(
        self, served: TestClient, own_settings: Settings
    ) -> None:
        first = dicom_image(OTHER, PatientID="PID-7741-QUILL")
        same = dicom_image(dicom_images.values(bits=8, seed=3), PatientID="PID-7741-QUILL ")
        another = dicom_image(dicom_images.values(bits=8, seed=4), PatientID="PID-8")

        body = answer(upload(served, first, same, another, first, name="film.dcm"))

        assert outcomes(body) == ["stored", "stored", "stored", "duplicate"]
        details = [answer(served.get(f"/samples/{f['sha256']}")) for f in body["files"]]
        patients = [detail["patient_id"] for detail in details]
        assert patients[0] == patients[1] != patients[2]
        assert all(patient.startswith("dcm-") for patient in patients)
        stored = samples_at(own_settings)[f"Normal/{body['files'][0]['sha256']}.png"]
        with Image.open(io.BytesIO(stored)) as image:
            assert (np.asarray(image) == OTHER).all()
            assert image.info == {}
        key = own_settings.state_dir / "patients.key"
        assert key.stat().st_mode & 0o777 == 0o600
        assert len(key.read_bytes()) == 32

    def test_a_folder_of_dicom_images_names_nobody(self, served: TestClient) -> None:
        """Export folders are called after patients, studies and UIDs."""
        folder = "ours/NORMAL"
        films = {
            f"{folder}/Zzyzx^Quillon/1.dcm": dicom_image(tagged(11)),
            f"{folder}/1.2.3.77412987.1/2.dcm": dicom_image(tagged(12)),
            f"theirs/NORMAL/{dicom_images.PATIENT_ID}/3.dcm": dicom_image(tagged(13), PatientID=""),
            f"{folder}/Zzyzx^Quillon/4.dcm": dicom_image(tagged(14), PatientID=None),
            f"{folder}/patient 5/5.png": as_png(tagged(15)),
        }

        sent = upload(served, images.zipped(films), label=None, name="Films.zip")

        details = [answer(served.get(f"/samples/{f['sha256']}")) for f in answer(sent)["files"]]
        patients = [detail["patient_id"] for detail in details]
        assert patients[0] == patients[1] == patients[2] != patients[3]
        assert all(patient.startswith("dcm-") for patient in patients[:4])
        assert patients[4] == "patient 5"
        assert [detail["source"] for detail in details] == ["ours"] * 2 + ["theirs"] + ["ours"] * 2

    def test_who_sends_it_may_say_whose_it_is(self, served: TestClient) -> None:
        content = dicom_image(dicom_images.values(bits=8, seed=5))
        sent = served.post(
            "/upload-data",
            data={"label": "Normal", "patient_id": "theirs 5"},
            files={"files": ("a.dcm", content)},
        )

        (stored,) = answer(sent)["files"]
        assert answer(served.get(f"/samples/{stored['sha256']}"))["patient_id"] == "theirs 5"

    def test_with_text_burnt_in_it_is_answered_and_not_stored(
        self, served: TestClient, own_settings: Settings
    ) -> None:
        content = dicom_image(dicom_images.values(bits=8, seed=6), BurnedInAnnotation="YES")

        (refused,) = answer(upload(served, content, name="a.dcm"))["files"]
        prediction = answer(predict(served, content))

        assert (refused["outcome"], "burnt into" in refused["reason"]) == ("rejected", True)
        problem(served.get(f"/predictions/{prediction['id']}/film.png"), 404, "not kept")
        assert prediction["decision"]

    def test_a_kept_image_is_a_png_and_becomes_a_sample_by_feedback(
        self, served: TestClient, own_settings: Settings
    ) -> None:
        values = dicom_images.values(bits=8, seed=7)
        prediction = answer(predict(served, dicom_image(values)))

        (kept,) = [
            key
            for key, content in retained_at(own_settings).items()
            if np.array_equal(np.asarray(Image.open(io.BytesIO(content))), values)
        ]
        assert retained_at(own_settings)[kept].startswith(b"\x89PNG")
        answered = answer(
            served.post(f"/predictions/{prediction['id']}/feedback", json={"label": "Normal"}), 201
        )
        assert answered["sample"]["outcome"] == "stored"
        assert kept not in retained_at(own_settings)

    def test_deleting_the_sample_deletes_what_was_kept_of_the_dicom(
        self, served: TestClient, own_settings: Settings
    ) -> None:
        content = dicom_image(dicom_images.values(bits=8, seed=8))
        (stored,) = answer(upload(served, content, name="a.dcm"))["files"]
        before = retained_at(own_settings).keys()
        prediction = answer(predict(served, content))
        assert len(retained_at(own_settings).keys() - before) == 1

        assert served.delete(f"/samples/{stored['sha256']}").status_code == 204

        assert retained_at(own_settings).keys() == before
        problem(served.get(f"/predictions/{prediction['id']}/film.png"), 404, "not kept")


class TestNobodysName:
    """Runs last in its file: it looks for what was planted in all that the others left."""

    def test_it_is_in_no_log_record_sample_export_or_name(
        self,
        served: TestClient,
        own_settings: Settings,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            predict(served, dicom_image(IMAGE))
            predict(served, dicom_image(IMAGE, Modality="QUILLON", SOPClassUID="1.2.3.77412987.4"))
            predict(served, dicom_image(IMAGE, BodyPartExamined="ZZYZX", ViewPosition="QUILLON"))
            # Text where numbers belong, and lengths that do not fit.
            predict(
                served,
                dicom_image(IMAGE).replace(b"PN", b"FD").replace(b"\x10\x00US", b"\x10\x00LO"),
            )
            predict(served, dicom_image(IMAGE)[:2000])
            upload(served, dicom_image(dicom_images.values(bits=8, seed=9)), name="a.dcm")
            export = served.get("/samples/export.zip").content
            pages = [served.get(path).text for path in ("/predictions", "/samples", "/review")]
            pages += [served.get("/status/activity").text]

        with zipfile.ZipFile(io.BytesIO(export)) as archive:
            exported = b"".join(archive.read(name) for name in archive.namelist())
        printed = "".join(capfd.readouterr())
        shown_anywhere = (caplog.text + printed + "".join(pages)).encode() + exported
        assert b"predict" in shown_anywhere
        for word in PLANTED:
            assert word.encode() not in shown_anywhere, word
        for path in _files_below(own_settings.state_dir, own_settings.retrain_dir):
            content = str(path).encode() + path.read_bytes()
            assert not [word for word in PLANTED if word.encode() in content], path


def _files_below(*folders: Path) -> list[Path]:
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert found
    return found
