"""Agreement of two versions, against hand-computed figures."""

from collections import Counter

import pytest

from api.decision.agreement import agreement, kappa, kappa_interval


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


class TestTheInterval:
    def test_it_is_that_of_fleiss_cohen_and_everitt(self) -> None:
        # Fleiss, Levin & Paik (2003), table 18.1: kappa 0.676, standard error 0.088.
        pairs = {
            ("a", "a"): 75, ("a", "b"): 1, ("a", "c"): 4, ("b", "a"): 5, ("b", "b"): 4,
            ("b", "c"): 1, ("c", "c"): 10,
        }  # fmt: skip

        assert kappa(pairs) == pytest.approx(0.676, abs=5e-4)
        low, high = kappa_interval(pairs) or (0.0, 0.0)
        assert (high - low) / 2 / 1.96 == pytest.approx(0.088, abs=5e-4)

    def test_few_who_all_agree_are_not_sure_of_it(self) -> None:
        low, high = kappa_interval({("a", "a"): 5, ("b", "b"): 5}) or (0.0, 0.0)

        assert high == pytest.approx(1.0)
        assert 0.4 < low < 0.5

    def test_where_there_is_no_kappa_there_is_none(self) -> None:
        assert kappa_interval({("a", "a"): 3}) is None
        assert kappa_interval({}) is None
