"""Two versions beside each other, figure by figure."""

import copy
from typing import cast

import metric_tables
from api_types import Card, Job
from components.versions import lineage_steps, side_by_side
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import open_page, tables, texts, texts_of


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
        assert side_by_side.compared_on(first, second).startswith("Both on ")

        second["data"]["counts"]["holdout"] = {"another": {"Normal": 7}}
        assert side_by_side.compared_on(first, second).startswith("Not on the same films")

        del second["metrics"]["holdout"]
        assert "without figures" in side_by_side.compared_on(first, second)


class TestTheSameImages:
    JOB = cast(Job, answers.job("kept"))
    compared = tuple(c for c in answers.verdict("kept")["checks"] if c["champion"] is not None)

    def test_a_version_and_what_it_was_made_from_were_asked_about_the_same_ones(self) -> None:
        child, parent = str(self.JOB["version"]), str(self.JOB["parent"])
        verdict = answers.verdict("kept")
        compared = [c for c in verdict["checks"] if c["champion"] is not None]

        assert side_by_side.comparing(parent, child, [self.JOB]) is self.JOB
        assert side_by_side.comparing(child, parent, [self.JOB]) is self.JOB
        rows = side_by_side.paired(self.JOB, child, parent)

        assert [row["figure"] for row in rows] == [check["name"] for check in compared]
        assert list(rows[0]) == ["figure", child, parent]
        assert rows[0][parent] == f"{compared[0]['champion']:.3f}"
        assert rows[0][child] == f"{compared[0]['challenger']:.3f}"

    def test_two_that_are_not_parent_and_child_have_only_their_cards(self) -> None:
        child, parent = str(self.JOB["version"]), str(self.JOB["parent"])

        assert side_by_side.comparing(child, "v77", [self.JOB]) is None
        assert side_by_side.comparing(child, parent, []) is None

    def test_siblings_are_each_held_against_what_both_were_made_from(self) -> None:
        older = cast(Job, {**self.JOB, "id": "a", "version": "v2", "parent": "v1"})
        newer = cast(Job, {**self.JOB, "id": "b", "version": "v3", "parent": "v1"})

        steps = lineage_steps.between("v2", "v3", [newer, older])

        assert steps == [older, newer]
        (row, *_) = lineage_steps.table(steps)
        assert list(row) == ["figure", "v1 → v2", "v1 → v3"]
        before, now = self.compared[0]["champion"], self.compared[0]["challenger"]
        assert row["v1 → v2"] == f"{before:.3f} → {now:.3f}"

    def test_a_grandchild_has_every_retraining_on_its_way(self) -> None:
        jobs = [
            cast(Job, {**self.JOB, "version": f"v{number}", "parent": f"v{number - 1}"})
            for number in (4, 3, 2)
        ]

        steps = lineage_steps.between("v4", "v1", jobs)

        assert [job["version"] for job in steps] == ["v2", "v3", "v4"]
        assert lineage_steps.between("v1", "v4", jobs) == steps
        assert lineage_steps.between("v4", "w1", jobs) == []

    def test_the_page_shows_what_changed_between_siblings(self, api: FakeApi) -> None:
        older = {**self.JOB, "id": "a", "version": "v2", "parent": "v0"}
        newer = {**self.JOB, "id": "b", "version": "v1", "parent": "v0"}
        api.answer("GET", "/retrain", {"jobs": [newer, older]})

        page = open_page("versions")

        assert not page.exception
        assert "**What each retraining between them changed**" in texts_of(page, "markdown")
        assert "v0 → v2" in tables(page)

    def test_the_page_says_so_above_the_cards(self, api: FakeApi) -> None:
        job = {**self.JOB, "version": "v2", "parent": "v1"}
        api.answer("GET", "/retrain", {"jobs": [job]})

        page = open_page("versions")

        assert not page.exception
        assert "**On the same films**" in texts_of(page, "markdown")
        assert "made v2 from v1 and asked both about the same held-out films" in texts(page)

    def test_without_the_retraining_the_page_shows_the_cards_alone(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": []})

        page = open_page("versions")

        assert "On the same films" not in texts_of(page, "markdown")
