"""`make audit`: what is known, what is known to be wrong, and what could not be asked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.settings import ROOT

SOUND = {"name": "numpy", "version": "2.4.0", "vulns": []}
BAD = {
    "name": "pillow",
    "version": "9.0.0",
    "vulns": [{"id": "PYSEC-2099-1", "fix_versions": ["9.0.1"], "aliases": [], "description": ""}],
}
UNKNOWN = {"name": "attrs", "skip_reason": "could not be audited: attrs (26.1.0)"}


@pytest.fixture
def audit(tmp_path: Path) -> Any:
    """Runs the command with a program in the place of pip-audit that prints this."""

    def run(
        printed: str, *, errors: str = "", files: int = 1
    ) -> "subprocess.CompletedProcess[str]":
        program = tmp_path / "pip-audit"
        program.write_text(
            f"#!{sys.executable}\nimport sys\n"
            f"print({printed!r})\nprint({errors!r}, file=sys.stderr)\nsys.exit(1)\n"
        )
        program.chmod(0o755)
        command = [sys.executable, "-m", "deploy.audit", "--program", str(program)]
        return subprocess.run(
            [*command, *["requirements_api.txt"] * files],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_packages_without_an_advisory_are_counted(audit: Any) -> None:
    done = audit(answer(SOUND, SOUND))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "requirements_api.txt: 2 packages, no advisory\n"


def test_an_advisory_is_named_with_the_version_that_mends_it(audit: Any) -> None:
    done = audit(answer(SOUND, BAD, UNKNOWN))

    assert done.returncode == 1
    assert "pillow 9.0.0: PYSEC-2099-1; mended in 9.0.1" in done.stdout


def test_a_package_that_was_not_looked_up_is_no_clean_one(audit: Any) -> None:
    """pip-audit says "no known vulnerabilities" of it."""
    done = audit(answer(SOUND, UNKNOWN))

    assert done.returncode == 3
    assert "1 packages could not be looked up, so nothing is known about them: attrs" in done.stdout


@pytest.mark.parametrize("printed", ["", "[]", "{}", '{"dependencies": []}'])
def test_a_database_that_cannot_be_reached_is_said_to_be(audit: Any, printed: str) -> None:
    done = audit(printed, errors="Traceback\nConnectionError: no route to host", files=2)

    assert done.returncode == 3
    assert done.stdout.count("the advisory database could not be asked") == 2
    if printed != '{"dependencies": []}':
        assert "no route to host" in done.stdout


def test_make_asks_about_all_that_is_installed() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    _, _, recipe = makefile.partition("\naudit:")

    asked = recipe.partition("\n\n")[0]
    for name in ("requirements_api.txt", "streamlit_app/requirements.txt", "requirements_ray.txt"):
        assert name in asked
