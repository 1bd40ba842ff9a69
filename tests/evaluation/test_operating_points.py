"""Operating points and referral: what they promise, on new films too."""

import numpy as np
import numpy.typing as npt
import pytest

from api.evaluation.intervals import wilson
from api.evaluation.operating_points import (
    MAX_ERRORS,
    operating_points,
    outer_thresholds,
    rates,
    refer_rule,
    youden_threshold,
)
from api.model_card.decision_rules import OperatingPoint, ReferRule

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
TARGET_RATE = 0.97


def images(
    seed: int, *, per_kind: int, findings: tuple[float, float] = (3, 2)
) -> tuple[FloatArray, BoolArray]:
    """Scores that overlap, beta-distributed, and truth."""
    rng = np.random.default_rng(seed)
    positive = np.arange(2 * per_kind) < per_kind
    a, b = findings
    return np.where(positive, rng.beta(a, b, 2 * per_kind), rng.beta(b, a, 2 * per_kind)), positive


def points(scores: FloatArray, positive: BoolArray) -> dict[str, OperatingPoint]:
    return operating_points(scores, positive, aims=TARGET_RATE, chosen_on="validation")


def rule(scores: FloatArray, positive: BoolArray, *, max_error: float = 0.02) -> ReferRule:
    found = refer_rule(scores, positive, max_error=max_error, chosen_on="validation")
    assert found is not None
    return found


class TestBalanced:
    @pytest.mark.parametrize("seed", range(5))
    def test_no_other_threshold_is_better(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        positive = rng.random(200) < 0.4
        scores = np.clip(rng.normal(np.where(positive, 0.6, 0.4), 0.15), 0, 1)

        def youden(threshold: float) -> float:
            flagged = scores >= threshold
            return float(flagged[positive].mean() + (~flagged)[~positive].mean() - 1)

        point = points(scores, positive)["balanced"]

        assert youden(point.threshold) == pytest.approx(max(map(youden, scores.tolist())))
        assert point.sensitivity is not None
        assert point.specificity is not None
        assert point.sensitivity + point.specificity - 1 == pytest.approx(youden(point.threshold))
        assert point.chosen_on == "validation"

    def test_by_hand(self) -> None:
        scores = np.array([0.1, 0.4, 0.6, 0.3, 0.7, 0.9])
        positive = np.array([False, False, False, True, True, True])

        # From 0.7 up: two of three found, no false alarm; the next score below is 0.6.
        point = points(scores, positive)["balanced"]

        assert point.threshold == pytest.approx(0.65)
        assert point.sensitivity == pytest.approx(2 / 3)
        assert point.specificity == 1.0
        assert point.sensitivity_interval == wilson(2, 3)
        assert point.specificity_interval == wilson(3, 3)

    def test_a_clean_gap_is_cut_in_its_middle(self) -> None:
        scores = np.array([0.1, 0.3, 0.7, 0.9])

        point = points(scores, scores > 0.5)["balanced"]

        assert point.threshold == pytest.approx(0.5)
        assert (point.sensitivity, point.specificity) == (1, 1)

    def test_it_never_flags_all_or_none_for_certain(self) -> None:
        scores = np.array([0.0, 0.0, 1.0, 1.0])
        wrong_way_round = np.array([True, True, False, False])

        assert 0.01 <= youden_threshold(scores, wrong_way_round) <= 0.99

    @pytest.mark.parametrize("kind", [True, False])
    def test_with_one_kind_only_nothing_else_is_known(self, kind: bool) -> None:
        found = points(np.array([0.2, 0.8]), np.full(2, kind))

        assert list(found) == ["balanced"]
        assert (found["balanced"].threshold, found["balanced"].chosen_on) == (0.5, "")
        assert found["balanced"].sensitivity is None
        assert found["balanced"].specificity is None


class TestScreeningAndConfirm:
    @pytest.mark.parametrize("seed", range(12))
    def test_each_reaches_its_rate_on_the_images_it_was_chosen_on(self, seed: int) -> None:
        # Low scores: their differences to 1 are rounded, which must not let a film slip through.
        rng = np.random.default_rng(seed)
        positive = np.arange(198) < 99
        scores = rng.beta(np.where(positive, 2, 1), 12)

        found = points(scores, positive)

        assert (found["screening"].sensitivity or 0) >= TARGET_RATE
        assert (found["confirm"].specificity or 0) >= TARGET_RATE

    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("findings", [(3.0, 2.0), (2.0, 9.0)])
    def test_of_enough_images_a_quarter_of_the_allowed_errors_is_made_and_no_more(
        self, seed: int, findings: tuple[float, float]
    ) -> None:
        scores, positive = images(seed, per_kind=400, findings=findings)
        found = points(scores, positive)

        # Of 400 films and one to come, 0.75 % are the three outermost; the third is still right.
        screening, confirm = found["screening"].threshold, found["confirm"].threshold
        assert (scores[positive] < screening).sum() <= 2
        assert (scores[~positive] >= confirm).sum() <= 2
        if screening < found["balanced"].threshold:
            assert (scores[positive] < screening).sum() == 2
        if confirm > found["balanced"].threshold:
            assert (scores[~positive] >= confirm).sum() == 2

    def test_on_new_images_they_keep_it_nearly_always(self) -> None:
        new, truth = images(10_000, per_kind=10_000)
        stored = {"screening": [], "confirm": []}  # type: dict[str, list[float]]
        for seed in range(60):
            found = points(*images(seed, per_kind=300))
            measured = {name: rates(new, truth, point.threshold) for name, point in found.items()}
            stored["screening"].append(measured["screening"].sensitivity or 0)
            stored["confirm"].append(measured["confirm"].specificity or 0)

        for shares in stored.values():
            assert np.mean(shares) >= TARGET_RATE
            assert np.mean(np.array(shares) >= TARGET_RATE) >= 0.92
            # Not by flagging everything, or nothing.
            assert np.mean(shares) < 0.995

    def test_they_are_never_less_strict_than_balanced(self) -> None:
        for seed in range(10):
            found = points(*images(seed, per_kind=150, findings=(12, 1)))

            balanced = found["balanced"].threshold
            assert found["screening"].threshold <= balanced <= found["confirm"].threshold

    def test_of_few_images_the_rate_itself_reaches_it(self) -> None:
        found = points(*images(1, per_kind=10))

        assert found["screening"].sensitivity == 1
        assert found["confirm"].specificity == 1

    def test_ties_at_the_cut_stay_on_the_right_split(self) -> None:
        scores = np.array([0.2] * 30 + [0.6] * 170 + [0.2] * 170 + [0.6] * 30)
        positive = np.arange(400) < 200

        found = points(scores, positive)

        assert found["screening"].sensitivity == 1
        assert found["confirm"].specificity == 1

    def test_by_hand_and_where_the_kinds_overlap(self) -> None:
        scores = np.array([0.1, 0.2, 0.9, 0.3, 0.4, 0.8])
        positive = np.array([False, False, False, True, True, True])

        apart = outer_thresholds(scores, positive, 0.5, wanted_rate=1.0)
        strict = outer_thresholds(scores, positive, 0.95, wanted_rate=1.0)
        lax = outer_thresholds(scores, positive, 0.05, wanted_rate=1.0)

        assert apart == {"screening": 0.3, "confirm": float(np.nextafter(0.9, 2.0))}
        assert strict == {"screening": 0.3, "confirm": 0.95}
        assert lax == {"screening": 0.05, "confirm": float(np.nextafter(0.9, 2.0))}

    def test_what_they_were_chosen_for_is_said(self) -> None:
        found = points(*images(1, per_kind=50))

        assert "Youden" in found["balanced"].aim
        assert found["screening"].aim == "a sensitivity of at least 97%"
        assert found["confirm"].aim == "a specificity of at least 97%"


class TestReferring:
    @pytest.mark.parametrize("per_kind", [100, 333])
    def test_no_more_than_the_bound_goes_wrong_on_new_images(self, per_kind: int) -> None:
        draws = 300
        missed = {bound: np.zeros(draws) for bound in MAX_ERRORS}
        alarms = {bound: np.zeros(draws) for bound in MAX_ERRORS}
        for draw in range(draws):
            new, truth = images(10_000 + draw, per_kind=1000)
            for band in rule(*images(draw, per_kind=per_kind)).bands:
                missed[band.max_error][draw] = (new[truth] < band.low).mean()
                alarms[band.max_error][draw] = (new[~truth] > band.high).mean()

        for bound in [bound for bound in MAX_ERRORS if bound * (per_kind + 1) >= 1]:
            error = 4 * np.sqrt(bound / (draws * per_kind))
            for shares in (missed[bound], alarms[bound]):
                assert shares.mean() <= bound + error
                # As much as may go wrong, does: no film is referred for nothing.
                assert shares.mean() >= bound - 1 / (per_kind + 1) - error

    def test_by_hand(self) -> None:
        clear = np.linspace(0.1, 0.5, 9)
        findings = np.linspace(0.4, 0.8, 9)
        scores = np.concatenate([findings, clear])

        # Of nine films and one to come, the lowest (highest) is the tenth part.
        bands = {band.max_error: band for band in rule(scores, np.arange(18) < 9).bands}

        assert bands[0.1].low == pytest.approx(0.4)
        assert bands[0.1].high == pytest.approx(0.5)

    def test_a_smaller_bound_refers_more(self) -> None:
        bands = rule(*images(1, per_kind=400)).bands

        assert [band.max_error for band in bands] == list(MAX_ERRORS)
        assert (np.diff([band.low for band in bands]) >= 0).all()
        assert (np.diff([band.high for band in bands]) <= 0).all()

    @pytest.mark.parametrize(
        ("per_kind", "smallest"),
        [(6, 0.15), (9, 0.1), (12, 0.1), (13, 0.075), (32, 0.05), (33, 0.03), (199, 0.005)],
    )
    def test_few_images_tell_only_wide_bounds(self, per_kind: int, smallest: float) -> None:
        found = rule(*images(1, per_kind=per_kind))

        assert found.bands[0].max_error == smallest
        # A band of everything would answer nothing.
        assert all(0 < band.low <= band.high < 1 for band in found.bands)
        assert (found.n, found.chosen_on) == (2 * per_kind, "validation")

    def test_too_few_tell_nothing(self) -> None:
        few = images(1, per_kind=5)

        assert refer_rule(*few, max_error=0.5, chosen_on="validation") is None

    @pytest.mark.parametrize("kind", [True, False])
    def test_one_kind_tells_nothing(self, kind: bool) -> None:
        scores, positive = np.linspace(0, 1, 500), np.full(500, kind)

        assert refer_rule(scores, positive, max_error=0.02, chosen_on="validation") is None

    @pytest.mark.parametrize(
        ("per_kind", "target", "served"),
        [(400, 0.02, 0.02), (400, 0.04, 0.03), (400, 0.9, 0.15), (20, 0.02, 0.05)],
    )
    def test_the_bound_that_serves_is_the_wanted_one_or_the_next_that_is_known(
        self, per_kind: int, target: float, served: float
    ) -> None:
        assert rule(*images(1, per_kind=per_kind), max_error=target).max_error == served

    def test_kinds_that_never_meet_are_told_apart_without_a_band(self) -> None:
        rng = np.random.default_rng(1)
        positive = np.arange(800) < 400
        scores = np.where(positive, rng.uniform(0.8, 1.0, 800), rng.uniform(0.0, 0.2, 800))

        bands = rule(scores, positive).bands
        cut = points(scores, positive)["balanced"].threshold

        assert [band.max_error for band in bands] == list(MAX_ERRORS)
        for band in bands:
            # Nothing lies between the ends, and a cut there keeps the bound.
            assert band.high < 0.2 < cut < 0.8 < band.low
