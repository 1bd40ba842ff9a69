"""Tests of Ray are skipped where it is not installed; where they were asked for, they fail."""

import importlib.util
import os

import pytest

if os.environ.get("TEST_RAY") and importlib.util.find_spec("ray") is None:
    raise pytest.UsageError("TEST_RAY is set, and Ray is not installed here; run `make test-ray`.")
