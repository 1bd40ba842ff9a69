"""Films put into the training folder by hand."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from api.files import ABANDONED_AFTER_S, TEMPORARY_PREFIX
from api.records.training_images import samples
from api.records.training_images.sample_filter import SampleFilter
from api.samples.collection import SampleCollection
from api.samples.curation import relabel
from api.samples.folder_import import LOCK_NAME, NOT_TAKEN, import_folder
from api.samples.pseudonyms import PatientPseudonyms
from tests.support import dicom_images, images
from tests.support.stores import stored_files


def put(collection: SampleCollection, name: str, content: bytes, *, age_s: float = 60) -> Path:
    path = collection.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    then = time.time() - age_s
    os.utime(path, (then, then))
    return path


def names(collection: SampleCollection) -> list[str]:
    """Its files, here and in its store, but for what is being written and locks."""
    found = stored_files(collection)
    return [name for name in found if not Path(name).name.startswith(TEMPORARY_PREFIX)]


class TestTaking:
    def test_an_image_in_a_class_folder_becomes_a_sample(
        self, collection: SampleCollection
    ) -> None:
        put(collection, "Normal/mine.png", images.png(1))
        put(collection, "covid/theirs.png", images.png(2))

        assert import_folder(collection) == {"stored": 2}

        found = {
            record.label: record
            for record in samples.everything(collection.database, task="pneumonia")
        }
        assert set(found) == {"Normal", "COVID-19"}
        assert {record.origin for record in found.values()} == {"folder"}
        assert found["Normal"].filename == "mine.png"
        assert names(collection) == sorted(record.file for record in found.values())
        assert import_folder(collection) == {}

    def test_a_dicom_image_is_replaced_by_what_it_shows(
        self, collection: SampleCollection, tmp_path: Path
    ) -> None:
        pseudonyms = PatientPseudonyms(tmp_path / "key")
        collection = replace(collection, pseudonyms=pseudonyms)
        put(collection, "Normal/IM0001", dicom_images.dicom_image())
        put(
            collection,
            "Normal/patient 7/IM0002.dcm",
            dicom_images.dicom_image(dicom_images.values(seed=2)),
        )

        assert import_folder(collection) == {"stored": 2}

        first, second = samples.everything(collection.database, task="pneumonia")
        by_name = {record.filename: record for record in (first, second)}
        assert by_name["IM0001"].patient_id == pseudonyms.of(f"\\{dicom_images.PATIENT_ID}")
        assert by_name["IM0002.dcm"].patient_id == by_name["IM0001"].patient_id
        assert names(collection) == sorted(record.file for record in (first, second))
        assert all(name.endswith(".png") for name in names(collection))
        put(collection, "Normal/again.dcm", dicom_images.dicom_image())
        assert import_folder(collection) == {"duplicate": 1}
        assert len(names(collection)) == 2

    def test_an_image_that_is_there_already_leaves_one_file(
        self, collection: SampleCollection
    ) -> None:
        collection.add(images.png(1), filename="a.png", label="Normal")
        put(collection, "Normal/again.png", images.png(1))

        assert import_folder(collection) == {"duplicate": 1}
        assert len(names(collection)) == 1

    def test_a_file_on_its_way_is_left_until_it_has_arrived(
        self, collection: SampleCollection
    ) -> None:
        path = put(collection, "Normal/half.png", images.png(1)[:500], age_s=0)

        assert import_folder(collection) == {}
        put(collection, "Normal/half.png", images.png(1))

        assert import_folder(collection) == {"stored": 1}
        assert not path.exists()

    def test_what_is_named_like_its_hash_in_a_folder_of_another_name_is_taken_once(
        self, collection: SampleCollection
    ) -> None:
        sha256 = hashlib.sha256(images.png(1)).hexdigest()
        put(collection, f"covid/patient7/{sha256}.png", images.png(1))

        assert import_folder(collection) == {"stored": 1}

        (record,) = samples.everything(collection.database, task="pneumonia")
        assert (record.label, record.patient_id) == ("COVID-19", "patient7")
        assert names(collection) == [f"COVID-19/{sha256}.png"]
        assert import_folder(collection) == {}

    def test_the_name_of_a_dicom_file_that_is_refused_is_in_no_log(
        self, collection: SampleCollection, caplog: pytest.LogCaptureFixture
    ) -> None:
        put(collection, "Normal/Zzyzx.dcm", dicom_images.dicom_image(Modality="CT"))
        put(collection, "Normal/broken.png", b"\x89PNG\r\n")

        assert import_folder(collection) == {"rejected": 2}

        assert "Zzyzx" not in caplog.text
        assert "a DICOM file" in caplog.text
        assert "broken.png" in caplog.text

    def test_a_name_that_is_no_text_is_stored_as_one(self, collection: SampleCollection) -> None:
        put(collection, os.fsdecode(b"Normal/\xff.png"), images.png(1))

        assert import_folder(collection) == {"stored": 1}
        assert samples.everything(collection.database, task="pneumonia")[0].filename == "\ufffd.png"

    def test_samples_files_and_other_folders_are_left_alone(
        self, collection: SampleCollection
    ) -> None:
        collection.add(images.png(1), filename="a.png", label="Normal")
        put(collection, "notes/readme.txt", b"text")
        before = names(collection)

        assert import_folder(collection) == {}
        assert names(collection) == before

    def test_what_a_killed_upload_was_writing_goes_after_a_while(
        self, collection: SampleCollection
    ) -> None:
        old = put(collection, "Normal/.tmp-old", b"half", age_s=ABANDONED_AFTER_S + 5)
        young = put(collection, "Normal/.tmp-young", b"half", age_s=1)

        assert import_folder(collection) == {}

        assert (old.exists(), young.exists()) == (False, True)

    def test_no_folder_is_no_mistake(self, collection: SampleCollection) -> None:
        assert import_folder(collection) == {}


class TestNotTaking:
    @pytest.mark.parametrize(
        ("content", "outcome"),
        [(b"text", "rejected"), (images.jpeg(1), "near_duplicate")],
        ids=["no image", "the same film"],
    )
    def test_what_cannot_be_a_sample_is_moved_aside_whole(
        self,
        collection: SampleCollection,
        caplog: pytest.LogCaptureFixture,
        content: bytes,
        outcome: str,
    ) -> None:
        collection.add(images.png(1), filename="a.png", label="Normal")
        put(collection, "Normal/b.png", content)

        assert import_folder(collection) == {outcome: 1}

        assert (collection.folder / NOT_TAKEN / "Normal" / "b.png").read_bytes() == content
        assert "b.png" in caplog.text
        assert import_folder(collection) == {}

    def test_another_class_is_a_dispute(self, collection: SampleCollection) -> None:
        collection.add(images.png(1), filename="a.png", label="Normal")
        put(collection, "COVID-19/b.png", images.png(1))

        assert import_folder(collection) == {"conflict": 1}
        (stored,) = samples.everything(
            collection.database, SampleFilter(disputed=True), task="pneumonia"
        )
        assert stored.disputed == "COVID-19"

    def test_what_a_cut_relabelling_left_behind_is_no_dispute(
        self, collection: SampleCollection
    ) -> None:
        sha256 = str(collection.add(images.png(1), filename="a.png", label="Normal").sha256)
        relabel(collection, sha256, "COVID-19", remark="")
        put(collection, f"Normal/{sha256}.png", images.png(1))

        assert import_folder(collection) == {"duplicate": 1}
        assert names(collection) == [f"COVID-19/{sha256}.png"]
        assert samples.get(collection.database, sha256, task="pneumonia").disputed is None

    def test_one_worker_at_a_time(self, collection: SampleCollection) -> None:
        put(collection, "Normal/a.png", images.png(1))

        with FileLock(collection.folder / LOCK_NAME):
            assert import_folder(collection) == {}
        assert import_folder(collection) == {"stored": 1}

    def test_whoever_has_to_know_waits_for_the_other(self, collection: SampleCollection) -> None:
        path = put(collection, "Normal/a.png", images.png(1))

        with ThreadPoolExecutor(1) as pool:
            with FileLock(path.parent.parent / LOCK_NAME):
                look = pool.submit(import_folder, collection, wait_s=60)
                assert not wait([look], timeout=0.3).done
            assert look.result() == {"stored": 1}
