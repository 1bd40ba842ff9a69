"""Films are found in folders, and their paths tell label, source and patient."""

from pathlib import Path

import pytest

from api.errors import InvalidDataset
from api.files import sha256_of
from api.inputs.discovery import (
    LabelledImage,
    counts,
    find_images,
    manifest_digest,
    patient_in,
    require_every_class,
)
from api.tasks.task import Task


def put(folder: Path, *paths: str) -> None:
    """Files with a content of their own each."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())


def image(number: int, *, label: str = "Normal", source: str = "here") -> LabelledImage:
    return LabelledImage(Path(f"{source}/{label}/{number}"), label, source, None, f"{number:064x}")


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

        (found,) = find_images([tmp_path / "data"], task).images

        assert (found.label, found.source, found.patient) == (label, source, patient)
        assert found.sha256 == sha256_of(tmp_path / "data" / path)
        assert found.stratum == (source, label)

    def test_the_given_folder_may_be_a_class_folder(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path / "ours", "Normal/a.png")

        (found,) = find_images([tmp_path / "ours" / "Normal"], task).images

        assert (found.label, found.source) == ("Normal", "ours")

    def test_several_folders_are_searched(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path, "one/Normal/a.png", "two/viral/b.png")

        found = find_images([tmp_path / "one", tmp_path / "two"], task)

        assert [(f.source, f.label) for f in found.images] == [
            ("one", "Normal"), ("two", "Pneumonia-Viral"),
        ]  # fmt: skip

    def test_the_innermost_class_folder_counts(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path, "viral/Normal/a.png")

        assert find_images([tmp_path], task).images[0].label == "Normal"

    def test_other_files_are_left_out_and_counted(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path, "Normal/a.png", "readme.txt", "other/b.png")

        found = find_images([tmp_path], task)

        assert len(found.images) == 1
        assert found.skipped == {"not in a class folder": 2}

    def test_a_picture_under_two_labels_is_left_out_altogether(
        self, task: Task, tmp_path: Path
    ) -> None:
        put(tmp_path, "Normal/a.png", "viral/b.png")
        (tmp_path / "viral" / "same.png").write_bytes((tmp_path / "Normal/a.png").read_bytes())

        found = find_images([tmp_path], task)

        assert [image.path.name for image in found.images] == ["b.png"]
        assert found.skipped == {"same picture under two labels": 2}

    def test_no_folder_and_an_empty_folder_are_refused(self, task: Task, tmp_path: Path) -> None:
        with pytest.raises(InvalidDataset, match="There is no folder"):
            find_images([tmp_path / "none"], task)
        with pytest.raises(InvalidDataset, match="No labelled image was found"):
            find_images([tmp_path], task)


class TestCoarseFolders:
    def test_they_count_where_that_is_enough(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path / "ours", "NORMAL/a.png", "PNEUMONIA/b.png", "pneumonia/2024/c.png")

        found = find_images([tmp_path / "ours"], task)

        assert [(f.path.name, f.label, f.source) for f in found.images] == [
            ("a.png", "Normal", "ours"),
            ("b.png", "finding", "ours"),
            ("c.png", "finding", "ours"),
        ]
        assert found.skipped == {}

    def test_what_a_path_says_more_precisely_counts_more(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path, "PNEUMONIA/person7_virus_3.jpeg", "PNEUMONIA/bacterial/b.png")

        found = find_images([tmp_path], task)

        assert {f.path.name: f.label for f in found.images} == {
            "person7_virus_3.jpeg": "Pneumonia-Viral",
            "b.png": "Pneumonia-Bacterial",
        }

    def test_a_folder_of_nothing_else_is_enough(self, task: Task, tmp_path: Path) -> None:
        put(tmp_path / "PNEUMONIA", "a.png")

        (found,) = find_images([tmp_path / "PNEUMONIA"], task).images

        assert found.label == "finding"

    @pytest.mark.parametrize(
        ("path", "label", "source", "patient"),
        [
            ("sites/nih/Normal/00001280_004.jpg", "Normal", "nih", "00001280"),
            ("sites/nih/Pneumonia/00000150_002.jpg", "finding", "nih", "00000150"),
            ("sites/tbx/Tuberculosis/tb0003.jpg", "finding", "tbx", "tb0003"),
            ("sites/tbdb/Tuberculosis/image10.jpg", "finding", "tbdb", "image10"),
            ("sites/hannover/COVID-19/024e7871_fff13f3a.jpg", "COVID-19", "hannover", "024e7871"),
            ("sites/cxnet/COVID-19/030.jpg", "COVID-19", "cxnet", "030"),
        ],
    )
    @pytest.mark.parametrize("root", ["", "sites"])
    def test_the_sites_are_told_apart(
        self,
        task: Task,
        tmp_path: Path,
        root: str,
        path: str,
        label: str,
        source: str,
        patient: str,
    ) -> None:
        put(tmp_path, path)

        (found,) = find_images([tmp_path / root], task).images

        assert (found.label, found.source, found.patient) == (label, source, patient)


class TestRequiringEveryClass:
    def test_a_missing_class_is_refused_by_name(self, task: Task) -> None:
        present = [image(n, label=label) for n, label in enumerate(task.labels) if n != 2]

        with pytest.raises(
            InvalidDataset, match=r"No image of class Pneumonia-Bacterial.*Normal 1"
        ):
            require_every_class(present, task)
        require_every_class([*present, image(9, label=task.labels[2])], task)


class TestDescribing:
    def test_images_are_counted_by_source_and_label(self) -> None:
        images = [
            image(1, source="b"),
            image(2, source="b", label="COVID-19"),
            image(3, source="a"),
        ]

        table = counts([*images, image(4, source="b")])

        assert table == {"a": {"Normal": 1}, "b": {"COVID-19": 1, "Normal": 2}}
        assert [list(table), list(table["b"])] == [["a", "b"], ["COVID-19", "Normal"]]

    def test_the_digest_is_of_the_set(self) -> None:
        one, two = image(1), image(2)

        assert manifest_digest([one, two]) == manifest_digest([two, one])
        assert manifest_digest([one]) != manifest_digest([one, two])
        assert manifest_digest([one]) != manifest_digest([image(1, label="COVID-19")])


class TestPatientsOfUploads:
    def test_a_public_file_name_tells_the_patient(self, task: Task) -> None:
        assert patient_in("person12_bacteria_46.jpeg", task) == "person12_bacteria"
        assert patient_in("some/folder/NORMAL2-IM-0123-0001.jpeg", task) == "NORMAL2-IM-0123"

    def test_other_names_tell_nothing(self, task: Task) -> None:
        assert patient_in("scan.png", task) is None
