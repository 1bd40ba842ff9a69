"""A folder of many files hides its own structure: a room is made before there is a fifteenth."""

from pathlib import Path

import pytest

from api.settings import ROOT

MAX_FILES = 14
# Not `tests`, which mirror these, and not `models` and `retrain_data`: what is there is no source,
# and a program puts it there.
FOLDERS = ("api", "streamlit_app", "clients", "benchmarks", "deploy", "docs", "notebooks")


def files_in(folder: Path) -> list[str]:
    """Names of its files, without those that only make it a package."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    return [n for n in names if n != "__init__.py" and not n.startswith(".")]


def crowded(top: Path) -> dict[str, int]:
    """Folders below with too many files, and with how many."""
    folders = [top, *(path for path in top.rglob("*") if path.is_dir())]
    sizes = {str(f): len(files_in(f)) for f in folders if f.name != "__pycache__"}
    return {folder: size for folder, size in sizes.items() if size > MAX_FILES}


@pytest.mark.parametrize("name", FOLDERS)
def test_no_folder_holds_more_files_than_one_sees_at_once(name: str) -> None:
    assert crowded(ROOT / name) == {}


def test_one_would_be_found(tmp_path: Path) -> None:
    room = tmp_path / "inner"
    room.mkdir()
    for number in range(MAX_FILES + 1):
        (room / f"{number}.py").touch()

    assert crowded(tmp_path) == {str(room): MAX_FILES + 1}
