"""One meaning of a pixel."""

import numpy as np
import pytest
from pydantic import ValidationError

from api.inputs.images import Limits, decode
from api.inputs.phantom import FINDINGS, phantom
from api.inputs.preprocessing import PreprocessingSpec, grey_percentiles
from api.tasks.task import Finding, Task
from tests import films

SPEC = PreprocessingSpec(window_low=0.01, window_high=0.99)


class TestApplying:
    @pytest.mark.parametrize("shape", [(224, 224), (32, 2000), (1000, 700), (225, 223)])
    def test_any_size_becomes_what_the_network_takes(self, shape: tuple[int, int]) -> None:
        image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)

        result = SPEC.apply(image)

        assert result.shape == (224, 224, 1)
        assert result.dtype == np.float32

    def test_a_film_fills_the_range_from_minus_one_to_one(self) -> None:
        result = SPEC.apply(phantom("lobar", seed=1))

        assert result.min() == pytest.approx(-1, abs=1e-6)
        assert result.max() == pytest.approx(1, abs=1e-6)

    def test_it_is_resizing_and_then_normalising(self) -> None:
        image = phantom("reticular", seed=3)

        assert np.array_equal(SPEC.apply(image), SPEC.normalise(SPEC.resize(image)))

    def test_height_and_width_are_not_confused(self) -> None:
        spec = PreprocessingSpec(height=64, width=128)

        assert spec.apply(phantom("clear", seed=0)).shape == (64, 128, 1)

    def test_the_tasks_scale_maps_0_and_255_to_the_ends(self, task: Task) -> None:
        spec = PreprocessingSpec.model_validate(task.preprocessing)
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

    def test_a_film_of_one_grey_gives_numbers(self) -> None:
        for level in (0, 128, 255):
            assert np.isfinite(SPEC.apply(np.full((300, 300), level, dtype=np.uint8))).all()

    def test_a_large_and_a_small_export_of_a_film_mean_nearly_the_same(self) -> None:
        large = decode(films.encoded(films.film(size_px=1792), "JPEG", quality=95), Limits())
        small = decode(films.encoded(films.film(size_px=1792).reduce(4), "PNG"), Limits())

        assert np.abs(SPEC.apply(large) - SPEC.apply(small)).mean() < 0.02


class TestTheWindow:
    @pytest.mark.parametrize(("gain", "shift"), [(0.5, 0.0), (0.5, 100.0), (0.75, 30.0)])
    def test_exposure_does_not_matter(self, gain: float, shift: float) -> None:
        image = SPEC.resize(phantom("lobar", seed=2))
        exposed = np.round(image * gain + shift).astype(np.uint8)

        # Rounding to whole grey levels is all that is left of the difference.
        assert np.abs(SPEC.normalise(image) - SPEC.normalise(exposed)).max() < 4 / 127.5 / gain

    def test_burnt_in_white_text_does_not_matter(self) -> None:
        image = (SPEC.resize(phantom("lobar", seed=2)) * 0.6).astype(np.uint8)
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
        image = phantom(finding, seed=9)

        low, high = np.percentile(
            image, [window[0] * 100, window[1] * 100], method="inverted_cdf"
        ).tolist()

        assert grey_percentiles(image, *window) == (low, high)

    def test_of_everything_they_are_the_darkest_and_the_brightest_level(self) -> None:
        image = np.full((10, 10), 100, dtype=np.uint8)
        image[0, 0] = 40

        assert grey_percentiles(image, 0.0, 1.0) == (40, 100)


class TestTheSpec:
    @pytest.mark.parametrize("values", [{"height": 8}, {"window_high": 1.5}, {"gamma": 1.0}])
    def test_nonsense_is_refused(self, values: dict[str, float]) -> None:
        with pytest.raises(ValidationError):
            PreprocessingSpec.model_validate(values)
