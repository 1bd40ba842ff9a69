"""What was asked and answered lately."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from api.clock import now
from api.monitoring.activity import BUCKETS, activity, latency, slice_seconds
from api.records.answers import predictions
from api.records.answers.predictions import PredictionRecord
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.statistics.latency_histogram import bin_of
from api.records.statistics.referral_samples import MAX_LOOKED_AT
from api.records.statistics.windows import Window


def answered(
    database: Engine,
    name: str,
    age: timedelta,
    label: str,
    total_ms: float,
    decision: str = "negative",
) -> None:
    record = PredictionRecord(
        id=name,
        created_at=now() - age,
        filename="a.png",
        image_sha256="0",
        model_version="v1",
        label=label,
        confidence=1.0,
        probabilities={label: 1.0},
        score=0.0,
        decision=decision,
        reasons=(),
        timings={"total_ms": total_ms},
    )
    predictions.add_all(database, [(record, None)], task="pneumonia")


class TestSlices:
    @pytest.mark.parametrize(
        ("minutes", "seconds"),
        [
            (1, 10),
            (15, 30),
            (29, 60),
            (60, 120),
            (61, 180),
            (6 * 60, 12 * 60),
            (24 * 60, 3600),
            (8 * 60, 1800),
            (30 * 60, 3600),
            (31 * 24 * 60, 25 * 3600),
        ],
    )
    def test_they_are_a_thirtieth_rounded_up_to_what_is_counted(
        self, minutes: int, seconds: int
    ) -> None:
        assert slice_seconds(minutes) == seconds


class TestLatency:
    def test_few_answers_give_numpys_percentiles(self) -> None:
        durations = tuple(np.random.default_rng(1).gamma(2, 10, 500).tolist())

        figures = latency(Window(durations_ms=durations))

        assert figures is not None
        assert (figures.p50_ms, figures.p95_ms, figures.p99_ms) == pytest.approx(
            np.percentile(durations, [50, 95, 99]), abs=0.01
        )

    def test_counted_ones_are_two_percent_away_at_most(self) -> None:
        durations = np.random.default_rng(2).gamma(2, 10, 50_000)

        figures = latency(Window(bins=Counter(bin_of(ms) for ms in durations.tolist())))

        assert figures is not None
        assert (figures.p50_ms, figures.p95_ms, figures.p99_ms) == pytest.approx(
            np.percentile(durations, [50, 95, 99], method="lower"), rel=0.0201, abs=0.006
        )

    def test_without_answers_there_is_none(self) -> None:
        assert latency(Window()) is None


class TestActivity:
    def test_only_the_window_counts(self, database: Engine) -> None:
        answered(database, "old", timedelta(minutes=61), "Normal", 1000.0)
        answered(database, "a", timedelta(minutes=30), "Normal", 10.0)
        answered(database, "b", timedelta(minutes=1), "COVID-19", 30.0)

        seen = activity(database, window_minutes=60, task="pneumonia")

        assert seen.by_label == {"Normal": 1, "COVID-19": 1}
        assert sum(bucket.count for bucket in seen.predictions) == 2
        assert seen.bucket_seconds == 3600 // BUCKETS
        assert seen.latency is not None
        assert seen.latency.p50_ms == 20.0

    def test_the_newest_errors_of_the_window_are_shown(self, database: Engine) -> None:
        for minutes, detail in ((90, "old"), (3, "first"), (2, "second")):
            moment = now() - timedelta(minutes=minutes)
            request_errors.add(
                database, RequestErrorRecord(moment, 422, "t", detail, "p", "r"), task="pneumonia"
            )

        seen = activity(database, window_minutes=60, task="pneumonia")

        assert [error.detail for error in seen.errors] == ["second", "first"]

    def test_each_slice_says_how_many_were_referred_refused_failed_and_how_slow(
        self, database: Engine
    ) -> None:
        minutes_ago = timedelta(minutes=30)
        for number, decision in enumerate(["negative", "refer", "refer", "positive"]):
            answered(database, f"p{number}", minutes_ago, "Normal", 10.0 + number, decision)
        for status in (404, 422, 500):
            request_errors.add(
                database,
                RequestErrorRecord(now() - timedelta(minutes=10), status, "t", "d", "p", "r"),
                task="pneumonia",
            )

        first, second = activity(database, window_minutes=60, task="pneumonia").over_time

        assert (first.answers, first.looked_at, first.referred) == (4, 4, 2)
        assert first.p95_ms == pytest.approx(12.0, rel=0.03)
        assert (first.refused, first.failed) == (0, 0)
        assert (second.refused, second.failed, second.p95_ms) == (2, 1, None)
        assert (second.start - first.start).total_seconds() % 120 == 0

    def test_of_many_answers_the_newest_are_looked_at(self, database: Engine) -> None:
        for number in range(MAX_LOOKED_AT + 10):
            age = timedelta(minutes=30) - timedelta(milliseconds=number)
            decision = "refer" if number < 10 else "negative"
            answered(database, f"p{number}", age, "Normal", 10.0, decision)

        found = activity(database, window_minutes=24 * 60, task="pneumonia").over_time

        assert sum(each.answers for each in found) == MAX_LOOKED_AT + 10
        assert (found[-1].looked_at, found[-1].referred) == (MAX_LOOKED_AT, 0)

    def test_a_quiet_service_has_no_figures(self, database: Engine) -> None:
        seen = activity(database, window_minutes=1, task="pneumonia")

        assert (seen.predictions, seen.by_label, seen.latency, seen.errors) == ([], {}, None, [])
        assert seen.over_time == []
        assert seen.bucket_seconds == 10
