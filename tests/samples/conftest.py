"""A collection of training films in a folder of its own."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.inputs.images.decoding import Limits
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.tasks.task import Task


@pytest.fixture
def collection(task: Task, database: Engine, tmp_path: Path) -> SampleCollection:
    return SampleCollection(
        task=task,
        folder=tmp_path / "retrain_data" / "pneumonia",
        database=database,
        limits=Limits(max_bytes=1_000_000),
        archive_limits=ArchiveLimits(10, 5_000_000, 1_000_000),
    )
