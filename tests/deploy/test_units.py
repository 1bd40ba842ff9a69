"""The systemd units."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.settings import PREFIX, ROOT, Settings

UNITS = sorted((ROOT / "deploy").glob("*/*.service"))
# What `systemd-analyze security` calls OK; 0 is best, 10 unprotected.
MAX_EXPOSURE = 2.0


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
