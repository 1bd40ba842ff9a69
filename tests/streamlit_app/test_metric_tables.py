"""A card as rows of tables."""

from typing import cast

import metric_tables
from api_types import Card, Metrics
from formatting import percent
from tests.streamlit_app import answers, measured

CARD = measured.card()
OLD = cast(Card, answers.old_card())


class TestOperatingPoints:
    def test_held_out_figures_come_first(self) -> None:
        rows = {row["operating point"]: row for row in metric_tables.operating_points(CARD)}

        assert rows["screening"] == {
            "operating point": "screening",
            "chosen for": "for screening",
            "threshold": "0.200",
            "sensitivity": "98.0 % (96.0 to 99.0)",
            "specificity": "90.0 % (88.0 to 99.0)",
            "measured on": "held-out films",
        }

    def test_an_old_card_has_those_of_the_choice(self) -> None:
        (row,) = metric_tables.operating_points(OLD)

        assert row["sensitivity"] == percent(OLD["operating_points"]["balanced"]["sensitivity"])
        assert row["measured on"] == "validation films"


class TestMetrics:
    def test_sources_are_columns_with_intervals(self) -> None:
        evaluation = CARD["metrics"]["holdout"]

        rows = {
            row["figure"]: row
            for row in metric_tables.metrics(evaluation["overall"], evaluation["per_source"])
        }

        assert rows["films"]["all"] == "558"
        assert rows["accuracy of the label"]["all"] == "85.0 % (82.0 to 88.0)"
        assert rows["AUROC"]["radiography"] == "0.970 (0.960 to 0.980)"
        assert rows["Brier score"]["kermany"] == "0.041"

    def test_what_was_not_measured_is_left_out(self) -> None:
        evaluation = OLD["metrics"]["holdout"]

        names = [row["figure"] for row in metric_tables.metrics(evaluation["overall"], {})]

        assert "Brier score" not in names
        assert "sensitivity" in names


class TestClasses:
    def test_a_class_without_images_has_no_row(self) -> None:
        one_sided = cast(Metrics, answers.one_sided_report()["metrics"])

        assert metric_tables.classes(one_sided) == []
        assert len(metric_tables.classes(CARD["metrics"]["holdout"]["overall"])) == 4


class TestCounts:
    def test_each_split_and_source_has_its_sum(self) -> None:
        first = metric_tables.counts(CARD)[0]

        assert (first["split"], first["source"], first["Normal"], first["COVID-19"]) == (
            "train",
            "kermany",
            1000,
            0,
        )
        assert first["all"] == 1800

    def test_images_of_coarse_labels_have_a_column(self) -> None:
        counts = {"train": {"tbx": {"finding": 5}, "nih": {"Normal": 3}}}
        card = CARD | {"data": CARD["data"] | {"counts": counts}}

        tbx, nih = metric_tables.counts(card)

        assert (tbx["finding"], tbx["all"], nih["finding"]) == (5, 5, 0)


class TestOutliers:
    def test_the_method_that_serves_is_marked(self) -> None:
        rule = measured.OUTLIERS

        assert metric_tables.caught(rule)[0] == {
            "generated stranger": "turned left",
            "mahalanobis (serves)": "90.0 %",
            "nearest neighbours": "80.0 %",
            "referred or right": "97.0 %",
        }
        assert "referred or right" not in metric_tables.caught({**rule, "harmless": {}})[0]
        assert metric_tables.refused(rule)[1]["refused"] == "2.0 %"


class TestComparison:
    def test_here_stands_beside_the_card(self) -> None:
        rows = metric_tables.comparison(measured.COMPARISONS)

        assert rows[0] == {
            "figure": "AUROC",
            "here (95 % interval)": "0.810 (0.750 to 0.870)",
            "card": "0.970",
        }
        assert rows[2]["here (95 % interval)"] == "-"
