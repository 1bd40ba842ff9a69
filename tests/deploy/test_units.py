"""The systemd units and the container files."""

import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api.settings import PREFIX, ROOT, Settings

UNITS = sorted((ROOT / "deploy").glob("*/*.service"))
CONTAINERS = ROOT / "deploy/containers"
FILES = sorted(CONTAINERS.glob("*.Containerfile"))
# What `systemd-analyze security` calls OK; 0 is best, 10 unprotected.
MAX_EXPOSURE = 2.0
# It has no types.
yaml: Any = importlib.import_module("yaml")


@pytest.fixture(scope="module")
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing; .ci/run installs it")
        pytest.skip("systemd is not installed")
    return program


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
class TestUnits:
    def test_they_are_hardened(self, analyze: str, unit: Path) -> None:
        done = subprocess.run(
            [analyze, "security", "--offline=true", str(unit)],
            capture_output=True,
            text=True,
            check=True,
        )

        (exposure,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        assert float(exposure) <= MAX_EXPOSURE

    def test_systemd_understands_them(self, analyze: str, unit: Path, tmp_path: Path) -> None:
        # The programs lie elsewhere here.
        program = re.compile(r"^ExecStart=\S+", re.MULTILINE)
        copy = tmp_path / unit.name
        text = program.sub("ExecStart=/bin/true", unit.read_text(encoding="utf-8"))
        copy.write_text(text.replace("roentgen-api.service\n", "\n"), encoding="utf-8")

        done = subprocess.run(
            [analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
        )

        assert "Unknown" not in done.stderr
        assert done.returncode == 0, done.stderr

    def test_their_settings_exist(self, unit: Path) -> None:
        named = re.findall(rf"^Environment={PREFIX}(\w+)=", unit.read_text(), re.MULTILINE)

        assert {name.lower() for name in named} <= {*Settings.model_fields, "api_url"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestContainerFiles:
    def test_they_run_as_nobody_special_and_are_watched(self, file: Path) -> None:
        instructions = re.findall(r"^([A-Z]+) (.*)$", file.read_text(), re.MULTILINE)

        assert [value for name, value in instructions if name == "USER"][-1] == "10001:10001"
        assert "HEALTHCHECK" in dict(instructions)
        assert instructions[-1][0] == "CMD"
        # No shell between: signals reach the server itself.
        assert instructions[-1][1].startswith("[")

    def test_what_is_copied_is_there(self, file: Path) -> None:
        copied = re.findall(r"^COPY (?!--from)(.+) \S+$", file.read_text(), re.MULTILINE)

        assert copied
        assert [
            name for line in copied for name in line.split() if not (ROOT / name).exists()
        ] == []


class TestCompose:
    def test_every_service_is_shut_in(self) -> None:
        described: dict[str, Any] = yaml.safe_load((CONTAINERS / "compose.yaml").read_text())

        for service in described["services"].values():
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert all(port.startswith("127.0.0.1:") for port in service["ports"])
            assert (ROOT / service["build"]["dockerfile"]).is_file()
