"""How a film was made, told from its pixels."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from api.arrays import ByteArray, Float32Array
from api.inputs.images.acquisition import (
    BANDS,
    FIRST_ANISOTROPY,
    N_FEATURES,
    PERCENTILES,
    acquisition_features,
)
from api.inputs.images.synthetic import synthetic_image

SPECTRUM = slice(len(PERCENTILES) + 2, len(PERCENTILES) + 2 + BANDS)
ANISOTROPY = slice(SPECTRUM.stop, SPECTRUM.stop + len(range(FIRST_ANISOTROPY, BANDS + 1, 2)))
BORDERS = slice(ANISOTROPY.stop, ANISOTROPY.stop + 8)


@pytest.fixture
def xray() -> ByteArray:
    noise = np.random.default_rng(0).normal(0, 6, (224, 224))
    picture = Image.fromarray(synthetic_image("lobar", seed=1)).resize((224, 224))
    return np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8)


def features(image: ByteArray) -> Float32Array:
    found = acquisition_features(image)
    assert found.shape == (N_FEATURES,)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    return found


class TestFeatures:
    def test_percentiles_are_grey_levels(self, xray: ByteArray) -> None:
        expected = np.percentile(xray, PERCENTILES, method="inverted_cdf")
        assert features(xray)[: len(PERCENTILES)] == pytest.approx(expected, abs=1)

    def test_black_and_white_are_shares_of_all_pixels(self, xray: ByteArray) -> None:
        xray[:56] = 0
        xray[56:84] = 255
        black, white = features(xray)[len(PERCENTILES) : len(PERCENTILES) + 2]
        assert black >= 0.25
        assert white >= 0.125

    def test_a_blurred_image_has_less_power_in_the_finest_bands_only(self, xray: ByteArray) -> None:
        blurred = np.asarray(Image.fromarray(xray).filter(ImageFilter.GaussianBlur(2)))
        fall = features(xray)[SPECTRUM] - features(blurred)[SPECTRUM]
        assert fall[-4:].min() > 2
        assert np.abs(fall[:4]).max() < 0.5

    def test_power_does_not_hang_on_contrast(self, xray: ByteArray) -> None:
        fainter = (xray // 2).astype(np.uint8)
        assert features(fainter)[SPECTRUM][:12] == pytest.approx(
            features(xray)[SPECTRUM][:12], abs=0.2
        )

    def test_rows_that_come_and_go_are_vertical_waves(self, xray: ByteArray) -> None:
        waves = 30 * np.sin(np.arange(224) * np.pi / 2)[:, np.newaxis]
        lined = np.clip(xray + waves, 0, 255).astype(np.uint8)
        rise = features(lined)[ANISOTROPY] - features(xray)[ANISOTROPY]
        assert rise.max() > 2
        turned = features(np.ascontiguousarray(lined.T))[ANISOTROPY] - features(xray.T)[ANISOTROPY]
        assert turned.min() < -2

    def test_borders_are_told_apart(self, xray: ByteArray) -> None:
        xray[:, :9] = 0
        means = features(xray)[BORDERS][::2]
        assert means[2] == 0
        assert means[3] > 0


class TestSizes:
    def test_a_larger_image_is_brought_to_size(self, xray: ByteArray) -> None:
        large = np.asarray(Image.fromarray(xray).resize((896, 896), Image.Resampling.BICUBIC))
        percentiles = slice(0, len(PERCENTILES))
        assert features(large)[percentiles] == pytest.approx(features(xray)[percentiles], abs=25)

    def test_a_constant_picture_has_figures_too(self) -> None:
        features(np.full((224, 224), 7, dtype=np.uint8))
