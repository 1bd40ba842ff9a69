"""Long windows against the reference, and shares against what came before, on simulated answers."""

import numpy as np
import pytest

from api.decision.stream_shift.features import unpacked
from api.decision.stream_shift.reference import KernelReference
from api.decision.stream_shift.windows import reference_drift, share_drift, threshold_of
from api.model_card.sites.shift_rule import ShiftTest
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
RULE = rule(KNOWN.to_bytes(), windows=(10, 20))


def words(n: int, share: float, *, seed: int, block: int = 1) -> list[str]:
    """So many answers, referred with this probability; `block` in a row are alike."""
    drawn = np.random.default_rng(seed).random(-(-n // block)) < share
    return [("refer" if each else "answered") for each in drawn.repeat(block)[:n]]


@pytest.fixture(scope="module")
def kernel() -> KernelReference:
    return KernelReference(KNOWN)


def drifted(kernel: KernelReference, level: float, n: int = 100) -> dict[str, bool]:
    features = unpacked(stored(drawn_images(n, level=level, seed=5)))
    found = reference_drift(features, np.ones(n, np.bool_), RULE, kernel)
    return {each.figure: each.drifted for each in found}


class TestReference:
    def test_known_images_are_as_known_and_others_are_not(self, kernel: KernelReference) -> None:
        assert drifted(kernel, ANNA)["acquisition"] is False
        assert drifted(kernel, UNKNOWN)["acquisition"] is True

    def test_what_the_card_has_no_threshold_for_is_shown_without_one(
        self, kernel: KernelReference
    ) -> None:
        features = unpacked(stored(drawn_images(50, level=ANNA, seed=5)))
        found = {
            each.figure: each
            for each in reference_drift(features, np.ones(50, np.bool_), RULE, kernel)
        }

        assert set(found) == {"acquisition", "nearness", "score", "ood_score"}
        assert (found["score"].threshold, found["score"].excess) == (None, None)
        assert found["score"].drifted is False
        assert 0 < found["score"].distance <= 1

    def test_scores_of_another_version_are_left_out(self, kernel: KernelReference) -> None:
        features = unpacked(stored(drawn_images(50, level=ANNA, seed=5)))

        found = reference_drift(features, np.zeros(50, np.bool_), RULE, kernel)

        assert {each.figure for each in found} == {"acquisition", "nearness"}

    def test_too_few_say_nothing(self, kernel: KernelReference) -> None:
        features = unpacked(stored(drawn_images(9, level=UNKNOWN, seed=5)))

        assert reference_drift(features, np.ones(9, np.bool_), RULE, kernel) == []

    def test_the_threshold_is_that_of_the_longest_window_that_fits(self) -> None:
        tests = tuple(
            ShiftTest(test="mmd", window=window, threshold=1 / window, mean=0.1, spread=0.1)
            for window in (10, 100)
        )
        several = RULE.model_copy(update={"tests": tests})

        assert threshold_of(several, "mmd", 99) == 0.1
        assert threshold_of(several, "mmd", 1000) == 0.01
        assert threshold_of(several, "mmd", 9) is None


class TestShares:
    @pytest.mark.parametrize("block", [1, 4])
    def test_the_same_answers_hardly_ever_drift(self, block: int) -> None:
        alarms = [
            share_drift(
                "referrals",
                words(200, 0.15, seed=2 * seed, block=block),
                words(800, 0.15, seed=2 * seed + 1, block=block),
            ).drifted
            for seed in range(40)
        ]

        assert sum(alarms) <= 1

    def test_a_clear_rise_does(self) -> None:
        found = share_drift("referrals", words(200, 0.4, seed=1), words(800, 0.15, seed=2))

        assert found.drifted
        assert found.excess is not None
        assert found.excess > 1.5
        assert found.here["refer"] == pytest.approx(0.4, abs=0.08)
        assert found.known["refer"] == pytest.approx(0.15, abs=0.05)
        assert found.distance == pytest.approx(found.here["refer"] - found.known["refer"], abs=1e-3)

    def test_without_enough_before_it_there_is_no_threshold(self) -> None:
        found = share_drift("referrals", words(200, 0.9, seed=1), words(99, 0.1, seed=2))

        assert (found.threshold, found.drifted) == (None, False)
        assert found.distance > 0.5

    def test_of_the_first_answers_nothing_is_known(self) -> None:
        found = share_drift("classes", ["Normal"] * 5, [])

        assert (found.distance, found.known, found.here) == (0.0, {}, {"Normal": 1.0})

    def test_a_class_that_was_never_named_counts(self) -> None:
        found = share_drift("classes", ["new"] * 200, ["old"] * 300)

        assert (found.distance, found.drifted) == (1.0, True)
        assert found.known == {"new": 0.0, "old": 1.0}
