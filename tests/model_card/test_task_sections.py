"""A task file is read whole before anything depends on it."""

from pathlib import Path

import pytest

from api.errors import InvalidTask
from api.model_card.task_sections import load_whole_task
from api.tasks.task_files import task_files
from tests.support import twin_task

SECTIONS = ["preprocessing", "quality", "gate"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A task file of one's own."""
    monkeypatch.setenv("ROENTGEN_TASKS_DIR", str(tmp_path))
    twin_task.write_task_file(tmp_path)
    return tmp_path / "twin.toml"


class TestEverySection:
    @pytest.mark.parametrize("name", sorted(task_files()))
    def test_the_programs_own_files_are_valid(self, name: str) -> None:
        assert load_whole_task(name).name == name

    @pytest.mark.parametrize("section", SECTIONS)
    def test_a_misspelt_field_is_named(self, own: Path, section: str) -> None:
        text = own.read_text(encoding="utf-8")
        own.write_text(text.replace(f"[{section}]", f"[{section}]\nmisspelt = 1", 1), "utf-8")

        with pytest.raises(InvalidTask, match=rf"'{section}\.misspelt': There is no such field"):
            load_whole_task("twin")

    def test_a_value_out_of_reach_is_named(self, own: Path) -> None:
        text = own.read_text(encoding="utf-8")
        own.write_text(
            text.replace("min_site_accuracy = 0.75", "min_site_accuracy = 2", 1), "utf-8"
        )

        with pytest.raises(
            InvalidTask, match=r"'twin\.toml' .*'gate\.min_site_accuracy': .*less than"
        ):
            load_whole_task("twin")
