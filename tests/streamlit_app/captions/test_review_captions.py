"""Which class 'right' stands for on the page Review, and what is said of an answer there."""

from typing import Any

import pytest

from captions import review_captions
from tests.streamlit_app import answers


def answer(**values: Any) -> Any:
    base: dict[str, Any] = {"causes": [], "label": "COVID-19", "possible_labels": None}
    return answers.prediction() | base | values


class TestAgreedLabel:
    @pytest.mark.parametrize(
        ("values", "label"),
        [
            ({"decision": "positive"}, "COVID-19"),
            ({"decision": "positive", "possible_labels": ["Pneumonia-Viral"]}, "Pneumonia-Viral"),
            ({"decision": "negative", "label": "Normal"}, "Normal"),
            ({"decision": "refer"}, "COVID-19"),
            ({"decision": "accept"}, "COVID-19"),
            ({"decision": "positive", "possible_labels": ["COVID-19", "Pneumonia-Viral"]}, None),
            ({"decision": "positive", "label": "Normal"}, None),
            ({"decision": "negative", "label": "COVID-19"}, None),
            ({"decision": "refer", "causes": ["unlike"]}, None),
        ],
    )
    def test_it_is_the_class_that_was_shown_or_none(
        self, values: dict[str, Any], label: str | None
    ) -> None:
        assert review_captions.agreed_label(answer(**values), "Normal") == label

    def test_without_a_negative_class_any_class_fits(self) -> None:
        assert review_captions.agreed_label(answer(decision="accept"), None) == "COVID-19"

    @pytest.mark.parametrize("decision", ["positive", "negative", "refer", "accept"])
    @pytest.mark.parametrize("label", ["COVID-19", "Normal"])
    def test_what_it_is_stands_on_the_page(self, decision: str, label: str) -> None:
        shown = answer(decision=decision, label=label)

        agreed = review_captions.agreed_label(shown, "Normal")

        assert agreed is None or agreed in review_captions.shown_class(shown)


class TestRevealed:
    def test_of_kinds_left_open_it_names_none(self) -> None:
        shown = answer(decision="positive", possible_labels=["COVID-19", "Pneumonia-Viral"])

        assert review_captions.revealed(shown) == (
            "The model said finding, kind uncertain: finding present."
        )
