"""Agreement of two versions, against hand-computed figures."""

from collections import Counter

import pytest

from api.decision.agreement import agreement, kappa


class TestAgreement:
    def test_kappa_is_cohens(self) -> None:
        # Cohen's measure of the usual example: 0.7 agree, 0.5 would by chance.
        pairs = Counter({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})

        assert agreement(pairs) == 0.7
        assert kappa(pairs) == pytest.approx(0.4)

    def test_all_alike_with_two_answers_is_one(self) -> None:
        assert kappa(Counter({("a", "a"): 3, ("b", "b"): 1})) == 1

    def test_of_one_answer_only_or_none_it_is_not_defined(self) -> None:
        assert kappa(Counter({("a", "a"): 3})) is None
        assert kappa({}) is None
        assert agreement({}) is None

    def test_independent_answers_have_none(self) -> None:
        pairs = {("a", "a"): 9, ("a", "b"): 3, ("b", "a"): 3, ("b", "b"): 1}

        assert kappa(pairs) == pytest.approx(0)
