"""What the path of a film says, and what it cannot say."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.inputs.layout import (
    Described,
    LeftOut,
    describe_path,
    describe_sample,
    is_system_file,
    own_name,
    paths_of,
)
from api.tasks.task import Task
from api.tasks.task_files import load_task

Findings = tuple[str, str | None, str | None]
TASK = load_task("pneumonia")


def described(
    path: str,
    task: Task,
    *,
    label: str | None = None,
    describe: Callable[..., Described | LeftOut] = describe_path,
) -> object:
    """Label, source and patient, or the reason why it is left out."""
    (parts,) = paths_of([path])
    assert parts is not None
    found = describe(parts, task, label=label)
    if isinstance(found, LeftOut):
        return found.reason
    return found.label, found.source, found.patient


NO_CLASS, MASK = "not in a class folder", "a mask, not a film"
FINDING = "finding"


class TestLayouts:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            # Plain folders.
            ("Normal/a.png", ("Normal", None, None)),
            ("./Normal/a.png", ("Normal", None, None)),
            ("ours/Normal/a.png", ("Normal", "ours", None)),
            ("ours/viral/Normal/a.png", ("Normal", "viral", None)),
            ("a.png", NO_CLASS),
            ("ours/other/a.png", NO_CLASS),
            # Splits are no sources: a patient of both would be two.
            ("train/NORMAL/a.png", ("Normal", None, None)),
            ("chest/Test/NORMAL/a.png", ("Normal", "chest", None)),
            # Patients.
            ("ours/Normal/patient17/a.png", ("Normal", "ours", "patient17")),
            ("ours/Normal/images/patient17/a.png", ("Normal", "ours", "patient17")),
            ("ours/Normal/patient17/2024-01-02/a.png", ("Normal", "ours", "patient17")),
            ("ours/Normal/2024/patient17/a.png", ("Normal", "ours", "patient17")),
            ("ours/Normal/20240131/a.png", ("Normal", "ours", None)),
            ("ours/Normal/20241399/a.png", ("Normal", "ours", "20241399")),
            ("ours/Normal/ward 3/a.png", ("Normal", "ours", None)),
            ("ours/Normal/王伟/a.png", ("Normal", "ours", "王伟")),
            ("ours/Normal/Mu\u0308ller/a.png", ("Normal", "ours", "Müller")),
            ("ours/Normal/a\x00b\u202e/a.png", ("Normal", "ours", "a\ufffdb\ufffd")),
            # Public collections.
            ("dataset/COVID/images/x.png", ("COVID-19", "dataset", None)),
            ("dataset/COVID/images/COVID-7.png", ("COVID-19", "radiography", "COVID-7")),
            ("chest_xray/train/NORMAL/IM-9115-0001.jpeg", ("Normal", "kermany", "IM-9115")),
            (
                "chest_xray/train/PNEUMONIA/person9_virus_2.jpeg",
                ("Pneumonia-Viral", "kermany", "person9_virus"),
            ),
            ("person9_bacteria_2.jpeg", ("Pneumonia-Bacterial", "kermany", "person9_bacteria")),
            # What a viewer calls what it exports says nothing by itself.
            ("IM-0001-0001.jpg", NO_CLASS),
            ("ours/COVID-19/IM-0001-0001.jpg", ("COVID-19", "ours", None)),
            ("ours/Normal/patient17/IM-0001-0001.jpg", ("Normal", "ours", "patient17")),
            ("ours/PNEUMONIA/IM-0001-0001.jpg", (FINDING, "ours", None)),
            ("ours/PNEUMONIA/Normal-7.png", (FINDING, "ours", None)),
            # A person sorted it.
            ("ours/Normal/person9_virus_2.jpeg", ("Normal", "ours", None)),
            # Masks.
            ("dataset/COVID/masks/COVID-7.png", MASK),
            ("dataset/COVID/lung masks/COVID-7.png", MASK),
            ("masks/Normal/a.png", MASK),
            ("Normal/CHNCXR_0001_0_mask.png", MASK),
            ("Normal/mask.png", ("Normal", None, None)),
            # Some finding.
            ("ours/PNEUMONIA/a.png", (FINDING, "ours", None)),
            ("ours/PNEUMONIA/p1/a.png", (FINDING, "ours", "p1")),
            ("ours/Tuberculosis/a.png", (FINDING, "ours", None)),
            ("ours/PNEUMONIA/viral/a.png", ("Pneumonia-Viral", "PNEUMONIA", None)),
            ("ours/Normal/PNEUMONIA/a.png", (FINDING, "Normal", None)),
            ("ours/COVID-19/positive/a.png", ("COVID-19", "ours", None)),
        ],
    )
    def test_a_path_says_label_source_and_patient(self, path: str, expected: object) -> None:
        assert described(path, TASK) == expected

    @pytest.mark.parametrize("name", ["covid_19", "COVID 19", "Covid-19", "covid19", "COVID–19 "])
    def test_a_class_folder_is_known_however_it_is_written(self, name: str) -> None:
        assert described(f"ours/{name}/p1/a.png", TASK) == ("COVID-19", "ours", "p1")


class TestTheSendersClass:
    @pytest.mark.parametrize(
        ("path", "label", "expected"),
        [
            ("a.png", "COVID-19", ("COVID-19", None, None)),
            ("ours/other/a.png", "COVID-19", ("COVID-19", None, None)),
            ("ours/Normal/a.png", "COVID-19", ("Normal", "ours", None)),
            ("IM-0001-0001.jpg", "COVID-19", ("COVID-19", None, None)),
            ("IM-0001-0001.jpg", "Normal", ("Normal", None, None)),
            ("ours/PNEUMONIA/a.png", "Pneumonia-Viral", ("Pneumonia-Viral", None, None)),
            ("ours/PNEUMONIA/a.png", "Normal", (FINDING, "ours", None)),
            ("a.png", FINDING, (FINDING, None, None)),
            ("ours/Normal/a.png", FINDING, ("Normal", "ours", None)),
            ("ours/masks/a.png", "Normal", MASK),
        ],
    )
    def test_it_is_for_images_that_lie_in_no_class_folder(
        self, path: str, label: str, expected: object
    ) -> None:
        assert described(path, TASK, label=label) == expected


class TestSamples:
    @pytest.mark.parametrize(
        ("path", "label", "expected"),
        [
            # A public collection's names are anybody's names; its folders are not.
            ("Normal-1.png", "Normal", ("Normal", None, "Normal-1")),
            ("Normal-1.png", None, ("Normal", None, "Normal-1")),
            ("COVID-7.png", "COVID-19", ("COVID-19", None, "COVID-7")),
            ("Normal/Normal-1.png", None, ("Normal", None, "Normal-1")),
            ("St. Anna/Normal/Normal-1.png", None, ("Normal", "St. Anna", "Normal-1")),
            ("St. Anna/train/NORMAL/IM-1-1.jpeg", None, ("Normal", "St. Anna", "IM-1")),
            ("St. Anna/PNEUMONIA/person9_virus_2.jpeg", None,
             ("Pneumonia-Viral", "St. Anna", "person9_virus")),
            ("radiography/Normal/Normal-1.png", None, ("Normal", "radiography", "Normal-1")),
            ("nih/Normal/12_003.jpg", None, ("Normal", "nih", "12")),
            # All else as for everybody.
            ("ours/Normal/patient17/a.png", None, ("Normal", "ours", "patient17")),
            ("ours/PNEUMONIA/a.png", "Normal", (FINDING, "ours", None)),
            ("COVID/masks/COVID-7.png", None, MASK),
        ],
    )  # fmt: skip
    def test_a_file_name_tells_no_source(
        self, path: str, label: str | None, expected: object
    ) -> None:
        assert described(path, TASK, label=label, describe=describe_sample) == expected


class TestSplittingNames:
    def test_a_backslash_separates_only_if_no_name_has_a_slash(self) -> None:
        assert paths_of(["Normal\\a.png", "b"]) == [("Normal", "a.png"), ("b",)]
        assert paths_of(["Normal\\a.png", "x/b"]) == [("Normal\\a.png",), ("x", "b")]

    @pytest.mark.parametrize(
        "name", ["/a", "\\a", "C:\\a", "c:/a", "../a", "a/../b", "..\\a", "x\\..\\a", "//host/a"]
    )
    def test_a_name_that_leads_out_has_no_path(self, name: str) -> None:
        assert paths_of([name, "x/y"])[0] is None

    @pytest.mark.parametrize("name", ["a:b.png", "x/C:y", "C:y.png", "..a", "a..", "...", "x/..a"])
    def test_other_odd_names_do(self, name: str) -> None:
        assert paths_of([name]) != [None]

    @pytest.mark.parametrize("name", ["C:\\Users\\ward\\a.png", "/home/ward/a.png", "a.png"])
    def test_the_last_part_is_what_a_file_is_called(self, name: str) -> None:
        assert own_name(name) == "a.png"


class TestSystemFiles:
    @pytest.mark.parametrize(
        "name",
        [
            "Normal/Thumbs.db", "Normal/desktop.ini", "DESKTOP.INI", "Normal/.DS_Store",
            "__MACOSX/Normal/._a.png", "Normal/._a.png", ".git/config", "x/@eaDir/a.png",
            "$RECYCLE.BIN/a.png", "Icon\r",
        ],
    )  # fmt: skip
    def test_what_systems_leave_behind_is_known(self, name: str) -> None:
        (path,) = paths_of([name])
        assert path is not None
        assert is_system_file(path)

    @pytest.mark.parametrize("name", ["a.png", "Normal/.png", "Normal/thumbs.png", "x.ini", "./a"])
    def test_nothing_else_is_taken_for_that(self, name: str) -> None:
        (path,) = paths_of([name])
        assert path is not None
        assert not is_system_file(path)


class TestAnyName:
    @given(st.lists(st.text(max_size=300), min_size=1, max_size=5))
    def test_every_name_is_described_or_left_out_for_a_reason(self, names: list[str]) -> None:
        for path in paths_of(names):
            for label in (None, "Normal"):
                found = describe_path(path or (), TASK, label=label)
                assert isinstance(found, Described | LeftOut)
                if isinstance(found, LeftOut):
                    assert found.sentence.endswith(".")
                else:
                    assert found.label in TASK.known_labels
                    assert max(map(len, (found.source or "", found.patient or ""))) <= 100


class TestPairs:
    @pytest.mark.parametrize(
        ("name", "label", "patient"),
        [
            ("mdb001_benign.jpg", "Benign", "pair 1"),
            ("mdb002_malignant.jpg", "Malignant", "pair 1"),
            ("mdb003_benign.jpg", "Benign", "pair 2"),
            ("mdb315_benign.png", "Benign", "pair 158"),
        ],
    )
    def test_an_odd_number_and_the_next_are_of_one_patient(
        self, name: str, label: str, patient: str
    ) -> None:
        task = load_task("mammography")

        for path in (name, f"mammography/{label}/{name}"):
            assert described(path, task) == (label, "mias", patient)
