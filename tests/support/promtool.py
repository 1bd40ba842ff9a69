"""Prometheus' own checker, where it is installed."""

import os
import shutil
import subprocess

import pytest


def promtool(*arguments: str, given: bytes = b"") -> None:
    """Run it; fails with what it says. Without it the test is skipped, but fails under CI."""
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is missing; install Debian's package prometheus")
        pytest.skip("promtool is not installed (Debian's package prometheus)")
    done = subprocess.run([program, *arguments], input=given, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, done.stdout), done.stderr.decode()
