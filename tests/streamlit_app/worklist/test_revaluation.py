"""Which answers are corrected for another prevalence, and how."""

from dataclasses import replace
from typing import Any, cast

import pytest

from api_types import Prediction
from client import ApiDown, RoentgenClient
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from worklist import revaluation
from worklist.rows import DecisionOptions, Row, Worklist, WorklistImage

HERE = DecisionOptions(prevalence=0.05)


def worklist(**changes: Any) -> Worklist:
    answer = cast(Prediction, answers.prediction())
    row = Row(WorklistImage("a", "a.png"), DecisionOptions(), answer, **changes)
    return Worklist(rows={"a": row}, options=HERE)


class TestFitting:
    def test_only_the_prevalence_may_differ(self) -> None:
        images = worklist()
        assert revaluation.fitting(images)

        images.options = replace(HERE, operating_point="screening")

        assert not revaluation.fitting(images)

    def test_back_to_the_servers_choice_go_those_that_were_asked_for_with_it(self) -> None:
        for was_sent in (True, False):
            images = worklist(is_asked_for_prevalence=was_sent)
            images.options = DecisionOptions()
            images.rows["a"] = replace(images.rows["a"], options=HERE)

            assert bool(revaluation.fitting(images)) is not was_sent


class TestRevalue:
    def test_an_api_of_an_earlier_release_corrects_nothing(self, api: FakeApi) -> None:
        images = worklist()
        before = images.rows["a"]

        revaluation.revalue(images, [before], RoentgenClient())

        assert images.rows["a"] == before
        assert images.fixed == {"a"}

    def test_while_the_api_is_away_nothing_is_given_up(self, no_api: None) -> None:
        images = worklist()

        with pytest.raises(ApiDown):
            revaluation.revalue(images, list(images.rows.values()), RoentgenClient())

        assert not images.fixed
