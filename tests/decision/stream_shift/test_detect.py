"""Which streams are called shifted."""

from dataclasses import replace

import numpy as np
import pytest

from api.arrays import Float32Array
from api.decision.stream_shift.detect import assess_stream, named, p_value
from api.decision.stream_shift.features import unpacked
from api.decision.stream_shift.reference import KernelReference
from api.model_card.sites.shift_rule import ShiftRule, ShiftTest
from tests.decision.stream_shift.known_images import (
    ANNA,
    BERTA,
    UNKNOWN,
    drawn_images,
    reference,
    rule,
    stored,
)

KNOWN = reference(ANNA, BERTA)
KERNEL = KernelReference(KNOWN)
RULE = rule(KNOWN.to_bytes())


def stream(*parts: tuple[float, int], score: float = 0.2, ood_score: float = 0.5) -> Float32Array:
    """So many films of each level, one after the other; none of them is in the reference."""
    made = [drawn_images(n, level=level, seed=7) for level, n in parts]
    return unpacked(stored(np.concatenate(made), score=score, ood_score=ood_score))


def excess(features: Float32Array, shift_rule: ShiftRule = RULE) -> float:
    found = assess_stream(features, np.ones(len(features), bool), shift_rule, KERNEL)
    assert found is not None
    return found.excess


class TestKnown:
    @pytest.mark.parametrize(
        "parts",
        [((ANNA, 20),), ((BERTA, 20),), ((ANNA, 10), (BERTA, 10)), ((ANNA, 17), (BERTA, 3))],
    )
    def test_one_hospital_alone_is_as_usual_as_a_mixture(
        self, parts: tuple[tuple[float, int], ...]
    ) -> None:
        assert excess(stream(*parts)) < 1


class TestUnknown:
    def test_another_hospital_is_found_and_what_differs_is_named(self) -> None:
        features = stream((UNKNOWN, 20))

        found = assess_stream(features, np.ones(20, bool), RULE, KERNEL)

        assert found is not None
        assert found.shifted
        assert (found.test, found.n) == ("mmd", 20)
        assert found.p < 1e-4
        words = named({each.words: each.distance for each in found.differences})
        assert "darker" in words
        assert len(words) <= 3
        clearest = found.differences[0]
        assert clearest.distance == max(each.distance for each in found.differences)
        assert sum(clearest.here) == pytest.approx(1, abs=1e-3)
        assert len(clearest.edges) == len(clearest.here) + 1 == len(clearest.known) + 1

    def test_the_shortest_window_finds_it_first(self) -> None:
        found = assess_stream(stream((ANNA, 30), (UNKNOWN, 10)), np.ones(40, bool), RULE, KERNEL)
        assert found is not None
        assert found.window == 10
        assert found.shifted

    def test_a_hospital_between_two_known_ones_is_no_mixture_of_them(self) -> None:
        """Its mean is that of a mixture; its films are not."""
        assert excess(stream(((ANNA + BERTA) / 2, 20))) > 1

    def test_too_few_answers_say_nothing(self) -> None:
        assert assess_stream(stream((UNKNOWN, 9)), np.ones(9, bool), RULE, KERNEL) is None


class TestScores:
    SCORES = RULE.model_copy(
        update={
            "tests": (
                ShiftTest(test="ks_score", window=20, threshold=0.4, mean=0.1, spread=0.1),
                ShiftTest(test="ks_unlikeness", window=20, threshold=0.4, mean=0.1, spread=0.1),
            )
        }
    )

    def test_scores_that_no_group_has_are_found(self) -> None:
        assert excess(stream((ANNA, 20), score=0.9999), self.SCORES) > 1

    def test_scores_of_another_version_are_not_compared(self) -> None:
        features = stream((ANNA, 20), score=0.9999)
        assert assess_stream(features, np.zeros(20, bool), self.SCORES, KERNEL) is None

    def test_a_distance_that_was_not_measured_is_not_compared(self) -> None:
        only = self.SCORES.model_copy(update={"tests": self.SCORES.tests[1:]})
        features = stream((ANNA, 20))
        assert assess_stream(features, np.ones(20, bool), only, KERNEL) is not None
        features[3, -1] = np.nan
        assert assess_stream(features, np.ones(20, bool), only, KERNEL) is None

    def test_without_known_scores_there_is_no_test_of_them(self) -> None:
        bare = replace(
            KNOWN, scores=np.zeros((0, 2), np.float32), score_members=np.zeros(0, np.int64)
        )
        features = stream((ANNA, 20), score=0.9999)
        found = assess_stream(features, np.ones(20, bool), RULE, KernelReference(bare))
        assert found is not None
        assert {each.figure for each in found.differences}.isdisjoint({"score", "unlikeness"})


class TestP:
    def test_a_statistic_at_the_mean_is_as_often_above(self) -> None:
        test = ShiftTest(test="mmd", window=20, threshold=1, mean=0.2, spread=0.1)
        assert p_value(0.2, test) == pytest.approx(0.5)
        # One and 1.96 standard deviations above the mean, from a table.
        assert p_value(0.3, test) == pytest.approx(0.1587, abs=1e-4)
        assert p_value(0.396, test) == pytest.approx(0.025, abs=1e-4)


class TestNamed:
    def test_only_what_differs_clearly_and_at_most_three(self) -> None:
        distances = {"a": 0.3, "b": 0.9, "c": 0.1, "d": 0.5, "e": 0.4}
        assert named(distances) == ("b", "d", "e")
