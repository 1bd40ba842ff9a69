"""A collection of training films in a folder of its own."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.inputs.images.decoding import Limits
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.settings import Settings
from api.storage.places import places
from api.tasks.task import Task
from tests.support.stores import IS_S3, store_url


@pytest.fixture
def collection(task: Task, database: Engine, tmp_path: Path) -> SampleCollection:
    collection = SampleCollection(
        task=task,
        folder=tmp_path / "retrain_data" / "pneumonia",
        database=database,
        limits=Limits(max_bytes=1_000_000),
        archive_limits=ArchiveLimits(10, 5_000_000, 1_000_000),
    )
    if not IS_S3:
        return collection
    stores = places(
        Settings(storage_url=store_url(tmp_path), state_dir=tmp_path / "state"), task.name
    )
    return replace(collection, store=stores.samples, retained=stores.retained)
