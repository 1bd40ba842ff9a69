"""Every chart becomes a specification, with one colour a class and units on its axes."""

from datetime import timedelta
from typing import Any

from charts import chart_locale, curve_charts, data_charts, model_charts
from charts.palette import class_colours
from tests.streamlit_app import answers, measured
from tests.streamlit_app.measured import CURVES, HISTORY, rates

COLOURS = class_colours(answers.CLASSES, negative_class="Normal")
START = (answers.NOW - timedelta(minutes=5)).isoformat()
METRICS = measured.metrics()


def titles(spec: Any) -> set[str]:
    """All axis titles of a specification, however deep."""
    if isinstance(spec, list):
        return {title for part in spec for title in titles(part)}
    if not isinstance(spec, dict):
        return set()
    own = {spec["title"]} if isinstance(spec.get("title"), str) else set()
    return own | {title for part in spec.values() for title in titles(part)}


class TestColours:
    def test_no_two_classes_share_one(self) -> None:
        assert len(set(COLOURS.values())) == len(answers.CLASSES)

    def test_a_finding_keeps_its_colour_wherever_the_negative_class_stands(self) -> None:
        first = class_colours(["Normal", "A", "B"], negative_class="Normal")
        last = class_colours(["A", "B", "Normal"], negative_class="Normal")

        assert first == last


class TestProbabilityBars:
    def test_every_class_has_a_bar_in_its_colour(self) -> None:
        spec = data_charts.probability_bars(
            answers.prediction()["probabilities"], COLOURS
        ).to_dict()

        scale = spec["layer"][0]["encoding"]["color"]["scale"]
        assert dict(zip(scale["domain"], scale["range"], strict=True)) == COLOURS
        assert "Probability" in titles(spec)

    def test_no_bar_says_a_certainty_that_is_none(self) -> None:
        bars = data_charts.probability_bars({"Normal": 0.99995, "COVID-19": 0.00005}, COLOURS)

        (rows,) = bars.to_dict()["datasets"].values()
        assert [row["probability"] for row in rows] == ["> 99.9 %", "< 0.1 %"]

    def test_percentages_of_axes_are_written_as_in_sentences(self) -> None:
        theme = chart_locale.locale_of("en")

        assert theme["number"]["percent"] == " %"


class TestDataCharts:
    def test_class_counts_are_stacked_by_source(self) -> None:
        spec = data_charts.class_counts(measured.COUNTS["train"], COLOURS).to_dict()

        assert spec["encoding"]["y"]["field"] == "source"
        assert "Number of films" in titles(spec)

    def test_brightness_spans_all_grey_levels(self) -> None:
        spec = data_charts.brightness({"collected": {"Normal": [0.5, 0.5]}}, COLOURS).to_dict()

        assert spec["encoding"]["x"]["scale"]["domain"] == [0, 256]
        assert "Share of pixels (%)" in titles(spec)

    def test_edge_density_has_a_unit(self) -> None:
        spec = data_charts.edge_density({"collected": {"Normal": 0.04}}, COLOURS).to_dict()

        assert "Pixels on an edge (%)" in titles(spec)

    def test_empty_data_are_an_empty_figure(self) -> None:
        assert data_charts.class_counts({}, COLOURS).to_dict()
        assert data_charts.brightness({}, COLOURS).to_dict()
        assert data_charts.edge_density({}, COLOURS).to_dict()


class TestTrainingCurve:
    def test_phases_follow_each_other_with_a_visible_border(self) -> None:
        spec = model_charts.training_curve(HISTORY, "loss").to_dict()

        points, borders = list(spec["datasets"].values())
        assert sorted({row["step"] for row in points}) == [1, 2, 3, 4]
        assert [row["step"] for row in borders] == [0.5, 2.5]

    def test_accuracy_has_a_unit(self) -> None:
        assert "Accuracy (%)" in titles(model_charts.training_curve(HISTORY, "accuracy").to_dict())


class TestModelCharts:
    def test_the_confusion_matrix_shows_every_count(self) -> None:
        spec = model_charts.confusion_matrix(answers.CLASSES, METRICS["confusion"]).to_dict()

        (rows,) = spec["datasets"].values()
        assert sum(row["count"] for row in rows) == METRICS["n"]
        assert {
            "True class",
            "Answer of the model (shade: share of the true class)",
        } <= titles(spec)

    def test_undefined_metrics_are_left_out(self) -> None:
        per_class = measured.per_class()
        per_class["Normal"]["precision"] = None

        (rows,) = model_charts.class_metrics(per_class).to_dict()["datasets"].values()

        assert len(rows) == 3 * len(per_class) - 1

    def test_an_interval_is_drawn_where_there_is_one(self) -> None:
        (rows,) = model_charts.class_metrics(METRICS["per_class"]).to_dict()["datasets"].values()

        ends = {row["set"]: (row["low"], row["high"]) for row in rows if row["label"] == "COVID-19"}
        assert ends == {"precision": (0.85, 0.94), "recall": (0.9, 0.9), "F1": (0.88, 0.88)}


class TestRoc:
    def test_operating_points_are_marked_on_it(self) -> None:
        spec = curve_charts.roc(CURVES["roc"], METRICS["at"]).to_dict()

        names = {row["set"] for rows in spec["datasets"].values() for row in rows if "set" in row}
        assert names == {"balanced", "screening", "confirm"}
        assert "Found: films with a finding (%)" in titles(spec)

    def test_the_corner_shows_the_whole_intervals(self) -> None:
        spec = curve_charts.operating_points(CURVES["roc"], METRICS["at"]).to_dict()

        domains = [
            layer["encoding"]["y"]["scale"]["domain"]
            for layer in spec["layer"]
            if "scale" in layer["encoding"]["y"]
        ]
        low, high = domains[0]
        assert low < 0.88
        assert high >= 0.99

    def test_a_point_that_was_not_measured_is_left_out(self) -> None:
        spec = curve_charts.roc(CURVES["roc"], {"balanced": rates(0.9, None)}).to_dict()

        assert all("set" not in row for rows in spec["datasets"].values() for row in rows)


class TestReliability:
    def test_every_bin_has_its_interval(self) -> None:
        spec = curve_charts.reliability(CURVES["reliability"]).to_dict()

        rows = [row for rows in spec["datasets"].values() for row in rows if "low" in row]
        assert [(row["low"], row["high"]) for row in rows] == [(0.03, 0.08), (0.39, 0.78)]

    def test_a_dot_is_as_large_as_it_has_films(self) -> None:
        layers = curve_charts.reliability(CURVES["reliability"]).to_dict()["layer"]

        (sized,) = [layer["encoding"]["size"] for layer in layers if "size" in layer["encoding"]]
        assert sized["field"] == "films"

    def test_no_image_is_an_empty_figure(self) -> None:
        assert curve_charts.reliability([]).to_dict()


class TestCoverage:
    def test_the_bound_in_use_is_marked(self) -> None:
        spec = curve_charts.coverage(CURVES["coverage"], 0.02).to_dict()

        marked = [row for rows in spec["datasets"].values() for row in rows if "name" in row]
        assert marked == [{"coverage": 0.92, "name": "in use"}]

    def test_an_undefined_share_is_left_out(self) -> None:
        spec = curve_charts.coverage(CURVES["coverage"], 0.02).to_dict()

        shares = [row for rows in spec["datasets"].values() for row in rows if "share" in row]
        assert len(shares) == 5


class TestEstimates:
    def test_a_value_without_an_interval_has_none(self) -> None:
        rows = [curve_charts.Estimate("a", 0.5, (0.4, 0.6)), curve_charts.Estimate("b", 0.7)]

        (data,) = curve_charts.estimates(rows, "Share (%)").to_dict()["datasets"].values()

        assert [(row["low"], row["high"]) for row in data] == [(0.4, 0.6), (0.7, 0.7)]
