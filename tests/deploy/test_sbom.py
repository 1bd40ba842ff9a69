"""`make sbom`: the list names what is pinned, all of it and nothing else, and licences."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from api.settings import ROOT
from deploy.sbom import licenses_of

NUMPY = metadata.version("numpy")
PINS = f"numpy=={NUMPY}\nno-such-package==1.0 ; python_version < '3.12'\n"


def listed(*named: tuple[str, str]) -> dict[str, Any]:
    return {"components": [{"name": name, "version": version} for name, version in named]}


def run(described: dict[str, Any], folder: Path) -> "subprocess.CompletedProcess[str]":
    bom, pins = folder / "api.cdx.json", folder / "requirements.txt"
    bom.write_text(json.dumps(described), encoding="utf-8")
    pins.write_text(PINS, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "deploy.sbom", str(bom), str(pins)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


class TestTheList:
    def test_packages_that_are_installed_get_their_licence(self, tmp_path: Path) -> None:
        done = run(listed(("numpy", NUMPY), ("No_such.package", "1.0")), tmp_path)

        assert done.returncode == 0, done.stdout
        assert "2 packages, 1 with a licence" in done.stdout
        numpy, other = json.loads((tmp_path / "api.cdx.json").read_text())["components"]
        assert "BSD" in json.dumps(numpy["licenses"])
        assert "licenses" not in other

    @pytest.mark.parametrize(
        ("described", "words"),
        [
            (listed(("numpy", NUMPY)), "no-such-package 1.0 is pinned and not listed"),
            (listed(("numpy", "0.1"), ("no-such-package", "1.0")), "numpy 0.1 is listed and not"),
            ({}, f"numpy {NUMPY} is pinned and not listed"),
        ],
    )
    def test_one_that_is_not_the_pins_fails(
        self, tmp_path: Path, described: dict[str, Any], words: str
    ) -> None:
        done = run(described, tmp_path)

        assert done.returncode == 1
        assert words in done.stdout

    def test_another_version_than_the_installed_one_gets_none(self) -> None:
        assert licenses_of("numpy", NUMPY)
        assert licenses_of("numpy", "0.1") == []
