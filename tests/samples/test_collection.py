"""Each uploaded file is stored whole, or refused with its reason."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from api.errors import InvalidUpload, StorageFailed, StoreBusy, TooLarge
from api.records.training_images import samples
from api.samples.collection import SampleCollection
from api.samples.outcomes import Provenance
from api.samples.upload import add_upload
from tests.support import images
from tests.support.full_disk import full_disk
from tests.support.locked_database import locked
from tests.support.stores import only_folders, only_own_disk, stored_files


def add_zip(
    collection: SampleCollection, entries: dict[str, bytes], label: str | None = None
) -> list[tuple[str, str | None, str]]:
    upload: list[tuple[str, IO[bytes]]] = [("films.zip", io.BytesIO(images.zipped(entries)))]
    outcomes = add_upload(collection, upload, label=label)
    return [(o.filename, o.label, o.outcome) for o in outcomes]


class TestAdding:
    def test_an_image_is_stored_under_its_hash_and_described(
        self, collection: SampleCollection
    ) -> None:
        content = images.png()
        sha256 = hashlib.sha256(content).hexdigest()

        outcome = collection.add(content, filename="../../evil.png", label="Normal")

        record = samples.get(collection.database, sha256, task="pneumonia")
        assert (outcome.outcome, outcome.sha256) == ("stored", sha256)
        assert stored_files(collection) == [f"Normal/{sha256}.png"]
        assert collection.files.get(record.file) == content
        assert (record.label, record.filename) == ("Normal", "../../evil.png")
        assert 0 < record.brightness < 255

    def test_the_content_decides_the_extension(self, collection: SampleCollection) -> None:
        collection.add(images.jpeg(), filename="really.png", label="Normal")

        assert stored_files(collection)[0].endswith(".jpg")

    def test_who_sent_what_and_of_whom_is_kept(self, collection: SampleCollection) -> None:
        about = Provenance(patient_id="P1", source="ward 3", origin="upload", added_by="key-1")

        collection.add(images.png(), filename="a.png", label="Normal", about=about)

        (stored,) = samples.everything(collection.database, task="pneumonia")
        assert (stored.patient_id, stored.source) == ("P1", "ward 3")
        assert (stored.origin, stored.added_by) == ("upload", "key-1")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "empty"),
            (b"hello", "not an image"),
            (images.jpeg()[:800], "damaged or cut short"),
            (images.png_claiming(60_000, 60_000), "pixels"),
            (b"\xff\xd8\xff" + bytes(1_000_000), "MB"),
        ],
    )
    def test_a_bad_file_is_rejected_and_nothing_is_kept(
        self, collection: SampleCollection, content: bytes, reason: str
    ) -> None:
        outcome = collection.add(content, filename="a.png", label="Normal")

        assert outcome.outcome == "rejected"
        assert reason in (outcome.reason or "")
        assert not collection.folder.exists()
        assert samples.counts(collection.database, task="pneumonia") == {}

    def test_without_a_class_an_image_is_rejected_with_the_classes(
        self, collection: SampleCollection
    ) -> None:
        outcome = collection.add(images.png(), filename="a.png", label=None)

        assert outcome.outcome == "rejected"
        assert "COVID-19, Normal" in (outcome.reason or "")


class TestArchives:
    def test_class_folders_label_their_images(self, collection: SampleCollection) -> None:
        outcomes = add_zip(
            collection,
            {
                "set/NORMAL/a.png": images.png(1),
                "set/covid/b.png": images.png(2),
                "loose.png": images.png(3),
            },
        )

        assert outcomes == [
            ("set/NORMAL/a.png", "Normal", "stored"),
            ("set/covid/b.png", "COVID-19", "stored"),
            ("loose.png", None, "rejected"),
        ]

    def test_the_forms_label_is_for_images_outside_class_folders(
        self, collection: SampleCollection
    ) -> None:
        outcomes = add_zip(
            collection,
            {"Normal/a.png": images.png(1), "b.png": images.png(2)},
            label="Pneumonia-Viral",
        )

        assert [(label, outcome) for _, label, outcome in outcomes] == [
            ("Normal", "stored"),
            ("Pneumonia-Viral", "stored"),
        ]

    def test_a_path_that_leads_out_stores_nothing_anywhere(
        self, collection: SampleCollection, tmp_path: Path
    ) -> None:
        outcomes = add_zip(
            collection, {"../../Normal/evil.png": images.png(1), "Normal/good.png": images.png(2)}
        )

        assert [outcome for _, _, outcome in outcomes] == ["rejected", "stored"]
        assert not list(tmp_path.rglob("evil*"))
        assert len(stored_files(collection)) == 1

    def test_a_damaged_archive_refuses_the_whole_upload(self, collection: SampleCollection) -> None:
        damaged = io.BytesIO(images.zipped({"Normal/a.png": images.png()})[:-40])

        with pytest.raises(InvalidUpload):
            add_upload(collection, [("a.zip", damaged)], label=None)

    def test_too_many_entries_store_nothing(self, collection: SampleCollection) -> None:
        with pytest.raises(TooLarge):
            add_zip(collection, {f"Normal/{n}.png": images.png(n) for n in range(11)})

        assert samples.counts(collection.database, task="pneumonia") == {}

    def test_an_archive_in_an_archive_is_named(self, collection: SampleCollection) -> None:
        inner = images.zipped({"Normal/a.png": images.png()})
        upload: list[tuple[str, IO[bytes]]] = [
            ("films.zip", io.BytesIO(images.zipped({"Normal/inner.zip": inner})))
        ]

        (outcome,) = add_upload(collection, upload, label=None)

        assert outcome.outcome == "rejected"
        assert "archives in archives are not opened" in (outcome.reason or "")

    def test_what_was_not_reached_in_time_is_told_image_by_image(
        self, collection: SampleCollection
    ) -> None:
        late = replace(collection, max_upload_s=-1.0)
        upload: list[tuple[str, IO[bytes]]] = [
            ("films.zip", io.BytesIO(images.zipped({"Normal/a.png": b"x", "Normal/b.png": b"x"}))),
            ("Normal/c.png", io.BytesIO(images.png())),
        ]

        outcomes = add_upload(late, upload, label=None)

        assert [outcome.outcome for outcome in outcomes] == ["rejected"] * 3
        assert all("before this file was reached" in (o.reason or "") for o in outcomes)
        assert samples.counts(collection.database, task="pneumonia") == {}

    def test_what_was_not_unpacked_in_time_is_told_image_by_image(
        self, collection: SampleCollection
    ) -> None:
        limits = replace(collection.archive_limits, max_seconds=-1.0)
        names = ("Normal/a.png", "Normal/b.png")

        outcomes = add_zip(
            replace(collection, archive_limits=limits), {name: images.png() for name in names}
        )

        assert outcomes == [(name, "Normal", "rejected") for name in names]

    def test_the_folders_of_a_senders_machine_say_nothing(
        self, collection: SampleCollection
    ) -> None:
        upload: list[tuple[str, IO[bytes]]] = [
            ("C:\\Normal\\a.png", io.BytesIO(images.png(1))),
            ("/home/Normal/b.png", io.BytesIO(images.png(2))),
        ]

        outcomes = add_upload(collection, upload, label="COVID-19")

        assert [(o.label, o.outcome) for o in outcomes] == [("COVID-19", "stored")] * 2
        assert {
            record.source for record in samples.everything(collection.database, task="pneumonia")
        } == {None}


class TestLabels:
    def test_an_alias_stands_for_its_class(self, collection: SampleCollection) -> None:
        assert collection.require_label("covid") == "COVID-19"

    @pytest.mark.parametrize("label", ["Tumour", "../../etc", "", "x" * 5000])
    def test_an_unknown_label_is_refused_with_the_classes(
        self, collection: SampleCollection, label: str
    ) -> None:
        with pytest.raises(InvalidUpload, match="the classes are COVID-19, Normal") as caught:
            collection.require_label(label)
        assert len(caught.value.message) < 400


class TestTrouble:
    @only_own_disk
    def test_a_full_disk_leaves_no_part_of_a_file_and_no_row(
        self, collection: SampleCollection
    ) -> None:
        with full_disk(), pytest.raises(StorageFailed, match="nothing was stored"):
            collection.add(images.png(), filename="a.png", label="Normal")

        assert stored_files(collection) == []
        assert samples.counts(collection.database, task="pneumonia") == {}
        assert collection.add(images.png(), filename="a.png", label="Normal").outcome == "stored"

    @only_folders
    def test_a_file_where_the_folder_should_be_stores_nothing(
        self, collection: SampleCollection
    ) -> None:
        collection.folder.parent.mkdir(parents=True)
        collection.folder.write_bytes(b"in the way")

        with pytest.raises(StorageFailed):
            collection.add(images.png(), filename="a.png", label="Normal")

        assert samples.counts(collection.database, task="pneumonia") == {}

    def test_a_locked_database_leaves_no_file(self, collection: SampleCollection) -> None:
        with locked(collection.database), pytest.raises(StoreBusy):
            collection.add(images.png(), filename="a.png", label="Normal")

        assert stored_files(collection) == []

    @only_folders
    def test_what_was_stored_before_the_trouble_is_told(self, collection: SampleCollection) -> None:
        small = images.encoded(images.image(size_px=64).convert("1"), "PNG")
        uploads: list[tuple[str, IO[bytes]]] = [
            ("small.png", io.BytesIO(small)),
            ("large.png", io.BytesIO(images.encoded(images.image(size_px=900), "BMP"))),
        ]

        with full_disk(at_bytes=600_000), pytest.raises(StorageFailed) as caught:
            add_upload(collection, uploads, label="Normal")

        assert "1 files before this one were stored" in caught.value.message
        assert [entry["outcome"] for entry in caught.value.errors] == ["stored"]
        assert samples.counts(collection.database, task="pneumonia") == {"Normal": 1}
