"""A trainer is recognised among processes."""

import os
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.jobs import trainer_process
from api.records.retrainings import jobs
from tests.jobs.supervised import (
    SAMPLES,
    Make,
)


class TestRecognising:
    def test_a_outlier_with_the_same_number_is_not_the_trainer(
        self, make: Make, database: Engine
    ) -> None:
        jobs.create(database, job_id="reused", task="pneumonia", samples=SAMPLES)
        jobs.start(database, "reused", task="pneumonia")

        assert trainer_process.find(jobs.get(database, "reused", task="pneumonia")) is None

    @pytest.mark.parametrize(
        ("returncode", "words"), [(-9, "lack of memory"), (-11, "signal 11"), (2, "code 2")]
    )
    def test_every_end_is_explained(self, returncode: int, words: str) -> None:
        assert words in trainer_process.explain(returncode)


class TestStarting:
    @pytest.mark.parametrize(
        ("report", "printed"), [({}, "1 1\n"), ({"OMP_NUM_THREADS": "4"}, "1 4\n")]
    )
    def test_numeric_libraries_have_one_thread_unless_somebody_says_otherwise(
        self, report: dict[str, str], printed: str, tmp_path: Path
    ) -> None:
        log = tmp_path / "log"
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
        environment = {name: v for name, v in os.environ.items() if name not in names}

        process = trainer_process.spawn(
            "job",
            log=log,
            environment=environment | report,
            trainer="tests.jobs.printed_environment",
        )

        assert process.wait(timeout=60) == 0
        assert log.read_text() == printed
