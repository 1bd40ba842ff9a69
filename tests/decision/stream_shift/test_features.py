"""What is stored with an answer."""

import math

import numpy as np
import pytest

from api.decision.stream_shift.features import (
    BYTES,
    OOD,
    SCORE,
    STATISTICS,
    log_odds,
    packed,
    statistics,
    unpacked,
)
from api.inputs.images.acquisition import N_FEATURES, acquisition_features
from api.inputs.images.synthetic import synthetic_image

IMAGE = acquisition_features(synthetic_image("lobar", seed=1))


class TestStored:
    def test_it_is_small_and_comes_back_in_half_precision(self) -> None:
        content = packed(IMAGE, score=0.75, ood_score=1.5)

        assert len(content) == BYTES <= 200
        (found,) = unpacked([content])
        np.testing.assert_allclose(found[:N_FEATURES], IMAGE, rtol=2e-3, atol=2e-3)
        assert found[SCORE] == pytest.approx(math.log(3), abs=1e-3)
        assert found[OOD] == pytest.approx(1.5)

    def test_a_distance_that_is_not_measured_is_none(self) -> None:
        assert math.isnan(unpacked([packed(IMAGE, score=0.5, ood_score=None)])[0, OOD])

    def test_of_no_answers_there_is_nothing(self) -> None:
        assert unpacked([]).shape == (0, N_FEATURES + 2)

    @pytest.mark.parametrize("score", [0.0, 1.0, 1e-300])
    def test_certain_scores_are_finite(self, score: float) -> None:
        assert math.isfinite(log_odds(score))
        assert abs(log_odds(score)) <= 16.1


class TestFigures:
    def test_a_darker_image_has_less_exposure_and_one_with_lighter_borders_more_of_those(
        self,
    ) -> None:
        image = synthetic_image("lobar", seed=1)
        framed = image.copy()
        framed[:, :40] = framed[:, -40:] = framed[:40] = framed[-40:] = 255
        features = np.stack([acquisition_features(i) for i in (image, image // 2, framed)])

        found = statistics(features)

        assert set(found) == set(STATISTICS) - {"score", "unlikeness"}
        assert found["exposure"][1] < found["exposure"][0]
        assert found["contrast"][1] < found["contrast"][0]
        assert found["borders"][2] > found["borders"][0] + 20
