"""Films are found, labelled and split so that no patient is on two sides."""

import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from api.errors import InvalidDataset
from api.inputs.preprocessing import PreprocessingSpec
from api.tasks.task import Task
from api.training.dataset import (
    Film,
    counts,
    decode_films,
    find_films,
    manifest_digest,
    patient_in,
    require_every_class,
    split,
)
from tests import films

FRACTIONS = {"holdout": 0.2, "validation": 0.1}


def put(folder: Path, *paths: str) -> None:
    """Files with a content of their own each."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())


def film(
    number: int, *, label: str = "Normal", patient: str | None = None, source: str = "here"
) -> Film:
    return Film(Path(f"{source}/{label}/{number}"), label, source, patient, f"{number:064x}")


def collection(*, per_class: int = 30, per_patient: int = 3) -> list[Film]:
    """Two sources, two classes, several films a patient."""
    return [
        film(
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


class TestFinding:
    @pytest.mark.parametrize(
        ("path", "label", "source", "patient"),
        [
            ("train/PNEUMONIA/person7_bacteria_24.jpeg", "Pneumonia-Bacterial", "kermany",
             "person7_bacteria"),
            ("train/PNEUMONIA/person7_virus_3.jpeg", "Pneumonia-Viral", "kermany",
             "person7_virus"),
            ("train/NORMAL/IM-0115-0001.jpeg", "Normal", "kermany", "IM-0115"),
            ("train/NORMAL/NORMAL2-IM-0354-0001.jpeg", "Normal", "kermany", "NORMAL2-IM-0354"),
            ("COVID/images/COVID-12.png", "COVID-19", "radiography", "COVID-12"),
            ("Normal/images/Normal-7.png", "Normal", "radiography", "Normal-7"),
            ("Viral Pneumonia/images/Viral Pneumonia-3.png", "Pneumonia-Viral", "radiography",
             "Viral Pneumonia-3"),
            ("ours/bacterial/a.png", "Pneumonia-Bacterial", "ours", None),
            ("ours/COVID-19/2024/a.png", "COVID-19", "ours", None),
        ],
    )  # fmt: skip
    def test_paths_tell_label_source_and_patient(
        self, task: Task, tmp_path: Path, path: str, label: str, source: str, patient: str | None
    ) -> None:
        put(tmp_path / "data", path)

        (found,) = find_films([tmp_path / "data"], task).films

        assert (found.label, found.source, found.patient) == (label, source, patient)

    def test_the_given_folder_may_be_a_class_folder(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path / "ours", "Normal/a.png")

        (found,) = find_films([tmp_path / "ours" / "Normal"], task).films

        assert (found.label, found.source) == ("Normal", "ours")

    def test_the_innermost_class_folder_counts(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path, "viral/Normal/a.png")

        assert find_films([tmp_path], task).films[0].label == "Normal"

    def test_other_files_are_left_out_and_counted(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path, "Normal/a.png", "readme.txt", "other/b.png")

        found = find_films([tmp_path], task)

        assert len(found.films) == 1
        assert found.skipped == {"not in a class folder": 2}

    def test_a_picture_under_two_labels_is_left_out_altogether(
        self, task: Task, tmp_path: Path
    ) -> None:
        put(tmp_path, "Normal/a.png", "viral/b.png")
        (tmp_path / "viral" / "same.png").write_bytes((tmp_path / "Normal/a.png").read_bytes())

        found = find_films([tmp_path], task)

        assert [film.path.name for film in found.films] == ["b.png"]
        assert found.skipped == {"same picture under two labels": 2}

    def test_no_folder_and_an_empty_folder_are_refused(self, task: Task, tmp_path: Path) -> None:
        with pytest.raises(InvalidDataset, match="There is no folder"):
            find_films([tmp_path / "none"], task)
        with pytest.raises(InvalidDataset, match="No labelled image was found"):
            find_films([tmp_path], task)

    def test_a_missing_class_is_refused_by_name(self, task: Task) -> None:
        present = [film(n, label=label) for n, label in enumerate(task.labels) if n != 2]

        with pytest.raises(
            InvalidDataset, match=r"No image of class Pneumonia-Bacterial.*Normal 1"
        ):
            require_every_class(present, task)
        require_every_class([*present, film(9, label=task.labels[2])], task)


class TestDecoding:
    def test_films_are_decoded_at_the_networks_size_and_bad_ones_counted(
        self, task: Task, tmp_path: Path
    ) -> None:
        for label, content in (
            ("Normal", films.png(1)),
            ("viral", films.jpeg(2)),
            ("covid", b"broken"),
        ):
            (tmp_path / label).mkdir()
            (tmp_path / label / "a.png").write_bytes(content)
        steps: list[tuple[int, int]] = []

        decoded, skipped = decode_films(
            find_films([tmp_path], task).films,
            task,
            PreprocessingSpec(height=64, width=80),
            progress=lambda done, total: steps.append((done, total)),
        )

        assert decoded.images.shape == (2, 64, 80)
        assert decoded.images.dtype == np.uint8
        assert decoded.targets.tolist() == [task.labels.index(f.label) for f in decoded.films]
        assert skipped == {"unreadable": 1}
        assert steps == [(1, 3), (2, 3), (3, 3)]

    def test_a_subset_keeps_pixels_and_targets_together(self, task: Task, tmp_path: Path) -> None:
        for seed, label in enumerate(("Normal", "viral", "covid")):
            (tmp_path / label).mkdir()
            (tmp_path / label / "a.png").write_bytes(films.png(seed))
        spec = PreprocessingSpec(height=64, width=64)
        decoded, _ = decode_films(find_films([tmp_path], task).films, task, spec)

        part = decoded.subset([decoded.films[2]])

        assert part.films == (decoded.films[2],)
        assert np.array_equal(part.images[0], decoded.images[2])
        assert part.targets.tolist() == [decoded.targets[2]]
        assert part.sources == [decoded.films[2].source]

    def test_without_films_there_is_nothing_of_the_right_shape(self, task: Task) -> None:
        decoded, _ = decode_films([], task, PreprocessingSpec())

        assert len(decoded) == 0
        assert decoded.images.shape == (0, 224, 224)


class TestSplitting:
    @pytest.mark.parametrize("seed", range(5))
    def test_every_film_is_in_exactly_one_part(self, seed: int) -> None:
        everything = collection()

        parts = split(everything, FRACTIONS, seed=seed)

        assert set(parts) == {"holdout", "validation", "train"}
        assert sorted(f.sha256 for part in parts.values() for f in part) == sorted(
            f.sha256 for f in everything
        )

    @pytest.mark.parametrize("seed", range(5))
    def test_no_patient_is_on_two_sides(self, seed: int) -> None:
        parts = split(collection(), FRACTIONS, seed=seed)

        sides = defaultdict(set)
        for name, part in parts.items():
            for member in part:
                sides[member.source, member.patient].add(name)
        assert all(len(names) == 1 for names in sides.values())

    def test_identical_pictures_of_two_patients_bind_them_together(self) -> None:
        everything = [
            film(n, patient=f"p{n}") for n in range(40)
        ] + [film(n, patient=f"q{n}") for n in range(40)]  # fmt: skip

        parts = split(everything, FRACTIONS, seed=1)

        sides = defaultdict(set)
        for name, part in parts.items():
            for member in part:
                sides[member.sha256].add(name)
        assert all(len(names) == 1 for names in sides.values())
        assert parts["holdout"]

    @pytest.mark.parametrize("per_class", [4, 9, 30, 100])
    def test_every_source_and_class_is_in_every_part(self, per_class: int) -> None:
        parts = split(collection(per_class=per_class, per_patient=1), FRACTIONS, seed=3)

        for part in parts.values():
            assert {f.stratum for f in part} == {f.stratum for f in collection()}

    def test_parts_have_about_their_share(self) -> None:
        parts = split(collection(per_class=300), FRACTIONS, seed=3)

        assert len(parts["holdout"]) == pytest.approx(240, abs=12)
        assert len(parts["validation"]) == pytest.approx(120, abs=12)

    def test_a_single_patient_is_trained_on(self) -> None:
        parts = split([film(n, patient="only") for n in range(5)], FRACTIONS, seed=1)

        assert (len(parts["train"]), len(parts["holdout"])) == (5, 0)

    def test_the_order_of_films_does_not_matter_but_the_seed_does(self) -> None:
        shuffled = collection()
        random.Random(1).shuffle(shuffled)

        def held_out(films_: list[Film], seed: int) -> set[str]:
            return {f.sha256 for f in split(films_, FRACTIONS, seed=seed)["holdout"]}

        assert held_out(shuffled, 1) == held_out(collection(), 1)
        assert held_out(collection(), 2) != held_out(collection(), 1)


class TestDescribing:
    def test_films_are_counted_by_source_and_label(self) -> None:
        assert counts(collection(per_class=2)) == {
            "a": {"COVID-19": 2, "Normal": 2},
            "b": {"COVID-19": 2, "Normal": 2},
        }

    def test_the_digest_is_of_the_set(self) -> None:
        one, two = film(1), film(2)

        assert manifest_digest([one, two]) == manifest_digest([two, one])
        assert manifest_digest([one]) != manifest_digest([one, two])
        assert manifest_digest([one]) != manifest_digest([film(1, label="COVID-19")])


class TestPatientsOfUploads:
    def test_a_public_file_name_tells_the_patient(self, task: Task) -> None:
        assert patient_in("person12_bacteria_46.jpeg", task) == "person12_bacteria"
        assert patient_in("some/folder/NORMAL2-IM-0123-0001.jpeg", task) == "NORMAL2-IM-0123"

    def test_other_names_tell_nothing(self, task: Task) -> None:
        assert patient_in("scan.png", task) is None
