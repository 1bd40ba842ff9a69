"""Supervisors whose trainers are real processes that learn nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.jobs.supervisor import Supervisor
from api.registry.store import Store
from api.settings import Settings
from tests.jobs.fake_trainer import BEHAVIOUR
from tests.jobs.supervised import Make


@pytest.fixture
def make(database: Engine, tmp_path: Path) -> Iterator[Make]:
    """Supervisors whose trainers behave as asked; all trainers are gone afterwards."""
    made: list[Supervisor] = []

    def supervisor(behaviour: str) -> Supervisor:
        settings = Settings(database_url=str(database.url), state_dir=tmp_path / "state")
        made.append(
            Supervisor(
                database,
                "pneumonia",
                Store(tmp_path / "models" / "pneumonia", tmp_path / "none.h5", "pneumonia"),
                settings.compiled_dir,
                tmp_path / "logs",
                settings.as_environment() | {BEHAVIOUR: behaviour},
                trainer="tests.jobs.fake_trainer",
            )
        )
        return made[-1]

    yield supervisor
    for supervisor_ in made:
        for child in supervisor_._children.values():
            child.kill()
            child.wait()
