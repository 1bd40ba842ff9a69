"""One meaning of a pixel."""

import numpy as np
import pytest
from pydantic import ValidationError

from api.inputs.images.decoding import Limits, decode
from api.inputs.images.preprocessing import PreprocessingSpec, grey_counts, grey_percentiles
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.tasks.labels import Finding
from api.tasks.task import Task
from tests.support import images

SPEC = PreprocessingSpec(window_low=0.01, window_high=0.99)


class TestApplying:
    @pytest.mark.parametrize("shape", [(224, 224), (32, 2000), (1000, 700), (225, 223)])
    def test_any_size_becomes_what_the_network_takes(self, shape: tuple[int, int]) -> None:
        image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)

        result = SPEC.apply(image)

        assert result.shape == (224, 224, 1)
        assert result.dtype == np.float32

    def test_an_image_fills_the_range_from_minus_one_to_one(self) -> None:
        result = SPEC.apply(synthetic_image("lobar", seed=1))

        assert result.min() == pytest.approx(-1, abs=1e-6)
        assert result.max() == pytest.approx(1, abs=1e-6)

    def test_without_stretching_each_grey_level_has_one_meaning(self) -> None:
        spec = PreprocessingSpec(stretch=False, window_low=0.01, scale=1 / 255, offset=0.0)
        dull = np.full((224, 224), 100, dtype=np.uint8)
        dull[0, 0] = 50

        result = spec.apply(dull)

        assert result[0, 0, 0] == pytest.approx(50 / 255)
        assert result[9, 9, 0] == pytest.approx(100 / 255)

    def test_it_is_resizing_and_then_normalising(self) -> None:
        image = synthetic_image("reticular", seed=3)

        assert np.array_equal(SPEC.apply(image), SPEC.normalise(SPEC.resize(image)))

    def test_height_and_width_are_not_confused(self) -> None:
        spec = PreprocessingSpec(height=64, width=128)

        assert spec.apply(synthetic_image("clear", seed=0)).shape == (64, 128, 1)

    def test_the_tasks_scale_maps_0_and_255_to_the_ends(self, task: Task) -> None:
        spec = PreprocessingSpec.model_validate(task.preprocessing | {"local_contrast": 0})
        ramp = np.repeat(np.arange(256, dtype=np.uint8), 196).reshape(224, 224)

        result = spec.normalise(ramp)

        assert result.min() == pytest.approx(-1, abs=1e-6)
        assert result.max() == pytest.approx(1, abs=1e-6)

    def test_a_window_over_everything_reaches_from_the_darkest_to_the_brightest(self) -> None:
        image = np.full((224, 224), 75, dtype=np.uint8)
        image[:112] = 150

        result = PreprocessingSpec().normalise(image)

        assert result[0, 0, 0] == pytest.approx(1)
        assert result[223, 0, 0] == pytest.approx(-1)

    def test_an_image_of_one_grey_gives_numbers(self) -> None:
        for level in (0, 128, 255):
            assert np.isfinite(SPEC.apply(np.full((300, 300), level, dtype=np.uint8))).all()

    def test_a_large_and_a_small_export_of_an_image_mean_nearly_the_same(self) -> None:
        large = decode(images.encoded(images.image(size_px=1792), "JPEG", quality=95), Limits())
        small = decode(images.encoded(images.image(size_px=1792).reduce(4), "PNG"), Limits())

        assert np.abs(SPEC.apply(large) - SPEC.apply(small)).mean() < 0.02


class TestTheWindow:
    @pytest.mark.parametrize(("gain", "shift"), [(0.5, 0.0), (0.5, 100.0), (0.75, 30.0)])
    def test_exposure_does_not_matter(self, gain: float, shift: float) -> None:
        image = SPEC.resize(synthetic_image("lobar", seed=2))
        exposed = np.round(image * gain + shift).astype(np.uint8)

        # Rounding to whole grey levels is all that is left of the difference.
        assert np.abs(SPEC.normalise(image) - SPEC.normalise(exposed)).max() < 4 / 127.5 / gain

    def test_burnt_in_white_text_does_not_matter(self) -> None:
        image = (SPEC.resize(synthetic_image("lobar", seed=2)) * 0.6).astype(np.uint8)
        marked = image.copy()
        marked[4:10, 4:40] = 255

        def change(spec: PreprocessingSpec) -> float:
            return float(np.abs(spec.normalise(image) - spec.normalise(marked))[20:].max())

        assert change(SPEC) < 0.15
        assert change(PreprocessingSpec()) > 0.6

    def test_order_of_grey_levels_is_kept(self) -> None:
        ramp = np.repeat(np.arange(256, dtype=np.uint8), 196).reshape(224, 224)

        assert (np.diff(SPEC.normalise(ramp).ravel()) >= 0).all()


class TestPercentiles:
    @pytest.mark.parametrize("finding", FINDINGS)
    @pytest.mark.parametrize("window", [(0.01, 0.99), (0.25, 0.5), (0.5, 1.0)])
    def test_they_are_numpys(self, finding: Finding, window: tuple[float, float]) -> None:
        image = synthetic_image(finding, seed=9)

        low, high = np.percentile(
            image, [window[0] * 100, window[1] * 100], method="inverted_cdf"
        ).tolist()

        assert grey_percentiles(grey_counts(image), *window) == (low, high)

    def test_of_everything_they_are_the_darkest_and_the_brightest_level(self) -> None:
        image = np.full((10, 10), 100, dtype=np.uint8)
        image[0, 0] = 40

        assert grey_percentiles(grey_counts(image), 0.0, 1.0) == (40, 100)


class TestTheSpec:
    @pytest.mark.parametrize("values", [{"height": 8}, {"window_high": 1.5}, {"gamma": 1.0}])
    def test_nonsense_is_refused(self, values: dict[str, float]) -> None:
        with pytest.raises(ValidationError):
            PreprocessingSpec.model_validate(values)


class TestLocalContrast:
    LOCAL = PreprocessingSpec(window_low=0.01, window_high=0.99, local_contrast=0.1)

    @pytest.mark.parametrize(("gain", "shift"), [(0.5, 0.0), (0.5, 100.0), (0.75, 30.0)])
    def test_exposure_does_not_matter(self, gain: float, shift: float) -> None:
        image = SPEC.resize(synthetic_image("lobar", seed=2))
        exposed = np.round(image * gain + shift).astype(np.uint8)

        plain, other = self.LOCAL.normalise(image), self.LOCAL.normalise(exposed)

        # What is left is rounding to whole grey levels, larger where there is little contrast.
        assert np.abs(plain - other).mean() < 0.03
        assert np.corrcoef(plain.ravel(), other.ravel())[0, 1] > 0.995

    def test_uneven_exposure_matters_far_less_than_without(self) -> None:
        image = SPEC.resize(synthetic_image("lobar", seed=2)) * 0.6
        ramp = np.linspace(0, 90, 224)
        plain, uneven = image.astype(np.uint8), (image + ramp).astype(np.uint8)

        def change(spec: PreprocessingSpec) -> float:
            return float(np.abs(spec.normalise(plain) - spec.normalise(uneven)).mean())

        assert change(self.LOCAL) < change(SPEC) / 2

    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_a_flat_picture_stays_flat(self, level: int) -> None:
        result = self.LOCAL.apply(np.full((300, 200), level, dtype=np.uint8))

        assert result == pytest.approx(0, abs=1e-4)

    def test_faint_noise_is_not_blown_up(self) -> None:
        # Where a film is black, its last grey level is noise.
        rng = np.random.default_rng(1)
        image = np.zeros((224, 224), dtype=np.uint8)
        image[:, 112:] = rng.integers(0, 256, (224, 112))
        image[:, :80] = rng.integers(0, 3, (224, 80))

        result = self.LOCAL.normalise(image)

        assert result[:, :40].std() < 0.15
        assert result[:, 150:].std() > 0.3

    @pytest.mark.parametrize("finding", FINDINGS)
    def test_it_stays_within_the_range_and_uses_it(self, finding: Finding) -> None:
        result = self.LOCAL.apply(synthetic_image(finding, seed=4))

        assert result.shape == (224, 224, 1)
        assert result.dtype == np.float32
        assert -1 <= result.min() < -0.6
        assert 0.6 < result.max() <= 1
        assert abs(float(result.mean())) < 0.15

    @pytest.mark.parametrize(("height", "width"), [(64, 128), (128, 64), (33, 250)])
    def test_splits_may_differ(self, height: int, width: int) -> None:
        spec = self.LOCAL.model_copy(update={"height": height, "width": width})

        result = spec.apply(synthetic_image("reticular", seed=1))

        assert result.shape == (height, width, 1)
        assert np.isfinite(result).all()

    def test_rows_and_columns_are_treated_alike(self) -> None:
        image = np.random.default_rng(1).integers(0, 256, (96, 160), dtype=np.uint8)
        upright = self.LOCAL.model_copy(update={"height": 96, "width": 160})
        lying = self.LOCAL.model_copy(update={"height": 160, "width": 96})

        assert lying.normalise(image.T)[..., 0] == pytest.approx(
            upright.normalise(image)[..., 0].T, abs=1e-4
        )

    @pytest.mark.parametrize("width", [0.05, 0.1, 0.3])
    def test_it_is_the_distance_from_the_local_mean_in_local_deviations(self, width: float) -> None:
        spec = self.LOCAL.model_copy(update={"local_contrast": width})
        image = spec.resize(synthetic_image("lobar", seed=2))

        result = spec.normalise(image)[..., 0]

        # The same by the paper's formula, without the coarse grid.
        places = np.arange(224.0)
        weights = np.exp(-(((places[:, np.newaxis] - places) / (224 * width)) ** 2) / 2)
        weights /= weights.sum(axis=1, keepdims=True)
        low, high = grey_percentiles(grey_counts(image), 0.01, 0.99)
        stretched = np.clip((image.astype(float) - low) * 255 / (high - low), 0, 255)
        gaps = stretched - weights @ stretched @ weights.T
        deviations = gaps / np.sqrt(weights @ gaps**2 @ weights.T + 8.0**2)
        assert result == pytest.approx(np.clip(deviations / 2.5, -1, 1), abs=0.02)

    @pytest.mark.parametrize("width", [1e-6, 0.019])
    def test_a_neighbourhood_without_neighbours_is_refused(self, width: float) -> None:
        with pytest.raises(ValidationError, match=r"must be 0 \(off\) or at least 0\.02"):
            PreprocessingSpec(local_contrast=width)

    @pytest.mark.parametrize("side", [32, 224, 2048])
    def test_the_narrowest_neighbourhood_has_a_mean_everywhere(self, side: int) -> None:
        spec = PreprocessingSpec(height=side, width=side, local_contrast=0.02)

        assert np.isfinite(spec.apply(synthetic_image("lobar", seed=1))).all()

    def test_specs_of_old_mean_what_they_meant(self) -> None:
        old = PreprocessingSpec.model_validate({"window_low": 0.01, "window_high": 0.99})
        image = old.resize(synthetic_image("lobar", seed=1))
        low, high = grey_percentiles(grey_counts(image), 0.01, 0.99)

        stretched = np.clip((image.astype(np.float32) - low) * (255 / (high - low)), 0, 255)

        assert old.local_contrast == 0
        assert old.normalise(image)[..., 0] == pytest.approx(stretched / 127.5 - 1, abs=1e-5)
