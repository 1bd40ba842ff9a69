"""The task file says what a task needs, and nothing else is accepted."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api.errors import InvalidTask
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.quality import QualityBounds
from api.settings import ROOT
from api.tasks.task import Task
from api.tasks.task_files import FOLDER, load_task, task_files, wording_of
from tests.support import twin_task


def changed(task: Task, **values: Any) -> dict[str, Any]:
    return task.model_dump() | values


class TestThePneumoniaTask:
    def test_its_classes_are_alphabetical_and_normal_is_negative(self, task: Task) -> None:
        assert task.labels == ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
        assert task.labels[task.negative_index] == "Normal"

    def test_each_class_has_a_finding_of_its_own_to_draw(self, task: Task) -> None:
        assert len({info.phantom for info in task.classes}) == len(task.classes)

    def test_its_preprocessing_is_a_valid_one(self, task: Task) -> None:
        spec = PreprocessingSpec.model_validate(task.preprocessing)

        assert (spec.height, spec.width) == (224, 224)

    def test_no_name_or_alias_stands_for_two_classes(self, task: Task) -> None:
        for info in task.classes:
            for name in (info.name, *info.aliases):
                assert task.label_of_folder(name) == info.name

    @pytest.mark.parametrize("rule", range(13))
    def test_its_layout_patterns_name_the_patient(self, task: Task, rule: int) -> None:
        assert "patient" in re.compile(task.layout[rule].pattern).groupindex

    def test_its_quality_bounds_are_valid_ones_and_do_something(self, task: Task) -> None:
        bounds = QualityBounds.model_validate(task.quality)

        assert bounds.min_side_px > 1
        assert bounds.max_aspect < 100
        assert bounds.min_grey_range > 0
        assert bounds.max_clipped < 1

    def test_it_says_where_it_fails_and_what_is_wanted(self, task: Task) -> None:
        assert task.failure_modes
        for aim in (task.decision.max_error, task.decision.max_refused):
            assert 0 < aim < 0.1
        assert 0.9 < task.decision.wanted_rate < 1

    def test_a_folder_that_says_only_some_finding_has_a_coarse_label(self, task: Task) -> None:
        for name in ("Pneumonia", "TUBERCULOSIS", "abnormal", "positive", "OtherPneumonia"):
            assert task.coarse_label_of_folder(name) == task.label_named(name) == "finding"
            assert task.label_of_folder(name) is None
        assert "finding" not in task.labels
        assert task.allowed[-1] == (True, False, True, True)


class TestCoarseLabels:
    def test_labels_have_numbers_and_numbers_have_labels(self, task: Task) -> None:
        assert [task.target_of(label) for label in task.known_labels] == [0, 1, 2, 3, -1]
        for label in task.known_labels:
            assert task.label_of(task.target_of(label)) == label
        with pytest.raises(ValueError, match="tuple"):
            task.target_of("Tumour")

    def test_a_coarse_label_fits_every_class_that_it_allows(self, task: Task) -> None:
        assert task.fits("finding", "Pneumonia-Viral")
        assert not task.fits("finding", "Normal")
        assert task.fits("Normal", "Normal")
        assert not task.fits("Normal", "COVID-19")
        assert not task.fits("Normal", "Tumour")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"classes": ["Tumour"]}, "Tumour"),
            ({"classes": ["Normal", "COVID-19"]}, "allows 'Normal'"),
            (
                {"aliases": ["Healthy"]},
                "'healthy' stands for 'Normal' and for 'x'|'Healthy' stands",
            ),
            ({"classes": []}, "at least 1"),
        ],
    )
    def test_one_that_contradicts_the_classes_is_refused(
        self, task: Task, change: dict[str, Any], words: str
    ) -> None:
        coarse = {"name": "x", "meaning": "x", "classes": ["COVID-19"], **change}

        with pytest.raises(ValidationError, match=words):
            Task.model_validate(changed(task, coarse_labels=[coarse], layout=[]))


class TestLabelOfFolder:
    @pytest.mark.parametrize(
        ("name", "label"),
        [
            ("Normal", "Normal"),
            ("NORMAL", "Normal"),
            ("covid", "COVID-19"),
            ("COVID-19", "COVID-19"),
            ("Viral pneumonia", "Pneumonia-Viral"),
            ("bacteria", "Pneumonia-Bacterial"),
            ("COVID_19", "COVID-19"),
            ("covid 19", "COVID-19"),
            ("Pneumonia – Viral", "Pneumonia-Viral"),
            ("VIRAL_PNEUMONIA", "Pneumonia-Viral"),
            ("Bacterial-Pneumonia", "Pneumonia-Bacterial"),
            ("Ｎｏｒｍａｌ", "Normal"),
            ("Normal ", "Normal"),
        ],
    )
    def test_names_and_aliases_count_in_any_case_however_their_words_are_joined(
        self, task: Task, name: str, label: str
    ) -> None:
        assert task.label_of_folder(name) == label

    @pytest.mark.parametrize(
        "name", ["", " ", "PNEUMONIA", "../Normal", "Normal.", "Abnormal", "train"]
    )
    def test_anything_else_is_no_class(self, task: Task, name: str) -> None:
        assert task.label_of_folder(name) is None


class TestLoading:
    @pytest.mark.parametrize("name", ["weather", "../pneumonia", "/etc/passwd", ""])
    def test_an_unknown_task_is_refused_and_the_known_ones_are_named(self, name: str) -> None:
        with pytest.raises(InvalidTask, match=r"there are: .*pneumonia"):
            load_task(name)

    def test_a_negative_class_that_is_no_class_is_refused(self, task: Task) -> None:
        with pytest.raises(ValidationError, match="'Healthy' is not a class"):
            Task.model_validate(changed(task, negative_class="Healthy"))

    def test_a_task_of_images_names_its_negative_class(self, task: Task) -> None:
        with pytest.raises(ValidationError, match="'negative_class' is missing"):
            Task.model_validate(task.model_dump(exclude={"negative_class"}))

    def test_a_layout_rule_that_is_no_pattern_is_refused(self, task: Task) -> None:
        rule = {"source": "x", "label": "Normal", "pattern": "("}

        with pytest.raises(ValidationError, match="no regular expression"):
            Task.model_validate(changed(task, layout=[rule]))

    def test_a_layout_rule_for_an_unknown_class_is_refused(self, task: Task) -> None:
        rule = {"source": "x", "label": "Tumour", "pattern": "."}

        with pytest.raises(ValidationError, match="Tumour"):
            Task.model_validate(changed(task, layout=[rule]))

    def test_a_misspelt_key_is_refused(self, task: Task) -> None:
        with pytest.raises(ValidationError, match="negativ_class"):
            Task.model_validate(changed(task, negativ_class="Normal"))

    def test_a_single_class_is_refused(self, task: Task) -> None:
        with pytest.raises(ValidationError, match="at least 2"):
            Task.model_validate(changed(task, classes=[task.classes[1].model_dump()], layout=[]))

    def test_a_task_without_the_newer_keys_is_read(self, task: Task) -> None:
        newer = {"coarse_labels", "layout", "failure_modes", "quality", "decision"}

        plain = Task.model_validate(task.model_dump(exclude=newer))

        assert (plain.coarse_labels, plain.quality) == ((), {})
        assert plain.label_named("PNEUMONIA") is None

    @pytest.mark.parametrize("aim", [{"wanted_rate": 1.0}, {"max_error": 0}, {"max_error": 2}])
    def test_an_aim_out_of_reach_is_refused(self, task: Task, aim: dict[str, float]) -> None:
        with pytest.raises(ValidationError, match=next(iter(aim))):
            Task.model_validate(changed(task, decision=aim))

    def test_a_recipe_that_holds_everything_out_is_refused(self, task: Task) -> None:
        recipe = task.training.model_dump() | {"holdout_fraction": 1.0}

        with pytest.raises(ValidationError, match="holdout_fraction"):
            Task.model_validate(changed(task, training=recipe))


class TestFilesOfOnesOwn:
    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("ROENTGEN_TASKS_DIR", str(tmp_path))
        return tmp_path

    def test_they_stand_beside_the_programs(self, folder: Path) -> None:
        twin_task.write_task_file(folder)

        assert load_task("twin").weights_name == "mobilenet_twin.h5"
        assert {"twin", "pneumonia", "mammography"} <= set(task_files())

    def test_one_with_the_name_of_the_programs_takes_its_place(self, folder: Path) -> None:
        text = (FOLDER / "pneumonia.toml").read_text(encoding="utf-8")
        (folder / "pneumonia.toml").write_text(text.replace("on frontal", "on side", 1))

        assert "on side" in load_task("pneumonia").title

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (
                "title = 'Gesch\xe4ft'".encode("latin-1"),
                "no UTF-8 text .byte 14.; save it as UTF-8",
            ),
            (b"title = ", "not valid TOML: Invalid value"),
            (b"title = 'x'", "not valid: 'name': Field required; 'question': Field required"),
        ],
    )
    def test_one_that_cannot_be_read_is_refused_with_what_is_wrong(
        self, folder: Path, content: bytes, words: str
    ) -> None:
        (folder / "own.toml").write_bytes(content)

        with pytest.raises(InvalidTask, match=rf"'own\.toml' is {words}"):
            load_task("own")

    def test_a_folder_is_no_file(self, folder: Path) -> None:
        (folder / "own.toml").mkdir()

        with pytest.raises(InvalidTask, match=r"'own\.toml' cannot be read: Is a directory"):
            load_task("own")

    def test_a_name_is_no_path(self, folder: Path) -> None:
        twin_task.write_task_file(folder / "below")

        for name in ("below/twin", "../twin", str(folder / "below/twin")):
            with pytest.raises(InvalidTask, match="There is no task named"):
                load_task(name)


class TestNoWordsOfOneTaskOutsideItsFile:
    def test_the_program_speaks_of_no_chest(self) -> None:
        files = [path for path in (ROOT / "api").rglob("*.*") if path.suffix != ".pyc"]
        # A list of what others choose as passwords is no wording of ours.
        files.remove(ROOT / "api/accounts/credentials/common_passwords.txt")
        speaking = {
            path
            for path in files
            if path.is_file() and "chest" in path.read_text(encoding="utf-8").casefold()
        }

        assert speaking == {path for path in speaking if path.is_relative_to(FOLDER)}
        assert {path.suffix for path in speaking} == {".toml"}

    def test_an_unknown_task_is_spoken_of_in_general_words(self) -> None:
        assert wording_of("none").images == "images"
        assert wording_of("pneumonia").images == "chest films"
