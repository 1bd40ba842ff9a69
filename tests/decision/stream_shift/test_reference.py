"""The known films beside a checkpoint's weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.decision.stream_shift.reference import (
    MAX_GROUP,
    KernelReference,
    channel,
    load_shift_reference,
    parse,
)
from api.errors import InvalidCheckpoint
from tests.decision.stream_shift import known_images
from tests.decision.stream_shift.known_images import ANNA, BERTA, drawn_images, reference


class TestFile:
    def test_it_comes_back(self) -> None:
        known = reference(ANNA, BERTA)

        found = parse(known.to_bytes())

        assert found.names == known.names
        np.testing.assert_array_equal(found.members, known.members)
        np.testing.assert_array_equal(found.images, known.images)
        np.testing.assert_allclose(found.scores, known.scores, rtol=1e-3, atol=1e-3)

    def test_another_file_is_refused(self, tmp_path: Path) -> None:
        known_images.write(tmp_path / "shift.npz", reference(ANNA))
        with pytest.raises(InvalidCheckpoint, match="not the one its card describes"):
            load_shift_reference(tmp_path / "shift.npz", sha256="0" * 64)

    def test_a_missing_file_is_refused_with_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidCheckpoint, match="Restore the file"):
            load_shift_reference(tmp_path / "shift.npz", sha256="0" * 64)


class TestGroups:
    def test_the_same_images_are_kept_once(self) -> None:
        known = reference(ANNA, n=20)
        again = known.with_group(known.names[0], drawn_images(20, level=ANNA, seed=0))
        assert len(again.images) == 20

    def test_a_new_group_is_added_and_a_large_one_has_no_more_room(self) -> None:
        known = reference(ANNA, n=20).with_group("new", drawn_images(400, level=BERTA, seed=1))
        assert known.names[-1] == "new"
        assert (known.members == known.names.index("new")).sum() == MAX_GROUP


class TestLikeness:
    def test_means_of_groups_leave_out_each_image_itself(self) -> None:
        known = reference(ANNA, BERTA, n=3)
        kernel = KernelReference(known)

        likeness = kernel.likeness(known.images)

        inside = likeness[:3, :3]
        assert kernel.gram[0, 0] == pytest.approx(inside.mean())
        assert kernel.unbiased_gram[0, 0] == pytest.approx((inside.sum() - 3) / 6)
        assert kernel.unbiased_gram[0, 1] == pytest.approx(likeness[:3, 3:].mean())

    def test_what_is_not_measured_makes_no_channel(self) -> None:
        assert channel(np.full(3, np.nan), np.zeros(3, np.int64)) is None

    def test_a_figure_that_is_the_same_in_all_images_is_no_difference_once_rounded(self) -> None:
        known = reference(ANNA, n=40)
        made = known.images.copy()
        made[:, 3] = -13.8155
        kernel = KernelReference(replace(known, images=made.astype(np.float16).astype(np.float32)))
        assert np.abs(kernel.standardised(made)[:, 3]).max() < 0.1
