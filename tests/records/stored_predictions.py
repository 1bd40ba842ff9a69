"""A stored answer with every field filled."""

from datetime import UTC, datetime, timedelta

from api.records.answers.predictions import PredictionRecord

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(number: int) -> PredictionRecord:
    return PredictionRecord(
        id=f"id{number}",
        created_at=START + timedelta(minutes=number),
        filename="a.png",
        image_sha256="0" * 64,
        model_version="v1",
        label="Normal",
        confidence=0.75,
        probabilities={"Normal": 0.75, "COVID-19": 0.25},
        score=0.25,
        decision="negative",
        reasons=("because",),
        timings={"decode_ms": 1.0, "inference_ms": 2.0, "total_ms": 3.5 + number},
        causes=("uncertain", "unlike"),
        operating_point="screening",
        threshold=0.3,
        prevalence=0.05,
        ppv=0.4,
        npv=0.99,
        unlikeness=1.25,
        source="St. Anna",
        site_profile="p1",
        site_distance=1.5,
        site_shift=True,
        possible_labels=("Normal", "COVID-19"),
    )
