"""Generated films."""

import numpy as np
import pytest

from api.inputs.images.decoding import Limits, decode
from api.inputs.images.synthetic import FINDINGS, synthetic_image, synthetic_png
from api.tasks.labels import Finding


class TestDrawing:
    @pytest.mark.parametrize("finding", FINDINGS)
    def test_the_same_arguments_give_the_same_pixels(self, finding: Finding) -> None:
        assert np.array_equal(synthetic_image(finding, seed=4), synthetic_image(finding, seed=4))

    @pytest.mark.parametrize("finding", FINDINGS)
    def test_another_seed_is_another_image(self, finding: Finding) -> None:
        assert not np.array_equal(
            synthetic_image(finding, seed=4), synthetic_image(finding, seed=5)
        )

    def test_it_is_a_grey_square_of_the_asked_size(self) -> None:
        image = synthetic_image("clear", seed=1, size_px=100)

        assert image.shape == (100, 100)
        assert image.dtype == np.uint8

    def test_findings_brighten_the_lungs(self) -> None:
        lungs = (slice(110, 230), slice(40, 280))
        brightness = {
            finding: np.mean([synthetic_image(finding, seed=s)[lungs].mean() for s in range(20)])
            for finding in FINDINGS
        }

        assert min(brightness, key=lambda finding: float(brightness[finding])) == "clear"

    def test_streaks_have_more_edges_than_a_lobar_shadow(self) -> None:
        def edges(finding: Finding) -> float:
            return float(
                np.mean(
                    [
                        np.abs(np.diff(synthetic_image(finding, seed=s).astype(int), axis=1)).mean()
                        for s in range(10)
                    ]
                )
            )

        assert edges("reticular") > 1.1 * edges("lobar")

    def test_a_png_holds_exactly_the_image(self) -> None:
        content = synthetic_png("peripheral", seed=8)

        assert np.array_equal(decode(content, Limits()), synthetic_image("peripheral", seed=8))
