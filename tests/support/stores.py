"""Where the tests keep blobs: in folders, or in a bucket where asked.

`ROENTGEN_TEST_STORAGE=s3` starts an S3 API for the session; each test has a prefix.
"""

import os
from functools import cache
from pathlib import Path

import pytest

from tests.support.s3_server import ENVIRONMENT, HOST, new_prefix, s3_port

# Read here: tests see no settings from outside.
IS_S3 = os.environ.get("ROENTGEN_TEST_STORAGE", "") == "s3"

# Of folders: where a file lies, its rights, its damage, and what is done in what order.
only_folders = pytest.mark.skipif(IS_S3, reason="about files in folders")


def store_settings(folder: Path) -> dict[str, str]:
    """The settings of a server whose blobs the tests keep outside of its folders."""
    return {"storage_url": store_url(folder)} if IS_S3 else {}


def store_url(folder: Path) -> str:
    """The empty store of a folder's server, or what it had before."""
    return _url(str(folder))


@cache
def _url(_folder: str) -> str:
    os.environ.update(ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://{HOST}:{s3_port()}"})
    return new_prefix()
