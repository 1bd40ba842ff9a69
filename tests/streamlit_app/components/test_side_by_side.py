"""Two versions beside each other, figure by figure."""

import copy
from typing import cast

import metric_tables
from api_types import Card
from components.versions import side_by_side
from tests.streamlit_app import answers


class TestTwoVersions:
    def test_each_has_a_column_and_each_figure_a_row(self) -> None:
        first = cast(Card, answers.card())
        second = copy.deepcopy(first)
        second["version"] = "v9"
        second["metrics"]["holdout"]["overall"]["auroc"] = 0.5

        rows = {row["figure"]: row for row in metric_tables.two_versions(first, second)}

        assert str(rows["AUROC"]["v9"]).startswith("0.500")
        assert rows["AUROC"][first["version"]] != rows["AUROC"]["v9"]
        assert rows["sensitivity"][first["version"]] == rows["sensitivity"]["v9"]

    def test_it_says_whether_the_films_are_the_same(self) -> None:
        first = cast(Card, answers.card())
        second = copy.deepcopy(first)
        assert side_by_side.told(first, second).startswith("Both on ")

        second["data"]["counts"]["holdout"] = {"another": {"Normal": 7}}
        assert side_by_side.told(first, second).startswith("Not on the same films")

        del second["metrics"]["holdout"]
        assert "without figures" in side_by_side.told(first, second)
