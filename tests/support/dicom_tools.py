"""Programs of others that judge DICOM instances: dicom3tools, dcmtk."""

import os
import shutil
import subprocess
import tempfile

import pytest


def errors_of(content: bytes) -> list[str]:
    """What dicom3tools' `dciodvfy` finds wrong with an instance; its warnings are left out."""
    printed = _run(["dciodvfy", "-new"], content, "dicom3tools")
    return [line for line in printed.splitlines() if line.startswith(("Error", "Abort"))]


def dsrdump(content: bytes) -> str:
    """A structured report as dcmtk reads it, with whole texts and codes."""
    return _run(["dsrdump", "+Pl", "+Pc", "-"], content, "dcmtk")


def _run(command: list[str], content: bytes, package: str) -> str:
    if shutil.which(command[0]) is None:
        assert not os.environ.get("CI"), f"no {command[0]}: the package {package}"
        pytest.skip(f"no {command[0]}: the package {package}")
    with tempfile.TemporaryFile() as file:
        # Not through a pipe: they go back in it.
        file.write(content)
        file.seek(0)
        done = subprocess.run(command, stdin=file, capture_output=True, timeout=60, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")
