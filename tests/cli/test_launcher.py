"""`./roentgen`: the command line from any folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.administration.settings import settings_table
from api.settings import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script and the program in it, as a clone has them, but no environment."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    shutil.copy(ROOT / "roentgen", folder)
    (folder / "api").symlink_to(ROOT / "api")
    return folder


@pytest.fixture
def installed(checkout: Path) -> Path:
    """The same with an environment: the Python that runs this test."""
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return checkout


def run(script: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


class TestTheLauncher:
    def test_it_is_the_command_line_from_any_folder(self, installed: Path, tmp_path: Path) -> None:
        # A folder named like the program's is somebody else's.
        (tmp_path / "api").mkdir()

        done = run(installed / "roentgen", "settings", folder=tmp_path)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip() == settings_table()

    def test_it_works_by_a_link(self, installed: Path, tmp_path: Path) -> None:
        link = tmp_path / "roentgen"
        link.symlink_to(installed / "roentgen")

        assert run(link, "settings", folder=tmp_path).returncode == 0

    def test_words_and_the_exit_code_are_passed_on(self, installed: Path, tmp_path: Path) -> None:
        done = run(installed / "roentgen", "card", "--model", "no such.h5", folder=tmp_path)

        assert done.returncode == 1
        assert "no such.json" in " ".join(done.stderr.split())

    def test_without_an_environment_it_says_what_to_do(self, checkout: Path) -> None:
        done = run(checkout / "roentgen", "settings", folder=checkout)

        assert done.returncode == 127
        assert "make run" in done.stderr
        assert done.stderr.startswith("Error: ")
        assert len(done.stderr.splitlines()) == 1
