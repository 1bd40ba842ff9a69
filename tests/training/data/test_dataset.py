"""Films are decoded once, and split so that no patient is in two splits."""

import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from api.inputs.discovery import LabelledImage, find_images
from api.inputs.images.preprocessing import PreprocessingSpec
from api.tasks.task import Task
from api.training.data.dataset import decode_images
from api.training.data.splits import folds, split
from tests.support import dicom_images, images
from tests.support.dicom_images import PATIENT_ID

FRACTIONS = {"holdout": 0.2, "validation": 0.1}


def image(
    number: int, *, label: str = "Normal", patient: str | None = None, source: str = "here"
) -> LabelledImage:
    return LabelledImage(
        Path(f"{source}/{label}/{number}"), label, source, patient, f"{number:064x}"
    )


def collection(*, per_class: int = 30, per_patient: int = 3) -> list[LabelledImage]:
    """Two sources, two classes, several films a patient."""
    return [
        image(
            index * 1000 + number,
            label=label,
            source=source,
            patient=f"{label}{number // per_patient}",
        )
        for index, (source, label) in enumerate(
            [("a", "Normal"), ("a", "COVID-19"), ("b", "Normal"), ("b", "COVID-19")]
        )
        for number in range(per_class)
    ]


class TestDecoding:
    def test_images_are_decoded_at_the_networks_size_and_bad_ones_counted(
        self, task: Task, tmp_path: Path
    ) -> None:
        for label, content in (
            ("Normal", images.png(1)),
            ("viral", images.jpeg(2)),
            ("covid", b"broken"),
        ):
            (tmp_path / label).mkdir()
            (tmp_path / label / "a.png").write_bytes(content)
        steps: list[tuple[int, int]] = []

        decoded, skipped = decode_images(
            find_images([tmp_path], task).images,
            task,
            PreprocessingSpec(height=64, width=80),
            progress=lambda done, total: steps.append((done, total)),
        )

        assert decoded.images.shape == (2, 64, 80)
        assert decoded.images.dtype == np.uint8
        assert decoded.targets.tolist() == [task.labels.index(f.label) for f in decoded.labelled]
        assert skipped == {"unreadable": 1}
        assert steps == [(1, 3), (2, 3), (3, 3)]

    def test_a_subset_keeps_pixels_and_targets_together(self, task: Task, tmp_path: Path) -> None:
        for seed, label in enumerate(("Normal", "viral", "covid")):
            (tmp_path / label).mkdir()
            (tmp_path / label / "a.png").write_bytes(images.png(seed))
        spec = PreprocessingSpec(height=64, width=64)
        decoded, _ = decode_images(find_images([tmp_path], task).images, task, spec)

        members = decoded.subset([decoded.labelled[2]])

        assert members.labelled == (decoded.labelled[2],)
        assert np.array_equal(members.images[0], decoded.images[2])
        assert members.targets.tolist() == [decoded.targets[2]]
        assert members.sources == [decoded.labelled[2].source]

    def test_images_of_one_dicom_patient_stay_together(self, task: Task, tmp_path: Path) -> None:
        for number in range(40):
            folder = tmp_path / ("Normal" if number % 2 else "viral")
            folder.mkdir(exist_ok=True)
            # Two films a patient, one of each class, and no name that would tell.
            image = dicom_images.dicom_image(
                dicom_images.values(bits=8, seed=number, size_px=64), PatientID=f"P{number // 2}"
            )
            (folder / f"IM{number}").write_bytes(image)

        decoded, skipped = decode_images(
            find_images([tmp_path], task).images, task, PreprocessingSpec(height=32, width=32)
        )
        splits = split(decoded.labelled, FRACTIONS, seed=1)

        splits_of = defaultdict(list)
        for name, members in splits.items():
            for member in members:
                splits_of[member.patient].append(name)
        assert not skipped
        assert len(splits_of) == 20
        assert all(len(names) == 2 and len(set(names)) == 1 for names in splits_of.values())
        assert splits["holdout"]
        assert not any("P1" in str(patient) for patient in splits_of)

    def test_tags_come_before_a_folders_patient_and_burnt_in_text_is_left_out(
        self, task: Task, tmp_path: Path
    ) -> None:
        folders = ("us/Normal/study 1", "them/Normal/study 2", f"us/Normal/{PATIENT_ID}")
        for seed, folder in enumerate(folders):
            (tmp_path / folder).mkdir(parents=True)
            bare = {"PatientID": None} if folder.endswith(PATIENT_ID) else {}
            content = dicom_images.dicom_image(dicom_images.values(seed=seed), **bare)
            (tmp_path / folder / "a.dcm").write_bytes(content)
        (tmp_path / "us/Normal/b.dcm").write_bytes(
            dicom_images.dicom_image(BurnedInAnnotation="YES")
        )

        decoded, skipped = decode_images(
            find_images([tmp_path], task).images, task, PreprocessingSpec(height=32, width=32)
        )

        (patient,) = {image.patient for image in decoded.labelled}
        assert str(patient).startswith("dcm-")
        assert {image.source for image in decoded.labelled} == {"us", "them"}
        assert sorted(map(len, folds(decoded.labelled, 2, seed=0))) == [0, 3]
        assert skipped == {"text may be burnt in": 1}

    def test_without_images_there_is_nothing_of_the_right_shape(self, task: Task) -> None:
        decoded, _ = decode_images([], task, PreprocessingSpec())

        assert len(decoded) == 0
        assert decoded.images.shape == (0, 224, 224)


class TestSplitting:
    @pytest.mark.parametrize("seed", range(5))
    def test_every_image_is_in_exactly_one_part(self, seed: int) -> None:
        everything = collection()

        splits = split(everything, FRACTIONS, seed=seed)

        assert set(splits) == {"holdout", "validation", "train"}
        assert sorted(f.sha256 for members in splits.values() for f in members) == sorted(
            f.sha256 for f in everything
        )

    @pytest.mark.parametrize("seed", range(5))
    def test_no_patient_is_on_two_splits(self, seed: int) -> None:
        splits = split(collection(), FRACTIONS, seed=seed)

        splits_of = defaultdict(set)
        for name, members in splits.items():
            for member in members:
                splits_of[member.source, member.patient].add(name)
        assert all(len(names) == 1 for names in splits_of.values())

    def test_identical_pictures_of_two_patients_bind_them_together(self) -> None:
        everything = [
            image(n, patient=f"p{n}") for n in range(40)
        ] + [image(n, patient=f"q{n}") for n in range(40)]  # fmt: skip

        splits = split(everything, FRACTIONS, seed=1)

        splits_of = defaultdict(set)
        for name, members in splits.items():
            for member in members:
                splits_of[member.sha256].add(name)
        assert all(len(names) == 1 for names in splits_of.values())
        assert splits["holdout"]

    @pytest.mark.parametrize("per_class", [4, 9, 30, 100])
    def test_every_source_and_class_is_in_every_part(self, per_class: int) -> None:
        splits = split(collection(per_class=per_class, per_patient=1), FRACTIONS, seed=3)

        for members in splits.values():
            assert {f.stratum for f in members} == {f.stratum for f in collection()}

    def test_parts_have_about_their_share(self) -> None:
        splits = split(collection(per_class=300), FRACTIONS, seed=3)

        assert len(splits["holdout"]) == pytest.approx(240, abs=12)
        assert len(splits["validation"]) == pytest.approx(120, abs=12)

    def test_a_single_patient_is_trained_on(self) -> None:
        splits = split([image(n, patient="only") for n in range(5)], FRACTIONS, seed=1)

        assert (len(splits["train"]), len(splits["holdout"])) == (5, 0)

    def test_the_order_of_images_does_not_matter_but_the_seed_does(self) -> None:
        shuffled = collection()
        random.Random(1).shuffle(shuffled)

        def held_out(images_: list[LabelledImage], seed: int) -> set[str]:
            return {f.sha256 for f in split(images_, FRACTIONS, seed=seed)["holdout"]}

        assert held_out(shuffled, 1) == held_out(collection(), 1)
        assert held_out(collection(), 2) != held_out(collection(), 1)
