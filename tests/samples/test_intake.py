"""Each uploaded file is stored whole, or refused with its reason."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from api.errors import InvalidUpload, StorageFailed, StoreBusy, TooLarge
from api.inputs.images import decode
from api.inputs.near import near_hash
from api.records import samples
from api.records.samples import Wanted
from api.registry.holdout import HeldOut
from api.samples.curation import relabel
from api.samples.intake import About, Collection, tally
from tests import films
from tests.full_disk import full_disk
from tests.locked import locked


def stored_files(collection: Collection) -> list[str]:
    return sorted(
        path.relative_to(collection.folder).as_posix()
        for path in collection.folder.rglob("*")
        if path.is_file()
    )


def add_zip(
    collection: Collection, entries: dict[str, bytes], label: str | None = None
) -> list[tuple[str, str | None, str]]:
    upload: list[tuple[str, IO[bytes]]] = [("films.zip", io.BytesIO(films.zipped(entries)))]
    outcomes = collection.add_all(upload, label=label)
    return [(o.filename, o.label, o.outcome) for o in outcomes]


class TestAdding:
    def test_a_film_is_stored_under_its_hash_and_described(self, collection: Collection) -> None:
        content = films.png()
        sha256 = hashlib.sha256(content).hexdigest()

        outcome = collection.add(content, filename="../../evil.png", label="Normal")

        record = samples.get(collection.database, sha256)
        assert (outcome.outcome, outcome.sha256) == ("stored", sha256)
        assert stored_files(collection) == [f"Normal/{sha256}.png"]
        assert collection.path_of(record).read_bytes() == content
        assert (record.label, record.filename) == ("Normal", "../../evil.png")
        assert 0 < record.brightness < 255

    def test_the_content_decides_the_extension(self, collection: Collection) -> None:
        collection.add(films.jpeg(), filename="really.png", label="Normal")

        assert stored_files(collection)[0].endswith(".jpg")

    def test_the_same_picture_again_is_a_duplicate(self, collection: Collection) -> None:
        collection.add(films.png(), filename="a.png", label="Normal")

        outcome = collection.add(films.png(), filename="b.png", label="Normal")

        assert outcome.outcome == "duplicate"
        assert len(stored_files(collection)) == 1
        assert samples.counts(collection.database) == {"Normal": 1}

    def test_the_same_picture_with_another_label_is_a_conflict(
        self, collection: Collection
    ) -> None:
        collection.add(films.png(), filename="a.png", label="Normal")

        outcome = collection.add(films.png(), filename="a.png", label="COVID-19")

        assert outcome.outcome == "conflict"
        assert "is stored as Normal" in (outcome.reason or "")
        assert f"PATCH /samples/{outcome.sha256}" in (outcome.reason or "")
        assert len(stored_files(collection)) == 1

    def test_nobody_learns_from_a_picture_of_two_classes(self, collection: Collection) -> None:
        for label in ("Normal", "COVID-19", "Pneumonia-Viral"):
            collection.add(films.png(), filename=f"{label}.png", label=label)
        (kept,) = samples.everything(collection.database, Wanted())

        assert (kept.label, kept.disputed) == ("Normal", "COVID-19")
        assert samples.everything(collection.database) == []
        assert samples.counts(collection.database) == {}
        (change,) = samples.changes(collection.database, kept.sha256)
        assert (change.what, change.before, change.after) == ("disputed", "Normal", "COVID-19")
        assert "COVID-19.png" in change.remark

    def test_what_was_decided_is_not_disputed_again(self, collection: Collection) -> None:
        collection.add(films.png(), filename="a.png", label="Normal")
        first = collection.add(films.png(), filename="b.png", label="COVID-19")
        relabel(collection, str(first.sha256), "Normal", remark="PCR negative")

        again = collection.add(films.jpeg(), filename="c.jpg", label="COVID-19")

        assert again.outcome == "conflict"
        assert "somebody decided (PCR negative)" in (again.reason or "")
        assert samples.counts(collection.database) == {"Normal": 1}

    def test_who_sent_what_and_of_whom_is_kept(self, collection: Collection) -> None:
        about = About(patient_id="P1", source="ward 3", origin="upload", added_by="key-1")

        collection.add(films.png(), filename="a.png", label="Normal", about=about)

        (kept,) = samples.everything(collection.database)
        assert (kept.patient_id, kept.source) == ("P1", "ward 3")
        assert (kept.origin, kept.added_by) == ("upload", "key-1")

    def test_the_same_film_in_another_file_is_a_near_duplicate(
        self, collection: Collection
    ) -> None:
        outcomes = collection.add_all(
            [("a.png", io.BytesIO(films.png(3))), ("b.jpg", io.BytesIO(films.jpeg(3)))],
            label="Normal",
        )

        assert [outcome.outcome for outcome in outcomes] == ["stored", "near_duplicate"]
        assert "is stored (a.png)" in (outcomes[1].reason or "")
        assert len(stored_files(collection)) == 1

    def test_the_same_film_in_another_file_and_class_is_a_conflict(
        self, collection: Collection
    ) -> None:
        first = collection.add(films.png(3), filename="a.png", label="Normal")

        second = collection.add(films.jpeg(3), filename="b.jpg", label="COVID-19")

        assert (second.outcome, second.sha256) == ("conflict", first.sha256)
        assert samples.get(collection.database, str(first.sha256)).disputed == "COVID-19"

    def test_a_film_that_the_model_is_measured_on_is_refused(self, collection: Collection) -> None:
        content = films.png(3)
        near = near_hash(collection.spec.resize(decode(content, collection.limits)))
        held_out = HeldOut().with_films([(hashlib.sha256(content).hexdigest(), near)])
        guarded = replace(collection, held_out=lambda: held_out)

        for name, picture in (("a.png", content), ("b.jpg", films.jpeg(3))):
            outcome = guarded.add(picture, filename=name, label="Normal")
            assert outcome.outcome == "rejected"
            assert "must never learn from it" in (outcome.reason or "")

        assert guarded.add(films.png(4), filename="c.png", label="Normal").outcome == "stored"
        assert len(stored_files(collection)) == 1

    def test_a_duplicate_restores_a_file_that_was_lost(self, collection: Collection) -> None:
        collection.add(films.png(), filename="a.png", label="Normal")
        (collection.folder / stored_files(collection)[0]).unlink()

        collection.add(films.png(), filename="a.png", label="Normal")

        assert len(stored_files(collection)) == 1

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "empty"),
            (b"hello", "not an image"),
            (films.jpeg()[:800], "damaged or cut short"),
            (films.png_claiming(60_000, 60_000), "pixels"),
            (b"\xff\xd8\xff" + bytes(1_000_000), "MB"),
        ],
    )
    def test_a_bad_file_is_rejected_and_nothing_is_kept(
        self, collection: Collection, content: bytes, reason: str
    ) -> None:
        outcome = collection.add(content, filename="a.png", label="Normal")

        assert outcome.outcome == "rejected"
        assert reason in (outcome.reason or "")
        assert not collection.folder.exists()
        assert samples.counts(collection.database) == {}

    def test_without_a_class_a_film_is_rejected_with_the_classes(
        self, collection: Collection
    ) -> None:
        outcome = collection.add(films.png(), filename="a.png", label=None)

        assert outcome.outcome == "rejected"
        assert "COVID-19, Normal" in (outcome.reason or "")

    def test_at_the_same_time_one_is_stored_and_the_others_are_duplicates(
        self, collection: Collection
    ) -> None:
        content = films.png()

        with ThreadPoolExecutor(6) as pool:
            outcomes = list(
                pool.map(
                    lambda n: collection.add(content, filename=f"{n}.png", label="Normal"),
                    range(6),
                )
            )

        assert tally(outcomes) == {"stored": 1, "duplicate": 5}
        assert len(stored_files(collection)) == 1

    def test_at_the_same_time_under_two_labels_one_wins_and_one_file_is_left(
        self, collection: Collection
    ) -> None:
        content, labels = films.png(), ["Normal", "COVID-19"] * 3

        with ThreadPoolExecutor(6) as pool:
            outcomes = list(
                pool.map(
                    lambda label: collection.add(content, filename="a.png", label=label), labels
                )
            )

        winner = next(o.label for o in outcomes if o.outcome == "stored")
        assert tally(outcomes) == {"stored": 1, "duplicate": 2, "conflict": 3}
        assert [name.split("/")[0] for name in stored_files(collection)] == [winner]


class TestArchives:
    def test_class_folders_label_their_films(self, collection: Collection) -> None:
        outcomes = add_zip(
            collection,
            {
                "set/NORMAL/a.png": films.png(1),
                "set/covid/b.png": films.png(2),
                "loose.png": films.png(3),
            },
        )

        assert outcomes == [
            ("set/NORMAL/a.png", "Normal", "stored"),
            ("set/covid/b.png", "COVID-19", "stored"),
            ("loose.png", None, "rejected"),
        ]

    def test_the_forms_label_is_for_films_outside_class_folders(
        self, collection: Collection
    ) -> None:
        outcomes = add_zip(
            collection,
            {"Normal/a.png": films.png(1), "b.png": films.png(2)},
            label="Pneumonia-Viral",
        )

        assert [(label, outcome) for _, label, outcome in outcomes] == [
            ("Normal", "stored"),
            ("Pneumonia-Viral", "stored"),
        ]

    def test_a_path_that_leads_out_stores_nothing_anywhere(
        self, collection: Collection, tmp_path: Path
    ) -> None:
        outcomes = add_zip(
            collection, {"../../Normal/evil.png": films.png(1), "Normal/good.png": films.png(2)}
        )

        assert [outcome for _, _, outcome in outcomes] == ["rejected", "stored"]
        assert not list(tmp_path.rglob("evil*"))
        assert len(stored_files(collection)) == 1

    def test_a_damaged_archive_refuses_the_whole_upload(self, collection: Collection) -> None:
        damaged = io.BytesIO(films.zipped({"Normal/a.png": films.png()})[:-40])

        with pytest.raises(InvalidUpload):
            collection.add_all([("a.zip", damaged)], label=None)

    def test_too_many_entries_store_nothing(self, collection: Collection) -> None:
        with pytest.raises(TooLarge):
            add_zip(collection, {f"Normal/{n}.png": films.png(n) for n in range(11)})

        assert samples.counts(collection.database) == {}

    def test_an_archive_in_an_archive_is_rejected_as_a_film(self, collection: Collection) -> None:
        inner = films.zipped({"Normal/a.png": films.png()})

        outcomes = add_zip(collection, {"Normal/inner.zip": inner})

        assert [outcome for _, _, outcome in outcomes] == ["rejected"]


class TestLabels:
    def test_an_alias_stands_for_its_class(self, collection: Collection) -> None:
        assert collection.require_label("covid") == "COVID-19"

    @pytest.mark.parametrize("label", ["Tumour", "../../etc", "", "x" * 5000])
    def test_an_unknown_label_is_refused_with_the_classes(
        self, collection: Collection, label: str
    ) -> None:
        with pytest.raises(InvalidUpload, match="the classes are COVID-19, Normal") as caught:
            collection.require_label(label)
        assert len(caught.value.message) < 400


class TestTrouble:
    def test_a_full_disk_leaves_no_part_of_a_file_and_no_row(self, collection: Collection) -> None:
        with full_disk(), pytest.raises(StorageFailed, match="nothing was stored"):
            collection.add(films.png(), filename="a.png", label="Normal")

        assert stored_files(collection) == []
        assert samples.counts(collection.database) == {}
        assert collection.add(films.png(), filename="a.png", label="Normal").outcome == "stored"

    def test_a_file_where_the_folder_should_be_stores_nothing(self, collection: Collection) -> None:
        collection.folder.parent.mkdir(parents=True)
        collection.folder.write_bytes(b"in the way")

        with pytest.raises(StorageFailed):
            collection.add(films.png(), filename="a.png", label="Normal")

        assert samples.counts(collection.database) == {}

    def test_a_locked_database_leaves_no_file(self, collection: Collection) -> None:
        with locked(collection.database), pytest.raises(StoreBusy):
            collection.add(films.png(), filename="a.png", label="Normal")

        assert stored_files(collection) == []

    def test_what_was_stored_before_the_trouble_is_told(self, collection: Collection) -> None:
        small = films.encoded(films.film(size_px=64).convert("1"), "PNG")
        uploads: list[tuple[str, IO[bytes]]] = [
            ("small.png", io.BytesIO(small)),
            ("large.png", io.BytesIO(films.encoded(films.film(size_px=900), "BMP"))),
        ]

        with full_disk(at_bytes=600_000), pytest.raises(StorageFailed) as caught:
            collection.add_all(uploads, label="Normal")

        assert "1 files before this one were stored" in caught.value.message
        assert [entry["outcome"] for entry in caught.value.errors] == ["stored"]
        assert samples.counts(collection.database) == {"Normal": 1}
