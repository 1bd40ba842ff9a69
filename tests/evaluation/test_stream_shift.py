"""Thresholds from simulated streams."""

import itertools

import numpy as np
import pytest

from api.decision.stream_shift.reference import KernelReference
from api.evaluation.sites.simulated_streams import KnownImages, ShiftAims, stream_kinds
from api.evaluation.sites.stream_shift import (
    AcquisitionTests,
    ScoreTests,
    found_after,
    simulated,
    thresholds,
)
from api.model_card.sites.shift_rule import ShiftTest
from tests.decision.stream_shift.known_images import ANNA, BERTA, UNKNOWN, drawn_images, reference

AIMS = ShiftAims(windows=(10, 20), every=5, streams=20, mixtures=2, films_per_day=20, days=20)
KERNEL = KernelReference(reference(ANNA, BERTA))
KNOWN = KnownImages(
    np.concatenate([drawn_images(60, level=ANNA, seed=3), drawn_images(24, level=BERTA, seed=3)]),
    ["anna / Normal"] * 60 + ["berta / Normal"] * 24,
    ["anna"] * 60 + ["berta"] * 24,
)


@pytest.fixture(scope="module")
def limits() -> tuple[ShiftTest, ...]:
    return thresholds(simulated(AcquisitionTests(KERNEL, KNOWN), KNOWN, AIMS, seed=0), AIMS)


class TestStreams:
    def test_there_is_one_kind_for_each_group_source_and_mixture(self) -> None:
        kinds = list(stream_kinds(KNOWN, AIMS, seed=0))

        assert [len(kind) for kind in kinds] == [20] * (2 + 2 + 2)
        only_anna = np.unique(np.concatenate(kinds[0]))
        assert only_anna.max() < 60
        assert all(len(rows) == 40 for kind in kinds for rows in kind)

    def test_images_of_a_block_follow_each_other(self) -> None:
        rows = next(iter(stream_kinds(KNOWN, AIMS, seed=0)))[0]
        for start in range(0, 40, AIMS.block):
            block = rows[start : start + AIMS.block]
            assert np.diff(block).tolist() == [1] * (AIMS.block - 1)

    def test_all_images_come_before_one_comes_again(self) -> None:
        rows = next(iter(stream_kinds(KNOWN, AIMS, seed=0)))[0]
        assert len(set(rows.tolist())) == 40

    def test_one_false_alarm_in_so_many_days_is_so_large_a_share_of_windows(self) -> None:
        # 20 films of 20 * 20 in all.
        assert AIMS.false_alarm_rate == pytest.approx(0.05)


class TestThresholds:
    def test_each_test_of_each_window_has_one(self, limits: tuple[ShiftTest, ...]) -> None:
        assert {(limit.test, limit.window) for limit in limits} == set(
            itertools.product(("mmd", "ks_acquisition"), (10, 20))
        )

    def test_other_known_streams_seldom_cross_them(self, limits: tuple[ShiftTest, ...]) -> None:
        other = KnownImages(
            drawn_images(60, level=ANNA, seed=9), ["anna / Normal"] * 60, ["anna"] * 60
        )
        of = {(limit.test, limit.window): limit.threshold for limit in limits}

        kinds = simulated(AcquisitionTests(KERNEL, other), other, AIMS, seed=1)

        crossed = [np.nanmean(values > of[name]) for kind in kinds for name, values in kind.items()]
        assert max(crossed) <= 0.1

    def test_the_allowed_rate_sets_them(self) -> None:
        """Streams whose highest looks are 0.01, 0.02, … 1: at a rate of 5 % the limit is 0.96."""
        looks = np.linspace(0.01, 1, 100)[:, np.newaxis]
        (limit,) = thresholds([{("mmd", 20): looks}], ShiftAims(days=40, margin=1.0))
        assert limit.threshold == pytest.approx(0.96)
        assert limit.mean == pytest.approx(0.505)

    def test_several_tests_together_keep_the_rate(self) -> None:
        """Two that are crossed by different streams would be crossed twice as often."""
        rng = np.random.default_rng(0)
        kind = {("mmd", w): rng.random((400, 1)) for w in (30, 60)}
        aims = ShiftAims(days=40, margin=1.0)
        found = {(test.test, test.window): test.threshold for test in thresholds([kind], aims)}
        crossed = np.any([kind[name] > found[name] for name in kind], axis=0)
        assert crossed.mean() <= aims.false_alarm_rate

    def test_a_source_with_few_images_keeps_its_shorter_windows_limit(self) -> None:
        few = np.full((10, 1), 0.5)
        kind = {("mmd", 10): few, ("mmd", 20): np.full((10, 1), np.nan)}
        aims = ShiftAims(margin=1.0)
        assert [test.threshold for test in thresholds([kind], aims)] == [0.5, 0.5]

    def test_a_window_that_nobody_fills_has_no_test(self) -> None:
        assert thresholds([{("mmd", 20): np.full((10, 1), np.nan)}], AIMS) == ()


class TestUnknownSource:
    def test_it_is_found_with_the_first_window(self, limits: tuple[ShiftTest, ...]) -> None:
        other = KnownImages(
            drawn_images(30, level=UNKNOWN, seed=0), ["new / Normal"] * 30, ["new"] * 30
        )
        tests = AcquisitionTests(KERNEL, other)
        assert found_after(tests, other, limits, AIMS, streams=5, seed=0) == 10

    def test_a_known_one_is_not(self, limits: tuple[ShiftTest, ...]) -> None:
        tests = AcquisitionTests(KERNEL, KNOWN)
        assert found_after(tests, KNOWN, limits, AIMS, streams=5, seed=0) is None


class TestScores:
    def test_they_are_compared_where_they_are_known(self) -> None:
        rng = np.random.default_rng(5)
        scores = np.stack([rng.normal(-1.4, 1, 60), np.full(60, np.nan)], axis=1)
        other = KnownImages(scores.astype(np.float32), ["anna / Normal"] * 60, ["anna"] * 60)

        found = simulated(ScoreTests(KERNEL, other), other, AIMS, seed=0)

        assert {name for kind in found for name in kind} == {("ks_score", 10), ("ks_score", 20)}
        for kind in found:
            assert np.nanmedian(kind["ks_score", 20]) < 0.3
