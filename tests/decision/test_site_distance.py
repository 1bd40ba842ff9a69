"""Distances of how films were made, against what is computed by hand."""

import io

import numpy as np
import pytest

from api.decision.out_of_distribution import OodReference
from api.decision.references import References, parse
from api.decision.site_distance import SiteReference, site_reference_of

FEATURES = 3


def reference() -> SiteReference:
    """Two sources along the first feature, at 0 and at 10, with limits of 2 and of 1."""
    identity = np.eye(2, dtype=np.float32)
    return SiteReference(
        low=np.full(FEATURES, -100, np.float32),
        high=np.full(FEATURES, 100, np.float32),
        projection=np.eye(FEATURES, 2, dtype=np.float32),
        offset=np.zeros(2, np.float32),
        means=np.array([[0, 0], [10, 0]], np.float32),
        whitening=np.stack([identity / 2, identity]),
    )


def image(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float32)


class TestDistances:
    def test_each_is_in_units_of_the_sources_own_limit(self) -> None:
        assert reference().to_each(image(4, 0, 0))[0] == pytest.approx([2.0, 6.0])

    def test_the_nearest_source_counts(self) -> None:
        assert reference().distances(image(4, 0, 0)) == pytest.approx([2.0])
        assert reference().distances(image(10.5, 0, 0)) == pytest.approx([0.5])

    def test_features_that_no_direction_looks_at_do_not_count(self) -> None:
        assert reference().distances(image(0, 0, 77)) == pytest.approx([0.0])

    def test_one_feature_that_is_far_out_counts_as_much_as_its_bound(self) -> None:
        assert reference().distances(image(0, 1e9, 0)) == pytest.approx([50.0])

    def test_the_offset_is_taken_away_after_projecting(self) -> None:
        moved = reference()
        shifted = SiteReference(
            moved.low, moved.high, moved.projection, np.array([1, 0], np.float32), moved.means,
            moved.whitening,
        )  # fmt: skip
        assert shifted.distances(image(1, 0, 0)) == pytest.approx([0.0])


class TestAFurtherSource:
    def test_images_like_it_become_familiar_and_others_stay(self) -> None:
        before = reference()
        after = before.with_source(np.array([50, 0], np.float32), np.eye(2, dtype=np.float32))

        assert before.distances(image(50, 0, 0))[0] > 1
        assert after.distances(image(50, 0, 0)) == pytest.approx([0.0])
        assert after.distances(image(10.5, 0, 0)) == pytest.approx([0.5])


class TestTheFile:
    def test_it_is_kept_exactly_beside_the_other_reference(self) -> None:
        ood = OodReference(*np.eye(3, dtype=np.float32)[:, np.newaxis])

        found = parse(References(ood, reference()).to_bytes())

        assert found.site is not None
        for name, value in reference().to_arrays().items():
            assert np.array_equal(found.site.to_arrays()[name], value)
        assert np.array_equal(found.ood.bank, ood.bank)

    def test_a_file_of_a_former_release_has_none(self) -> None:
        ood = OodReference(*np.eye(3, dtype=np.float32)[:, np.newaxis])
        assert parse(References(ood).to_bytes()).site is None

    def test_half_of_one_is_none(self) -> None:
        arrays = reference().to_arrays()
        del arrays["site_means"]
        with pytest.raises(KeyError):
            site_reference_of(arrays)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        with pytest.raises((KeyError, TypeError)):
            parse(buffer.getvalue())
