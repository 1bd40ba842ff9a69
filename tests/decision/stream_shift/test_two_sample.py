"""Distances of samples from mixtures, against what is computed by hand."""

import math
import tracemalloc

import numpy as np
import pytest

from api.decision.stream_shift.two_sample import (
    BLOCK,
    cumulative_shares,
    ks_to_mixture,
    median_bandwidth,
    mixture_weights,
    on_simplex,
    rbf,
    squared_distances,
    squared_mmd,
    summed_likeness,
)


class TestKernel:
    def test_distances_are_those_of_pythagoras(self) -> None:
        found = squared_distances(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[3.0, 4.0]]))
        assert found.tolist() == [[25.0], [13.0]]

    def test_the_bandwidth_is_the_median_squared_distance(self) -> None:
        # Distances 1, 3 and 2 between 0, 1 and 3.
        assert median_bandwidth(np.array([[0.0], [1.0], [3.0]])) == pytest.approx(4.0)

    def test_one_image_has_a_bandwidth_too(self) -> None:
        assert median_bandwidth(np.array([[5.0]])) == 1.0

    def test_likeness_falls_with_the_distance(self) -> None:
        found = rbf(np.array([[0.0]]), np.array([[0.0], [2.0]]), bandwidth=4.0)
        assert found[0].tolist() == pytest.approx([1.0, math.exp(-1)])


class TestInBlocks:
    """A reference has two thousand films: not all of them are compared at once."""

    points = np.random.default_rng(1).normal(size=(3 * BLOCK + 7, 5))

    def test_the_bandwidth_is_that_of_all_pairs(self) -> None:
        every = squared_distances(self.points, self.points)
        pairs = every[np.triu_indices(len(self.points), 1)]

        assert median_bandwidth(self.points) == pytest.approx(float(np.median(pairs)), rel=1e-12)

    @pytest.mark.parametrize("n", [0, 1, BLOCK, BLOCK + 1])
    def test_likenesses_are_summed_as_if_all_were_there(self, n: int) -> None:
        weights = np.random.default_rng(2).uniform(size=(len(self.points), 3))
        some = self.points[:n]

        found = summed_likeness(some, self.points, weights, bandwidth=4.0)

        assert found.shape == (n, 3)
        assert np.allclose(found, rbf(some, self.points, bandwidth=4.0) @ weights, rtol=1e-12)

    def test_no_matrix_of_all_pairs_is_made(self) -> None:
        points = np.random.default_rng(3).normal(size=(1500, 5))
        tracemalloc.start()

        bandwidth = median_bandwidth(points)
        summed_likeness(points, points, np.ones((1500, 2)), bandwidth=bandwidth)

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # The distances of different rows, and a block of 128 some times over.
        assert peak < 8 * 1500 * 1500


class TestMeanDiscrepancy:
    def test_it_is_what_the_definition_gives(self) -> None:
        """Two films at 0 and 1 against a group at 0 and 3, bandwidth 1, without likeness of a film
        to itself: e^-1 - 2 (1 + e^-9 + e^-1 + e^-4) / 4 + e^-9."""
        own, cross, group = np.exp(-1.0), (1 + np.exp(-9) + np.exp(-1) + np.exp(-4)) / 4, np.exp(-9)

        found = squared_mmd(
            np.array([own]), np.array([[cross]]), np.array([[1.0]]), np.array([[group]])
        )

        assert found[0] == pytest.approx(
            math.exp(-1) - (1 + math.exp(-9) + math.exp(-1) + math.exp(-4)) / 2 + math.exp(-9)
        )

    def test_a_sample_that_is_the_group_lies_at_zero(self) -> None:
        points = np.array([[0.0], [1.0], [2.5]])
        mean = rbf(points, points, bandwidth=2.0).mean()
        found = squared_mmd(
            np.array([mean]), np.array([[mean]]), np.array([[1.0]]), np.array([[mean]])
        )
        assert found[0] == pytest.approx(0, abs=1e-12)


class TestMixture:
    def test_weights_are_found_again(self) -> None:
        groups = np.random.default_rng(0).normal(size=(3, 20))
        expected = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
        gram = groups @ groups.T

        found = mixture_weights(gram, expected @ gram)

        np.testing.assert_allclose(found, expected, atol=1e-3)

    def test_of_two_groups_the_nearer_one_has_all_where_no_mixture_is_nearer(self) -> None:
        # On a line: groups at 1 and 2, the sample at 0.
        gram, cross = np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([[0.0, 0.0]])
        np.testing.assert_allclose(mixture_weights(gram, cross), [[1.0, 0.0]], atol=1e-6)

    @pytest.mark.parametrize(
        ("row", "nearest"),
        [([0.5, 0.5], [0.5, 0.5]), ([2.0, 0.0], [1.0, 0.0]), ([0.6, 0.6], [0.5, 0.5]),
         ([-1.0, 0.2], [0.0, 1.0])],
    )  # fmt: skip
    def test_the_nearest_weights_on_the_simplex(
        self, row: list[float], nearest: list[float]
    ) -> None:
        assert on_simplex(np.array([row]))[0].tolist() == pytest.approx(nearest)


class TestKolmogorovSmirnov:
    GRID = np.array([1.0, 2.0, 3.0, 4.0])

    def test_shares_are_those_at_or_below(self) -> None:
        assert cumulative_shares(np.array([1.0, 2.0, 2.0, 9.0]), self.GRID).tolist() == [
            0.25, 0.75, 0.75, 0.75,
        ]  # fmt: skip

    def test_against_one_group_it_is_the_largest_gap(self) -> None:
        sample = cumulative_shares(np.array([1.0, 1.0, 3.0, 4.0]), self.GRID)
        group = cumulative_shares(np.array([1.0, 2.0, 3.0, 4.0]), self.GRID)
        assert ks_to_mixture(sample[np.newaxis], group[np.newaxis])[0] == pytest.approx(0.25)

    def test_a_mixture_of_two_groups_is_no_gap_at_all(self) -> None:
        groups = np.stack([cumulative_shares(np.full(5, value), self.GRID) for value in (1.0, 3.0)])
        mixed = 0.3 * groups[0] + 0.7 * groups[1]
        assert ks_to_mixture(mixed[np.newaxis], groups)[0] == pytest.approx(0, abs=1e-3)
        # Half of the films lie where no group has any.
        beyond = cumulative_shares(np.array([1.0, 4.0]), self.GRID)
        assert ks_to_mixture(beyond[np.newaxis], groups)[0] > 0.2
