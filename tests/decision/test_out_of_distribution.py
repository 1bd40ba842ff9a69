"""Distances to a reference that was written by hand, and its file."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from api.decision.out_of_distribution import OodReference, unit
from api.decision.references import References, load_references, parse
from api.errors import InvalidCheckpoint
from api.files import sha256_of
from tests.support.checkpoints import damage


def reference() -> OodReference:
    """Three features of which two count, the second with a spread of a half; two groups."""
    return OodReference(
        components=np.array([[1, 0], [0, 2], [0, 0]], dtype=np.float32),
        means=np.array([[0, 0], [8, 0]], dtype=np.float32),
        bank=unit(np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32)),
    )


def image(*features: float) -> np.ndarray:
    return np.array([features], dtype=np.float32)


def written(folder: Path, content: bytes) -> tuple[Path, str]:
    path = folder / "reference.npz"
    path.write_bytes(content)
    return path, sha256_of(path)


class TestMahalanobis:
    @pytest.mark.parametrize(
        ("features", "distance"),
        [
            ((0, 0, 0), 0.0),
            ((3, 0, 0), 3 / np.sqrt(2)),
            ((0, 2, 0), 4 / np.sqrt(2)),
            ((3, 2, 0), 5 / np.sqrt(2)),
            ((7, 0, 0), 1 / np.sqrt(2)),
            ((0, 0, 99), 0.0),
        ],
    )
    def test_it_is_to_the_nearest_group_in_spreads(
        self, features: tuple[float, ...], distance: float
    ) -> None:
        assert reference().mahalanobis(image(*features)) == pytest.approx([distance])

    def test_each_image_has_its_own(self) -> None:
        both = np.concatenate([image(0, 0, 0), image(3, 0, 0)])

        assert reference().mahalanobis(both) == pytest.approx([0, 3 / np.sqrt(2)])


class TestNearest:
    def test_it_is_the_angle_to_the_kth_image(self) -> None:
        # Of three stored films the tenth nearest is the last: (0, 1), at a right angle.
        assert reference().nearest(image(5, 0, 0)) == pytest.approx([1.0], abs=1e-6)

    def test_the_tenth_counts_not_the_first(self) -> None:
        towards, away = np.array([[1.0, 0.0]]), np.array([[-1.0, 0.0]])
        nine, ten = (
            OodReference(
                components=np.eye(2, dtype=np.float32),
                means=np.zeros((1, 2), dtype=np.float32),
                bank=np.concatenate([towards] * near + [away] * 20).astype(np.float32),
            )
            for near in (9, 10)
        )

        assert nine.nearest(image(3, 0)) == pytest.approx([2.0])
        assert ten.nearest(image(3, 0)) == pytest.approx([0.0])

    def test_length_does_not_matter(self) -> None:
        assert reference().nearest(image(1, 2, 0)) == pytest.approx(
            reference().nearest(image(10, 20, 0))
        )


class TestWithoutTheBank:
    def test_groups_are_told_as_before_in_less_space(self) -> None:
        lean = reference().without_bank()

        assert lean.mahalanobis(image(3, 0, 0)) == pytest.approx([3 / np.sqrt(2)])
        assert lean.bank.shape == (0, 2)
        assert len(References(lean).to_bytes()) < len(References(reference()).to_bytes())


class TestUnit:
    def test_rows_have_length_one_and_nothing_stays_nothing(self) -> None:
        rows = unit(np.array([[3, 4], [0, 0]], dtype=np.float32))

        assert rows[0] == pytest.approx([0.6, 0.8])
        assert rows[1].tolist() == [0, 0]


class TestTheFile:
    def test_it_is_read_back_as_it_was_written(self, tmp_path: Path) -> None:
        path, sha256 = written(tmp_path, References(reference()).to_bytes())

        loaded = load_references(path, sha256=sha256).ood

        for name in ("components", "means", "bank"):
            stored = getattr(loaded, name)
            assert stored.dtype == np.float32
            assert stored == pytest.approx(getattr(reference(), name), abs=1e-3)

    def test_half_precision_hardly_moves_distances(self) -> None:
        rng = np.random.default_rng(1)
        # Features as a network's are: not negative, most far from zero in their own spread.
        groups = rng.gamma(4, 0.25, (6, 64))
        images = (groups[rng.integers(0, 6, 300)] + rng.normal(0, 0.1, (300, 64))).astype(
            np.float32
        )
        components = (np.linalg.qr(rng.normal(size=(64, 64)))[0] / 0.1).astype(np.float32)
        exact = OodReference(
            components=components,
            means=(groups @ components).astype(np.float32),
            bank=unit(images @ components),
        )

        stored = parse(References(exact).to_bytes()).ood
        rounded = exact.rounded()

        assert stored.mahalanobis(images) == pytest.approx(exact.mahalanobis(images), rel=0.02)
        assert stored.nearest(images) == pytest.approx(exact.nearest(images), abs=0.002)
        assert np.array_equal(stored.bank, rounded.bank)
        assert np.array_equal(stored.means, rounded.means)

    def test_a_missing_one_is_refused_with_the_remedy(self, tmp_path: Path) -> None:
        with pytest.raises(
            InvalidCheckpoint, match=r"'reference\.npz' is missing.*Restore the file, or promote"
        ):
            load_references(tmp_path / "reference.npz", sha256="0" * 64)

    def test_a_damaged_one_is_refused(self, tmp_path: Path) -> None:
        path, sha256 = written(tmp_path, References(reference()).to_bytes())
        damage(path)

        with pytest.raises(InvalidCheckpoint, match="it is damaged or was replaced"):
            load_references(path, sha256=sha256)

    def test_that_of_another_model_is_refused(self, tmp_path: Path) -> None:
        path, _ = written(tmp_path, References(reference()).to_bytes())

        with pytest.raises(InvalidCheckpoint, match="not the one its card describes"):
            load_references(path, sha256="0" * 64)

    @pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 no archive either"])
    def test_what_is_no_reference_is_refused_even_if_a_card_names_it(
        self, tmp_path: Path, content: bytes
    ) -> None:
        path, sha256 = written(tmp_path, content)

        with pytest.raises(InvalidCheckpoint, match=r"'reference\.npz' cannot be read"):
            load_references(path, sha256=sha256)

    @pytest.mark.parametrize("names", [("components", "means"), ("components", "means", "film")])
    def test_an_archive_of_other_things_is_refused(
        self, tmp_path: Path, names: tuple[str, ...]
    ) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                array = io.BytesIO()
                np.save(array, np.zeros((1, 1)))
                archive.writestr(f"{name}.npy", array.getvalue())
        path, sha256 = written(tmp_path, buffer.getvalue())

        with pytest.raises(InvalidCheckpoint, match="cannot be read"):
            load_references(path, sha256=sha256)
