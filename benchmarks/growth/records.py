"""Records of a server that has been running for long, for `growth.py`."""

import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, select

from api.clock import now
from api.records.answers import predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.answers.predictions import PredictionRecord
from api.records.database import open_database, writing
from api.records.retrainings.job_tables import jobs as jobs_table
from api.records.statistics import sample_sums
from api.records.tables import feedback as feedback_table
from api.records.tables import predictions as predictions_table
from api.records.training_images.sample_tables import samples as samples_table
from api.records.training_images.samples import SampleRecord

TASK = "pneumonia"
LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
HISTORY = timedelta(days=31)
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer and a sample from the middle of the history; whether its heat map is kept."""

    prediction: str
    sample: str
    has_heatmap: bool = True


def fill(path: Path, rows: int) -> Filled:
    """Make a file of records with so many answers, evenly over the last 31 days; one that is there
    is used again."""
    complete = path.with_suffix(".complete")
    engine = open_database(f"sqlite:///{path}", timeout_s=60)
    if not complete.exists():
        _fill(engine, rows)
        complete.touch()
    middle = _id_of(engine, rows // 2)
    engine.dispose()
    return Filled(middle, f"{rows // 20 // 2:064d}")


def _fill(engine: Engine, rows: int) -> None:
    random = np.random.default_rng(rows)
    moment = now()
    activation = random.normal(0, 4, (7, 7, 4)).astype(np.float32)
    for first in range(0, rows, AT_ONCE):
        answers = [
            _answer(number, rows, moment, random)
            for number in range(first, min(first + AT_ONCE, rows))
        ]
        predictions.add_all(engine, [(answer, activation) for answer in answers], task=TASK)
        _give_feedback(engine, answers[::10], moment)
    _add_samples(engine, rows // 20, moment, random)
    add_jobs(engine, rows // 200, moment)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _id_of(engine: Engine, number: int) -> str:
    query = select(predictions_table.c.id).where(predictions_table.c.number == number)
    with engine.connect() as connection:
        return str(connection.execute(query).scalar_one())


def _answer(
    number: int, of: int, moment: datetime, random: np.random.Generator
) -> PredictionRecord:
    shares = random.dirichlet((1, 1, 1, 1)).round(6).tolist()
    probabilities = dict(zip(LABELS, shares, strict=True))
    label = LABELS[int(np.argmax(shares))]
    total_ms = round(float(5 + random.gamma(2, 8)), 2)
    return PredictionRecord(
        id=uuid.uuid4().hex,
        created_at=moment - HISTORY * ((of - number) / of),
        filename=f"film-{number}.jpg",
        image_sha256=uuid.uuid4().hex * 2,
        model_version="v1",
        label=label,
        confidence=max(shares),
        probabilities=probabilities,
        score=1 - probabilities["Normal"],
        decision="refer" if number % 7 == 0 else "negative" if label == "Normal" else "positive",
        reasons=("The score is between the bounds of what can be told apart.",),
        timings={"decode_ms": 2.1, "inference_ms": 6.3, "total_ms": total_ms},
        causes=("uncertain",),
        operating_point="balanced",
        threshold=0.4,
        prevalence=0.5,
        ppv=0.9,
        npv=0.95,
        unlikeness=1.1,
    )


def _give_feedback(engine: Engine, answers: list[PredictionRecord], moment: datetime) -> None:
    words = [FeedbackRecord(answer.id, moment, "Normal", "") for answer in answers]
    with writing(engine) as connection:
        connection.execute(feedback_table.insert(), [asdict(word) for word in words])


def _add_samples(
    engine: Engine, number: int, moment: datetime, random: np.random.Generator
) -> None:
    for rows in _sample_rows(number, moment, random):
        with writing(engine) as connection:
            connection.execute(samples_table.insert(), rows)
    with writing(engine) as connection:
        sample_sums.rebuild(connection, task=TASK)


def _sample_rows(
    number: int, moment: datetime, random: np.random.Generator
) -> Iterator[list[dict[str, object]]]:
    for first in range(0, number, AT_ONCE):
        yield [
            asdict(_sample(n, number, moment, random)) | {"histogram": [1 / 32] * 32}
            for n in range(first, min(first + AT_ONCE, number))
        ]


def _sample(number: int, of: int, moment: datetime, random: np.random.Generator) -> SampleRecord:
    label = LABELS[number % 4]
    return SampleRecord(
        sha256=f"{number:064d}",
        label=label,
        filename=f"film-{number}.jpg",
        file=f"{label}/{number:064d}.jpg",
        size_bytes=300_000,
        created_at=moment - HISTORY * ((of - number) / of),
        brightness=float(random.uniform(0, 255)),
        edge_density=float(random.uniform(0, 1)),
        histogram=(),
        part=("train", "holdout", None)[number % 3],
        patient_id=f"patient {number // 3}",
        source=f"ward {number % 5}",
        origin="upload",
        near_hash=random.bytes(32),
        disputed="Normal" if number % 100 == 1 else None,
    )


def add_jobs(engine: Engine, number: int, moment: datetime) -> None:
    """So many retrainings that ended, evenly over the same time."""
    rows = [_job(n, number, moment) for n in range(number)]
    with writing(engine) as connection:
        connection.execute(jobs_table.insert(), rows)


def _job(number: int, of: int, moment: datetime) -> dict[str, object]:
    at = moment - HISTORY * ((of - number) / of)
    return {
        "id": uuid.uuid4().hex, "task": TASK, "state": "kept", "phase": "done",
        "epoch": 3, "epochs": 3, "progress": 1.0, "created_at": at, "started_at": at,
        "finished_at": at, "samples": dict.fromkeys(LABELS, 10), "version": f"v{number}",
        "history": [
            {
                "phase": "tail", "epoch": epoch, "loss": 0.5, "accuracy": 0.8, "val_loss": 0.6,
                "val_accuracy": 0.7,
            }
            for epoch in range(3)
        ],
    }  # fmt: skip
