"""The same picture is found again; another one is not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from api.inputs.images.decoding import GreyImage
from api.inputs.images.perceptual_hash import (
    BYTES,
    FREQUENCIES,
    MAX_DISTANCE_BITS,
    SIZE_PX,
    distances,
    perceptual_hash,
)
from api.inputs.images.synthetic import FINDINGS, synthetic_image


def as_rows(*hashes: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, BYTES)


def apart(one: GreyImage, other: GreyImage) -> int:
    return int(distances(perceptual_hash(one), as_rows(perceptual_hash(other)))[0])


def re_encoded(image: GreyImage) -> GreyImage:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=50)
    return np.asarray(Image.open(buffer))


def resized(image: GreyImage, width: int, height: int) -> GreyImage:
    return np.asarray(Image.fromarray(image).resize((width, height)))


CHANGES: dict[str, Callable[[GreyImage], GreyImage]] = {
    "re-encoded": re_encoded,
    "half the size": lambda image: resized(image, image.shape[1] // 2, image.shape[0] // 2),
    "another aspect": lambda image: re_encoded(resized(image, 300, 224)),
    "brighter": lambda image: np.clip(image * 1.1 + 5, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("seed", range(5))
def test_the_same_image_is_found_again(change: Callable[[GreyImage], GreyImage], seed: int) -> None:
    image = synthetic_image("lobar", seed=seed)

    assert apart(image, change(image)) <= MAX_DISTANCE_BITS


def test_images_of_other_people_are_others() -> None:
    images = [synthetic_image(finding, seed=seed) for finding in FINDINGS for seed in range(10)]
    hashes = as_rows(*map(perceptual_hash, images))

    gaps = np.stack([distances(row.tobytes(), hashes) for row in hashes])

    assert (gaps == gaps.T).all()
    assert not gaps.diagonal().any()
    others = gaps[~np.eye(len(images), dtype=bool)]
    assert np.median(others) > MAX_DISTANCE_BITS


def test_an_image_turned_over_is_another_one() -> None:
    image = synthetic_image("lobar", seed=1)

    assert apart(image, image[:, ::-1]) > MAX_DISTANCE_BITS
    assert apart(image, 255 - image) > MAX_DISTANCE_BITS


def test_it_is_the_sign_of_the_cosine_transform() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIZE_PX, SIZE_PX), dtype=np.uint8)

    low = dctn(noise.astype(float), type=2)[:FREQUENCIES, :FREQUENCIES]

    expected = np.packbits(low > np.median(low)).tobytes()
    assert perceptual_hash(noise) == expected


def test_a_picture_without_content_has_a_hash() -> None:
    assert len(perceptual_hash(np.zeros((10, 20), dtype=np.uint8))) == BYTES
