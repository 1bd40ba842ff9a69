"""What is unlike the films that were learned from, on generated features."""

import numpy as np
import numpy.typing as npt
import pytest

from api.decision.out_of_distribution import METHODS, OodReference
from api.evaluation.out_of_distribution import (
    BANK_IMAGES,
    better_method,
    caught_shares,
    extended,
    fit_reference,
    refused_shares,
    threshold,
)

Features = npt.NDArray[np.float32]
Group = tuple[str, str]

WIDTH = 24
NAMES: tuple[Group, ...] = (("a", "Normal"), ("a", "Viral"), ("b", "Normal"))
CENTRES = 2 * np.eye(len(NAMES), WIDTH)
SPREAD = np.linspace(0.2, 1.5, WIDTH)


def images(
    seed: int, *, n: int = 240, centres: npt.NDArray[np.float64] = CENTRES
) -> tuple[Features, list[int]]:
    """Gaussian features around the centre of each film's group, and the groups' numbers."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % len(centres)
    drawn = centres[group] + rng.normal(size=(n, WIDTH)) * SPREAD
    return drawn.astype(np.float32), group.tolist()


def others(seed: int, *, n: int = 100) -> Features:
    """Every feature the other way round."""
    return -images(seed, n=n)[0]


@pytest.fixture(scope="module")
def reference() -> OodReference:
    features, group = images(1)
    return fit_reference(features, [NAMES[number] for number in group], seed=1)


def limit(method: str, reference: OodReference) -> tuple[float, list[str]]:
    features, group = images(2)
    sources = [NAMES[number][0] for number in group]
    distances = METHODS[method](reference, features)
    return threshold(distances, sources, max_refused=0.02), sources


class TestDistinguishing:
    @pytest.mark.parametrize("method", list(METHODS))
    def test_outliers_are_beyond_the_limit_and_new_images_are_not(
        self, method: str, reference: OodReference
    ) -> None:
        distance = METHODS[method]
        beyond, _ = limit(method, reference)

        assert (distance(reference, others(3)) > beyond).mean() > 0.9
        assert (distance(reference, images(4, n=900)[0]) > beyond).mean() < 0.06

    def test_an_image_of_a_group_lies_about_one_spread_from_its_mean(
        self, reference: OodReference
    ) -> None:
        assert reference.mahalanobis(images(5)[0]).mean() == pytest.approx(1.0, abs=0.1)

    def test_groups_far_apart_do_not_widen_what_is_normal(self) -> None:
        apart = 10 * np.eye(len(NAMES), WIDTH)
        features, group = images(1, centres=apart)

        found = fit_reference(features, [NAMES[number] for number in group], seed=1)

        assert found.means.shape == (3, WIDTH)
        between = np.mean(apart, axis=0, keepdims=True).astype(np.float32)
        assert found.mahalanobis(between)[0] > 3

    def test_the_bank_is_drawn_by_the_seed(self) -> None:
        features, group = images(1, n=BANK_IMAGES + 100)
        names = [NAMES[number] for number in group]

        one, same, other = (fit_reference(features, names, seed=seed).bank for seed in (1, 1, 2))

        assert len(one) == BANK_IMAGES
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)

    def test_fewer_images_than_features_are_enough(self) -> None:
        features, group = images(1, n=9)

        found = fit_reference(features, [NAMES[number] for number in group], seed=1)

        assert found.components.shape == (WIDTH, 8)
        assert np.isfinite(found.mahalanobis(features)).all()


class TestTheLimit:
    @pytest.mark.parametrize("method", list(METHODS))
    def test_no_source_loses_more_than_its_share(
        self, method: str, reference: OodReference
    ) -> None:
        beyond, sources = limit(method, reference)

        shares = refused_shares(METHODS[method](reference, images(2)[0]), sources, beyond)

        assert set(shares) == {"a", "b"}
        assert max(shares.values()) <= 0.02

    def test_the_source_that_lies_farthest_decides(self) -> None:
        near, far = np.linspace(0, 1, 100), np.linspace(2, 3, 100)
        sources = ["near"] * 100 + ["far"] * 100

        found = threshold(np.concatenate([near, far]), sources, max_refused=0.05)

        assert found == pytest.approx(2.96, abs=0.011)
        assert refused_shares(np.concatenate([near, far]), sources, found) == {
            "far": pytest.approx(0.04, abs=0.011),
            "near": 0.0,
        }

    def test_of_few_images_none_is_refused(self) -> None:
        distances = np.array([0.5, 0.9, 0.7])

        found = threshold(distances, ["a"] * 3, max_refused=0.02)

        assert found == 0.9
        assert refused_shares(distances, ["a"] * 3, found) == {"a": 0.0}

    def test_sources_too_small_to_tell_a_share_count_together(self) -> None:
        large, small = np.linspace(0, 1, 100), np.linspace(0, 1, 15)
        odd = np.concatenate([small[:-1], [9.0]])
        distances = np.concatenate([large, small, odd])
        sources = ["large"] * 100 + ["small"] * 15 + ["odd"] * 15

        found = threshold(distances, sources, max_refused=0.05)

        # One film of thirty small sources' may be refused; alone, the odd source would set 9.0.
        assert found == pytest.approx(1.0)
        assert refused_shares(distances, sources, found)["odd"] == pytest.approx(1 / 15)


class TestExtending:
    # Films of a new scanner: where those known so far never are.
    NEW = 6 * np.eye(1, WIDTH, 5)

    @pytest.mark.parametrize("method", list(METHODS))
    def test_images_like_the_new_ones_are_no_longer_outliers(
        self, method: str, reference: OodReference
    ) -> None:
        distance = METHODS[method]
        beyond, _ = limit(method, reference)
        new, _ = images(6, n=60, centres=self.NEW)
        alike, _ = images(7, n=200, centres=self.NEW)

        grown = extended(reference, new, [("c", "Normal")] * 60, min_group=10)

        assert (distance(reference, alike) > beyond).mean() > 0.9
        assert (distance(grown, alike) > beyond).mean() < 0.1
        assert (distance(grown, others(3)) > beyond).mean() > 0.9

    def test_what_was_known_stays_known(self, reference: OodReference) -> None:
        new, _ = images(6, n=60, centres=self.NEW)

        grown = extended(reference, new, [("c", "Normal")] * 60, min_group=10)

        known, _ = images(8)
        for distance in METHODS.values():
            assert (distance(grown, known) <= distance(reference, known) + 1e-6).all()

    def test_a_group_of_too_few_images_adds_no_mean(self, reference: OodReference) -> None:
        new, _ = images(6, n=30, centres=self.NEW)
        groups = [("c", "Normal")] * 21 + [("c", "Viral")] * 9

        grown = extended(reference, new, groups, min_group=10)
        alone = extended(reference, new[:9], groups[21:], min_group=10)

        assert len(grown.means) == len(reference.means) + 1
        assert grown.means[-1] == pytest.approx(new[:21].mean(axis=0) @ reference.components)
        assert np.array_equal(alone.means, reference.means)
        assert len(alone.bank) == len(reference.bank) + 9


class TestChoosing:
    def test_the_method_that_catches_most_is_better(self) -> None:
        table = {
            "mahalanobis": {"turned": 0.9, "inverted": 0.2},
            "nearest neighbours": {"turned": 0.6, "inverted": 0.6},
        }

        assert better_method(table) == "nearest neighbours"
        assert better_method({name: {"turned": 0.5} for name in table}) == "mahalanobis"

    def test_each_kind_of_outlier_is_counted_for_each_method(self, reference: OodReference) -> None:
        features, group = images(2)
        kinds = {"far": others(3), "film": images(9, n=300)[0]}

        found = caught_shares(
            reference,
            kinds,
            features,
            [NAMES[number][0] for number in group],
            max_refused=0.02,
        )

        assert set(found) == set(METHODS)
        for row in found.values():
            assert row["far"] > 0.9
            assert row["film"] < 0.08
