"""Where the tests keep blobs: in folders, or in a bucket where asked.

`ROENTGEN_TEST_STORAGE=s3` starts an S3 API for the session; each test has a prefix.
"""

import os
from functools import cache
from pathlib import Path

import pytest

from api.samples.collection import SampleCollection
from api.settings import Settings
from api.storage.folder_store import FolderStore
from api.storage.places import places
from tests.support.databases import IS_POSTGRES
from tests.support.s3_server import ENVIRONMENT, HOST, new_prefix, s3_port

# Read here: tests see no settings from outside.
IS_S3 = os.environ.get("ROENTGEN_TEST_STORAGE", "") == "s3"

# Of folders: where a file lies, its rights, its damage, and what is done in what order.
only_folders = pytest.mark.skipif(IS_S3, reason="about files in folders")

# Of this machine's disk, on which neither films nor records are then.
only_own_disk = pytest.mark.skipif(IS_S3 and IS_POSTGRES, reason="about this machine's disk")


def store_settings(folder: Path) -> dict[str, str]:
    """The settings of a server whose blobs the tests keep outside of its folders."""
    return {"storage_url": store_url(folder)} if IS_S3 else {}


def store_url(folder: Path) -> str:
    """The empty store of a folder's server, or what it had before."""
    return _url(str(folder))


def samples_at(settings: Settings) -> dict[str, bytes]:
    """The files of the default task's samples, wherever the settings say that they are."""
    store = places(settings, settings.task).samples
    return {blob.key: store.get(blob.key) for blob in store.list()}


def retained_at(settings: Settings) -> dict[str, bytes]:
    """The same of films of answers that are kept."""
    store = places(settings, settings.task).retained
    return {blob.key: store.get(blob.key) for blob in store.list()}


def stored_files(collection: SampleCollection) -> list[str]:
    """Everything below a collection's folder, half-written files too, and in its store."""
    homes = filter(None, (FolderStore(collection.folder), collection.store))
    return sorted(blob.key for home in homes for blob in home.list())


@cache
def _url(_folder: str) -> str:
    os.environ.update(ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://{HOST}:{s3_port()}"})
    return new_prefix()
