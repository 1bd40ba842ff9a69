"""A last layer is brought back to how kinds were told, on features that have changed."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import logsumexp, softmax

from api.evaluation.kind_correction import kind_correction

Logits = npt.NDArray[np.float64]
NORMAL = 1
FILMS, WIDTH = 300, 40


@pytest.fixture(scope="module")
def images() -> tuple[Logits, Logits, Logits, Logits]:
    """Features before and after a change, and the two last layers; both tell four classes."""
    rng = np.random.default_rng(0)
    before = rng.normal(size=(FILMS, WIDTH))
    after = before @ (np.eye(WIDTH) + rng.normal(0, 0.05, (WIDTH, WIDTH)))
    layer = rng.normal(0, 0.6, (WIDTH, 4))
    drifted = layer.copy()
    drifted[:, 3] += 0.3 * layer[:, 2]
    return before, after, layer, drifted


def kinds(logits: Logits) -> Logits:
    return np.asarray(softmax(np.delete(logits, NORMAL, axis=1), axis=1))


def odds(logits: Logits) -> Logits:
    """(n,) of any finding, as a logarithm."""
    return np.asarray(logsumexp(np.delete(logits, NORMAL, axis=1), axis=1) - logits[:, NORMAL])


class TestCorrecting:
    def test_films_with_no_part_in_it_are_told_apart_as_before(
        self, images: tuple[Logits, Logits, Logits, Logits]
    ) -> None:
        before, after, layer, drifted = images
        usual, now = before @ layer, after @ drifted
        seen, others = slice(0, 200), slice(200, None)

        kernel, biases = kind_correction(after[seen], now[seen], usual[seen], negative_index=NORMAL)
        mended = now + after @ kernel + biases

        apart = [np.abs(kinds(values) - kinds(usual))[others].mean() for values in (now, mended)]
        assert apart[1] < apart[0] / 2

    def test_the_odds_of_a_finding_stay_on_average(
        self, images: tuple[Logits, Logits, Logits, Logits]
    ) -> None:
        before, after, layer, drifted = images
        now = after @ drifted

        kernel, biases = kind_correction(after, now, before @ layer, negative_index=NORMAL)
        added = after @ kernel + biases

        own = np.delete(added, NORMAL, axis=1)
        # Without what is added to all kinds alike.
        between = np.insert(own - own.mean(axis=1, keepdims=True), NORMAL, 0, axis=1)
        assert added[:, NORMAL] == pytest.approx(0)
        assert odds(now + added).mean() == pytest.approx(odds(now).mean(), abs=1e-6)
        assert abs((odds(now + between) - odds(now)).mean()) > 0.05

    def test_a_bias_alone_is_taken_back_exactly(
        self, images: tuple[Logits, Logits, Logits, Logits]
    ) -> None:
        before, _, layer, _ = images
        usual = before @ layer

        kernel, biases = kind_correction(
            before, usual + np.array([0.5, 0, -0.5, 0]), usual, negative_index=NORMAL
        )

        assert kinds(usual) == pytest.approx(
            kinds(usual + np.array([0.5, 0, -0.5, 0]) + before @ kernel + biases)
        )

    def test_what_was_held_to_be_healthy_hardly_counts(self) -> None:
        # Two groups without features: sure findings lean one way, healthy films the other.
        usual = np.array([[3.0, -9.0, 0.0]] * 5 + [[0.0, 9.0, 3.0]] * 5)
        now = np.array([[0.0, -9.0, 0.0]] * 5 + [[0.0, 9.0, 0.0]] * 5)

        _, biases = kind_correction(np.zeros((10, 2)), now, usual, negative_index=NORMAL)

        assert biases[0] - biases[2] == pytest.approx(3 * (1 - 0.02) / (1 + 0.02), abs=1e-3)

    @pytest.mark.parametrize(("count", "classes"), [(0, 4), (5, 2)])
    def test_of_no_films_or_one_kind_nothing_is_corrected(self, count: int, classes: int) -> None:
        rng = np.random.default_rng(1)
        logits, usual = rng.normal(size=(2, count, classes))

        kernel, biases = kind_correction(np.ones((count, 3)), logits, usual, negative_index=NORMAL)

        assert kernel.shape == (3, classes)
        assert not kernel.any()
        assert not biases.any()
