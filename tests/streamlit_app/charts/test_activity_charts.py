"""Charts of what the server did over time."""

import json
from datetime import datetime, timedelta
from typing import Any, cast

from api_types import ActivitySlice, Bucket
from charts import activity_charts, drift_charts
from charts.activity_charts import TimeWindow
from charts.palette import class_colours
from tests.streamlit_app import answers, watched

COLOURS = class_colours(answers.CLASSES, negative_class="Normal")
START = answers.NOW - timedelta(minutes=5)
WINDOW = TimeWindow(answers.NOW - timedelta(hours=1), answers.NOW, 60)
PROMOTED = TimeWindow(WINDOW.start, WINDOW.end, 60, [(START, "v4")])


def a_slice(**changes: Any) -> ActivitySlice:
    nothing = {"start": START.isoformat(), "answers": 0, "looked_at": 0, "referred": 0,
               "refused": 0, "failed": 0, "p95_ms": None}  # fmt: skip
    return cast(ActivitySlice, nothing | changes)


def rows_of(figure: Any) -> list[dict[str, Any]]:
    """The data of a chart without promotions."""
    (rows,) = figure.to_dict()["datasets"].values()
    return list(rows)


class TestPredictionsOverTime:
    def test_the_axis_is_the_whole_window_in_utc_by_24_hours(self) -> None:
        buckets = cast(list[Bucket], answers.activity()["predictions"])

        spec = activity_charts.predictions_over_time(buckets, COLOURS, WINDOW).to_dict()

        x = spec["encoding"]["x"]
        # Not numbers: Vega-Lite takes them for years.
        start, end = (datetime.fromisoformat(end) for end in x["scale"]["domain"])
        assert end - start == timedelta(hours=1)
        assert start.utcoffset() == timedelta(0)
        assert (x["scale"]["type"], x["title"]) == ("utc", "Time (UTC)")
        assert x["axis"]["format"] == "%H:%M"

    def test_a_tooltip_says_the_time_in_utc_whatever_the_browsers_zone(self) -> None:
        buckets = [Bucket(start="2026-01-01T21:05:00+02:00", label="Normal", count=6)]

        (row,) = rows_of(activity_charts.predictions_over_time(buckets, COLOURS, WINDOW))

        assert row["time"] == "19:05:00 UTC"

    def test_classes_stand_on_each_other_in_the_tasks_order(self) -> None:
        buckets = [
            Bucket(start=START.isoformat(), label="Normal", count=6),
            Bucket(start=START.isoformat(), label="COVID-19", count=2),
        ]

        rows = rows_of(activity_charts.predictions_over_time(buckets, COLOURS, WINDOW))

        assert [(row["label"], row["low"], row["high"]) for row in rows] == [
            ("COVID-19", 0, 2),
            ("Normal", 2, 8),
        ]

    def test_a_quiet_window_is_an_empty_figure(self) -> None:
        assert activity_charts.predictions_over_time([], COLOURS, WINDOW).to_dict()


class TestSmallCharts:
    def test_referrals_are_a_share_of_the_answers_that_were_looked_at(self) -> None:
        slices = [a_slice(answers=900, looked_at=50, referred=10), a_slice(failed=1)]

        (row,) = rows_of(activity_charts.referrals_over_time(slices, WINDOW))

        assert (row["value"], row["looked_at"], row["answers"]) == (0.2, 50, 900)

    def test_latency_has_no_point_where_nothing_was_answered(self) -> None:
        slices = [a_slice(answers=1, p95_ms=12.5), a_slice(refused=1)]

        (row,) = rows_of(activity_charts.latency_over_time(slices, WINDOW))

        assert row["value"] == 12.5

    def test_refused_requests_stand_on_failed_ones(self) -> None:
        rows = rows_of(activity_charts.errors_over_time([a_slice(refused=2, failed=1)], WINDOW))

        assert [(row["label"], row["low"], row["high"]) for row in rows] == [
            ("failed", 0, 1),
            ("refused", 1, 3),
        ]

    def test_where_nothing_is_drawn_a_screen_reader_meets_no_nameless_symbol(self) -> None:
        quiet, failing = a_slice(), a_slice(failed=1, answers=1, looked_at=1, p95_ms=9.0)

        def spoken(slices: list[ActivitySlice]) -> list[bool]:
            drawn = (
                activity_charts.referrals_over_time(slices, WINDOW),
                activity_charts.latency_over_time(slices, WINDOW),
                activity_charts.errors_over_time(slices, WINDOW),
            )
            return [figure.to_dict()["mark"]["aria"] for figure in drawn]

        assert spoken([quiet]) == [False, False, False]
        assert spoken([failing]) == [True, True, True]

    def test_a_promotion_is_marked_on_each_of_the_four(self) -> None:
        slices = [a_slice(answers=1, looked_at=1, p95_ms=9.0, failed=1)]
        figures = [
            activity_charts.predictions_over_time([], COLOURS, PROMOTED),
            activity_charts.referrals_over_time(slices, PROMOTED),
            activity_charts.errors_over_time(slices, PROMOTED),
            activity_charts.latency_over_time(slices, PROMOTED),
        ]

        assert all("v4" in json.dumps(figure.to_dict()["datasets"]) for figure in figures)


class TestDriftOverTime:
    def test_its_times_are_utc_and_name_the_zone(self) -> None:
        history = watched.drift()["history"]
        names = {point["figure"]: point["figure"] for point in history}

        spec = json.dumps(drift_charts.over_time(history, names).to_dict())

        assert '"type": "utc"' in spec
        assert "%d %b %H:%M" in spec
        assert " UTC" in spec

    def test_promotions_since_the_first_look_stand_in_every_picture(self) -> None:
        history = watched.drift()["history"]
        names = {point["figure"]: point["figure"] for point in history}
        first = min(datetime.fromisoformat(point["at"]) for point in history)
        promotions = [(first + timedelta(minutes=1), "v4"), (first - timedelta(days=9), "v1")]

        spec = drift_charts.over_time(history, names, promotions).to_dict()

        (rows,) = spec["datasets"].values()
        marked = [row["window"] for row in rows if row["version"] == "v4"]
        assert sorted(marked) == sorted({point["window"] for point in history})
        assert "v1" not in [row["version"] for row in rows]
