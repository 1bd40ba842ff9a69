"""Stored answers of a version, as a test wants them."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from api.arrays import Float64Array
from api.clock import now
from api.records.answers import feedback, predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.answers.predictions import PredictionRecord
from tests.decision.stream_shift.known_images import ANNA, drawn_images, stored
from tests.records import stored_predictions

TASK = "pneumonia"


@dataclass
class Answers:
    """Stores answers that follow each other, a second apart, the newest now."""

    database: Engine
    given: int = 0

    def store(
        self,
        n: int,
        *,
        version: str = "v1",
        level: float = ANNA,
        referred: float | Float64Array = 0.0,
        label: str = "Normal",
        prevalence: float = 0.5,
        scores: Float64Array | None = None,
        until: datetime | None = None,
    ) -> list[PredictionRecord]:
        """Args:
        referred: how likely each is referred, or all of them are.
        scores: those at or above a half are positive.
        level: how the films were made.
        """
        self.given += 1
        rng = np.random.default_rng(self.given)
        score = np.full(n, 0.2) if scores is None else scores
        decisions = np.where(
            rng.random(n) < referred, "refer", np.where(score >= 0.5, "positive", "negative")
        )
        contents = [
            stored(image[np.newaxis], score=float(each))[0]
            for image, each in zip(
                drawn_images(n, level=level, seed=self.given), score, strict=True
            )
        ]
        last = until or now()
        records = [
            replace(
                stored_predictions.record(0),
                id=uuid.uuid4().hex,
                created_at=last - timedelta(seconds=n - row),
                model_version=version,
                source=None,
                label=label,
                decision=str(decisions[row]),
                score=float(score[row]),
                prevalence=prevalence,
                shift_features=contents[row],
            )
            for row in range(n)
        ]
        predictions.add_all(self.database, [(record, None) for record in records], task=TASK)
        return records

    def give_feedback(self, record: PredictionRecord, label: str) -> None:
        """A person's word about an answer."""
        feedback.add(self.database, FeedbackRecord(record.id, now(), label, ""), task=TASK)
