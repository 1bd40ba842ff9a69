"""Which classes are left open, by split-conformal prediction within each class."""

import numpy as np
import pytest

from api.evaluation.kinds import MIN_IMAGES, kind_rule

CLASSES = ("Ill A", "Healthy", "Ill B")


def rule(probabilities: list[list[float]], targets: list[int], coverage: float = 0.9):  # type: ignore[no-untyped-def]
    return kind_rule(
        np.array(probabilities),
        np.array(targets),
        CLASSES,
        negative_index=1,
        coverage=coverage,
        chosen_on="validation",
    )


class TestKindRule:
    def test_the_least_share_is_the_rank_that_keeps_the_coverage(self) -> None:
        # Of class A, shares of the finding of 1/40, 2/40 … 39/40; half of each film is healthy.
        shares = np.arange(1, 40) / 40
        probabilities = [[share / 2, 0.5, (1 - share) / 2] for share in shares]

        found = rule(probabilities, [0] * 39)

        # floor(40 * 0.1) = 4: the fourth smallest.
        assert found.min_shares["Ill A"] == pytest.approx(4 / 40)
        assert found.min_shares["Ill B"] == 0.0
        assert "Healthy" not in found.min_shares

    def test_new_images_keep_their_class_as_often_as_said(self) -> None:
        rng = np.random.default_rng(0)

        def drawn(n: int) -> np.ndarray:
            shares = rng.beta(4, 1, n)
            return np.stack([shares * 0.8, np.full(n, 0.2), (1 - shares) * 0.8], axis=1)

        found = rule(drawn(400).tolist(), [0] * 400)

        new = drawn(4000)
        left_open = new[:, 0] / 0.8 >= found.min_shares["Ill A"]
        assert left_open.mean() == pytest.approx(0.9, abs=0.03)

    def test_coarse_labels_and_few_images_tell_nothing(self) -> None:
        n = MIN_IMAGES - 1
        assert rule([[0.8, 0.1, 0.1]] * (n + 50), [0] * n + [-1] * 50) is None
