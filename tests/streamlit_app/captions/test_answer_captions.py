"""What one answer says, in sentences."""

from typing import Any, cast

import pytest

from api_types import Prediction
from captions import answer_captions
from tests.streamlit_app import answers

LABELS = {name: name for name in (*answers.CLASSES, "finding")}
FINDINGS = [name for name in LABELS if name != "Normal"]


def prediction(**changes: Any) -> Prediction:
    return cast(Prediction, answers.prediction(**changes))


class TestProbabilities:
    def test_a_finding_and_its_kind_are_two_things(self) -> None:
        answer = prediction()

        assert answer_captions.finding(answer, "Normal") == (
            "97.7 %", "called positive from 68.9 % on",
        )  # fmt: skip
        assert answer_captions.kind(answer, "Normal") == ("Pneumonia-Viral", "95.2 %")

    def test_where_several_kinds_are_open_none_is_named(self) -> None:
        answer = prediction(decision="positive", possible_labels=["COVID-19", "Pneumonia-Viral"])

        assert answer_captions.open_kinds(answer) == ("COVID-19", "Pneumonia-Viral")
        assert answer_captions.shown_class(answer) == "finding, kind uncertain"

    def test_the_only_kind_that_is_open_is_named_though_another_is_more_probable(self) -> None:
        answer = prediction(decision="positive", possible_labels=["COVID-19"])

        assert answer_captions.open_kinds(answer) == ()
        assert answer_captions.shown_class(answer) == "COVID-19"
        assert answer_captions.kind(answer, "Normal")[0] == "COVID-19"

    def test_where_a_person_must_look_the_most_probable_class_is_shown(self) -> None:
        answer = prediction(decision="refer", possible_labels=["COVID-19", "Normal"])

        assert answer_captions.shown_class(answer) == answer["label"]

    def test_without_a_negative_class_there_is_no_finding(self) -> None:
        assert answer_captions.finding(prediction(), None) is None

    @pytest.mark.parametrize(
        ("share", "words"),
        [(1.0, "more than 99.9 %"), (0.0, "less than 0.1 %"), (0.5, "50.0 %")],
    )
    def test_nothing_is_said_to_be_certain(self, share: float, words: str) -> None:
        assert answer_captions.probability(share) == words


class TestWorth:
    def test_it_is_of_this_decision_alone(self) -> None:
        known = {"ppv": 0.93, "npv": 0.995, "prevalence": 0.5}

        assert answer_captions.worth(prediction(**known)) == (
            "Of 100 films called positive here, about 93 show a finding (operating point "
            "balanced, 50.0 % of films with a finding)."
        )
        negative = answer_captions.worth(prediction(decision="negative", **known))
        assert negative is not None
        assert "called negative here, more than 99 show none" in negative

    def test_a_referred_image_and_an_old_answer_have_none(self) -> None:
        assert answer_captions.worth(prediction(decision="refer")) is None
        assert answer_captions.worth(cast(Prediction, answers.old_prediction())) is None


class TestChoices:
    @pytest.mark.parametrize(
        ("decision", "was_right", "names"),
        [
            ("positive", True, FINDINGS),
            ("positive", False, ["Normal"]),
            ("negative", True, ["Normal"]),
            ("negative", False, FINDINGS),
            ("refer", True, list(LABELS)),
        ],
    )
    def test_they_are_what_the_decision_leaves(
        self, decision: str, was_right: bool, names: list[str]
    ) -> None:
        answer = prediction(decision=decision)

        assert answer_captions.choices(answer, LABELS, "Normal", was_right=was_right) == names


class TestDecision:
    def test_a_picture_of_something_else_is_called_so(self) -> None:
        other = cast(Prediction, answers.referred())

        assert answer_captions.decision(other) == answer_captions.NO_SUCH_IMAGE
        assert answer_captions.is_other_image(other)
        assert not answer_captions.is_other_image(prediction())
