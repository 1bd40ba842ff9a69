"""A stored answer for another prevalence is what `decide` says for it."""

import math
from dataclasses import fields, replace

import pytest

from api.decision.at_prevalence import at_prevalence
from api.decision.decide import Decision, DecisionInputs, DecisionPolicy, decide
from api.errors import InvalidRequest
from api.records.answers.predictions import PredictionRecord
from tests.decision.scored import IMAGE, scoring
from tests.records.stored_predictions import record
from tests.support.cards import REFER, card

CARD = card(refer=REFER, prevalence=0.6, threshold=0.45)


def stored(inputs: DecisionInputs, prevalence: float) -> PredictionRecord:
    decided = decide(inputs, CARD, DecisionPolicy(prevalence=prevalence))
    known = {field.name for field in fields(PredictionRecord)}
    values = {f.name: getattr(decided, f.name) for f in fields(Decision) if f.name in known}
    return replace(record(1), **values)


class TestAtPrevalence:
    @pytest.mark.parametrize("before", [0.02, 0.6])
    @pytest.mark.parametrize("now", [0.01, 0.35, 0.95])
    @pytest.mark.parametrize("score", [0.03, 0.3, 0.5, 0.97])
    def test_it_is_what_the_film_itself_would_have_been_answered(
        self, before: float, now: float, score: float
    ) -> None:
        found = at_prevalence(stored(scoring(score), before), now, negative_class="Normal")

        expected = stored(scoring(score), now)
        assert (found.label, found.decision, found.causes) == (
            expected.label, expected.decision, expected.causes,
        )  # fmt: skip
        assert found.probabilities == pytest.approx(expected.probabilities)
        for name in ("confidence", "score", "threshold", "prevalence", "ppv", "npv"):
            assert math.isclose(getattr(found, name), getattr(expected, name)), name

    def test_its_reasons_name_the_new_figures(self) -> None:
        found = at_prevalence(stored(scoring(0.3), 0.6), 0.1, negative_class="Normal")

        uncertain, threshold = found.reasons
        assert threshold == stored(scoring(0.3), 0.1).reasons[1]
        here = f"a finding like the one here, {found.score:.1%}, is found in films with and without"
        assert here in uncertain
        assert "between" not in uncertain

    def test_other_reasons_stay(self) -> None:
        poor = replace(IMAGE, quality_issues=("The picture is nearly constant.",))

        found = at_prevalence(stored(poor, 0.6), 0.1, negative_class="Normal")

        assert found.reasons[0] == "The picture is nearly constant."

    def test_an_answer_for_no_prevalence_has_no_other_one(self) -> None:
        answer = stored(IMAGE, 0.6)

        for old in (replace(answer, prevalence=None), replace(answer, threshold=None)):
            with pytest.raises(InvalidRequest, match="assumes no prevalence"):
                at_prevalence(old, 0.1, negative_class="Normal")
        with pytest.raises(InvalidRequest):
            at_prevalence(stored(IMAGE, 0.6), 0.1, negative_class=None)
