"""Which side of the hold-out an uploaded film goes to."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.inputs.discovery import LabelledImage, patient_in
from api.inputs.stored_names import patient_without_name
from api.records.training_images import sample_edits, samples
from api.records.training_images.sample_filter import SampleFilter
from api.records.training_images.samples import SampleRecord
from api.tasks.task import Task
from api.training.data.sample_set import assign_splits, patient_of, read_samples

NONE: set[str] = set()


def image(number: int, patient: str | None = None) -> LabelledImage:
    return LabelledImage(Path(f"{number}.png"), "Normal", "uploads", patient, f"{number:064d}")


def record(number: int, part: str | None = None) -> SampleRecord:
    return SampleRecord(
        sha256=f"{number:064d}",
        label="Normal",
        filename=f"{number}.png",
        file=f"{number}.png",
        size_bytes=1,
        created_at=now(),
        brightness=1.0,
        edge_density=0.1,
        histogram=(1.0,),
        part=part,
    )


class TestDrawingSplits:
    def test_a_quarter_is_held_out_and_a_split_is_kept(self, task: Task) -> None:
        images = tuple(image(number) for number in range(8))
        records = {f.path: record(n) for n, f in enumerate(images)}

        first = assign_splits(images, records, task)
        again = tuple(image(number) for number in range(16))
        kept = {
            f.path: record(n, first[images[n]] if n < len(images) else None)
            for n, f in enumerate(again)
        }
        second = assign_splits(again, kept, task)

        assert list(first.values()).count("holdout") == 2
        assert list(second.values()).count("holdout") == 4
        assert all(second[f] == split for f, split in first.items())

    def test_of_images_with_a_coarse_label_a_quarter_is_held_out_too(self, task: Task) -> None:
        images = tuple(replace(image(number), label="finding") for number in range(8))

        splits = assign_splits(images, {f.path: record(n) for n, f in enumerate(images)}, task)

        assert list(splits.values()).count("holdout") == 2

    def test_a_patient_with_images_of_two_classes_is_on_one_split(self, task: Task) -> None:
        normal = [image(number, f"P{number}") for number in range(8)]
        ill = [replace(image(number + 8, f"P{number}"), label="COVID-19") for number in range(8)]
        images = (*normal, *ill)

        splits = assign_splits(images, {f.path: record(n) for n, f in enumerate(images)}, task)

        assert [splits[f] for f in normal] == [splits[f] for f in ill]
        assert set(splits.values()) == {"train", "holdout"}

    def test_the_sender_knows_better_than_the_file_name_whose_image_it_is(self, task: Task) -> None:
        plain = replace(record(1), filename="person7_virus_1.jpeg")
        with_names = replace(plain, patient_id="P1", source="ward 3")

        assert patient_of(plain, task) == "person7_virus"
        assert patient_of(with_names, task) == "ward 3/P1"
        assert patient_of(replace(with_names, source=None), task) != patient_of(with_names, task)
        assert patient_of(record(1), task) is None

    def test_a_name_that_viewers_give_to_every_export_makes_no_patient(self, task: Task) -> None:
        normal = replace(record(1), filename="IM-0001-0001.jpeg")
        ill = replace(normal, label="COVID-19")

        assert patient_of(normal, task) == "IM-0001"
        assert patient_of(ill, task) is None

    @pytest.mark.parametrize(
        ("patient", "source"),
        [(None, None), (None, "ours"), ("person7_virus", "ours"), ("P1", "ours")],
    )
    def test_it_is_the_same_when_the_name_is_not_stored_any_more(
        self, task: Task, patient: str | None, source: str | None
    ) -> None:
        named = replace(
            record(1), filename="person7_virus_1.jpeg", patient_id=patient, source=source
        )
        by_name = patient_in(named.filename, task, label=named.label)

        dropped = replace(named, filename="", patient_id=patient_without_name(patient, by_name))

        assert patient_of(dropped, task) == patient_of(named, task)

    def test_a_patient_of_a_public_collection_is_the_same_with_a_source(self, task: Task) -> None:
        before = replace(record(1), filename="person7_virus_1.jpeg")
        since = replace(before, patient_id="person7_virus", source="kermany")

        assert patient_of(before, task) == patient_of(since, task) == "person7_virus"

    def test_a_new_image_of_a_known_patient_goes_to_the_same_split(self, task: Task) -> None:
        images = tuple(image(number, "person1_virus") for number in range(6))
        records = {f.path: record(n, "holdout" if n == 0 else None) for n, f in enumerate(images)}

        splits = assign_splits(images, records, task)

        assert set(splits.values()) == {"holdout"}


class TestReading:
    @pytest.fixture
    def stored(self, database: Engine) -> Engine:
        for number in range(16):
            samples.add(database, record(number), task="pneumonia")
        return database

    def assigned(
        self, database: Engine, task: Task, *, learned: set[str] = NONE, held_out: set[str] = NONE
    ) -> dict[str, set[str]]:
        found = read_samples(database, Path(), task, learned=learned, held_out=held_out)
        return {split: {f.sha256 for f in images} for split, images in found.by_split.items()}

    def test_what_the_champion_learned_from_is_never_held_out(
        self, stored: Engine, task: Task
    ) -> None:
        learned = {f"{number:064d}" for number in range(14)}

        splits = self.assigned(stored, task, learned=learned)

        assert not splits["holdout"] & learned
        assert splits["holdout"]

    def test_what_the_champion_is_measured_on_is_never_learned_from(
        self, stored: Engine, task: Task
    ) -> None:
        held_out = {f"{number:064d}" for number in range(4)}

        splits = self.assigned(stored, task, held_out=held_out)

        assert not set().union(*splits.values()) & held_out

    def test_what_was_held_out_here_stays_so(self, stored: Engine, task: Task) -> None:
        before = self.assigned(stored, task)["holdout"]

        assert self.assigned(stored, task, held_out=before)["holdout"] == before

    def test_an_image_that_was_deleted_comes_back_to_its_split(
        self, stored: Engine, task: Task
    ) -> None:
        before = self.assigned(stored, task)
        for sha256 in set().union(*before.values()):
            sample_edits.delete(stored, sha256, remark="", task="pneumonia")
        for number in reversed(range(16)):
            samples.add(stored, record(number), task="pneumonia")

        after = self.assigned(stored, task)

        assert after["holdout"] == before["holdout"]
        assert samples.ever_known(stored, task="pneumonia") == {
            f"{number:064d}" for number in range(16)
        }


class TestClassesThatTheTaskDoesNotHave:
    def test_their_images_are_left_alone_and_counted(self, database: Engine, task: Task) -> None:
        for number in range(12):
            samples.add(database, record(number), task="pneumonia")
        for number in range(20, 23):
            samples.add(database, replace(record(number), label="Tuberculosis"), task="pneumonia")

        found = read_samples(database, Path(), task, learned={f"{20:064d}"}, held_out=NONE)

        assert found.left_alone == {"of a class that the task does not have": 3}
        assert len(found.records) == 12
        others = samples.everything(database, SampleFilter(label="Tuberculosis"), task="pneumonia")
        assert [other.part for other in others] == [None] * 3
