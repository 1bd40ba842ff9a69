"""Dealing films into parts that are each left out once."""

from collections import Counter
from pathlib import Path

from api.inputs.discovery import LabelledImage
from api.training.data.splits import folds


def xray(number: int, label: str, patient: str | None = None) -> LabelledImage:
    return LabelledImage(Path(f"{label}/{number}.png"), label, "mias", patient, f"{number:064x}")


IMAGES = [xray(n, "Benign", f"pair {n // 2}") for n in range(20)] + [
    # Of some women one breast is benign and the other is not.
    xray(100 + n, "Malignant", f"pair {n}")
    for n in range(20)
]


class TestFolds:
    def test_every_image_is_in_one_part(self) -> None:
        parts = folds(IMAGES, 5, seed=1)

        dealt = [image.path for part in parts for image in part]
        assert sorted(dealt) == sorted(image.path for image in IMAGES)
        assert len(parts) == 5

    def test_no_patient_is_in_two(self) -> None:
        parts = folds(IMAGES, 5, seed=1)

        whose = [{image.patient for image in part} for part in parts]
        assert sum(map(len, whose)) == len(set.union(*whose))

    def test_each_has_about_as_many_of_each_class(self) -> None:
        counts = [Counter(image.label for image in part) for part in folds(IMAGES, 4, seed=1)]

        assert all(1 <= count["Benign"] <= 9 and 1 <= count["Malignant"] <= 9 for count in counts)

    def test_the_seed_decides(self) -> None:
        assert folds(IMAGES, 5, seed=1) != folds(IMAGES, 5, seed=2)
        assert folds(IMAGES, 5, seed=1) == folds(IMAGES, 5, seed=1)
