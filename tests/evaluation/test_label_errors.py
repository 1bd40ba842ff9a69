"""Labels that the other films contradict, on points in as many dimensions as features have."""

import numpy as np
import numpy.typing as npt
import pytest

from api.evaluation.label_errors import find_label_errors

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]


FEATURES = 600


def clusters(per_class: int, *, seed: int, classes: int = 3) -> tuple[FloatArray, IntArray]:
    """Well separated points, and which cloud each is from."""
    rng = np.random.default_rng(seed)
    targets = np.repeat(np.arange(classes), per_class)
    centres = np.random.default_rng(0).normal(0, 0.5, (classes, FEATURES))
    return centres[targets] + rng.normal(0, 1, (len(targets), FEATURES)), targets


def flipped(targets: IntArray, share: float, *, seed: int = 0) -> tuple[IntArray, set[int]]:
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(targets))[: round(share * len(targets))]
    wrong = targets.copy()
    wrong[rows] = (targets[rows] + 1) % 3
    return wrong, set(rows.tolist())


class TestLabelIssues:
    def test_clean_labels_raise_none(self) -> None:
        issues = find_label_errors(*clusters(30, seed=1), *clusters(30, seed=2))

        assert issues.rows == ()
        assert (issues.n, issues.share, issues.low) == (90, 0.0, 0.0)

    @pytest.mark.parametrize("share", [0.1, 0.3])
    def test_flipped_labels_are_found(self, share: float) -> None:
        features, targets = clusters(60, seed=1)
        wrong, rows = flipped(targets, share)

        issues = find_label_errors(features, wrong, *clusters(60, seed=2))

        assert set(issues.rows) == rows
        expected = {
            row: found for row, (found, _) in zip(issues.rows, issues.expected, strict=True)
        }
        assert expected == {row: targets[row] for row in rows}
        assert all(0.5 <= share <= 1 for _, share in issues.expected)
        assert issues.low < issues.share == pytest.approx(share, abs=0.01)

    def test_the_bound_is_the_exact_one(self) -> None:
        features, targets = clusters(20, seed=1)
        wrong, rows = flipped(targets, 0.1)

        issues = find_label_errors(features, wrong, *clusters(60, seed=2))

        assert len(rows) == len(issues.rows) == 6
        # Clopper and Pearson, 6 of 60, one-sided 95 %.
        assert issues.low == pytest.approx(0.0445, abs=0.001)

    def test_a_new_site_whose_images_look_different_is_no_poison(self) -> None:
        """The known films say nothing about it; its own say that it is consistent."""
        features, targets = clusters(40, seed=1)
        elsewhere = np.roll(features, 100, axis=1) + 3

        assert find_label_errors(elsewhere, targets, *clusters(40, seed=2)).low < 0.1

    def test_where_nothing_can_be_told_apart_nothing_is_contradicted(self) -> None:
        rng = np.random.default_rng(3)
        targets = np.repeat(np.arange(4), 10)
        alike = rng.normal(0, 0.1, (40, FEATURES))

        assert find_label_errors(alike, targets, *clusters(30, seed=2, classes=4)).low < 0.1

    def test_a_class_of_one_image_hides_nothing_about_the_others(self) -> None:
        features, targets = clusters(60, seed=1)
        wrong, rows = flipped(targets, 0.3)
        rare = np.append(wrong, 7)

        issues = find_label_errors(
            np.append(features, features[:1], axis=0), rare, *clusters(60, seed=2)
        )

        assert set(issues.rows) == rows
        assert issues.n == len(targets)

    def test_too_few_images_of_a_class_say_nothing(self) -> None:
        features, targets = clusters(1, seed=1)
        issues = find_label_errors(features, targets, features, targets)

        assert (issues.n, issues.rows, issues.low) == (0, (), 0.0)
