"""The same picture is found again; another one is not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from api.inputs.images.decoding import GreyImage
from api.inputs.images.perceptual_hash import BYTES, KEPT, SAME, SIDE, distances, near_hash
from api.inputs.images.synthetic import FINDINGS, phantom


def as_rows(*hashes: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, BYTES)


def apart(one: GreyImage, other: GreyImage) -> int:
    return int(distances(near_hash(one), as_rows(near_hash(other)))[0])


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
def test_the_same_film_is_found_again(change: Callable[[GreyImage], GreyImage], seed: int) -> None:
    film = phantom("lobar", seed=seed)

    assert apart(film, change(film)) <= SAME


def test_films_of_other_people_are_others() -> None:
    films = [phantom(finding, seed=seed) for finding in FINDINGS for seed in range(10)]
    hashes = as_rows(*map(near_hash, films))

    gaps = np.stack([distances(row.tobytes(), hashes) for row in hashes])

    assert (gaps == gaps.T).all()
    assert not gaps.diagonal().any()
    others = gaps[~np.eye(len(films), dtype=bool)]
    assert np.median(others) > SAME


def test_a_film_turned_over_is_another_one() -> None:
    film = phantom("lobar", seed=1)

    assert apart(film, film[:, ::-1]) > SAME
    assert apart(film, 255 - film) > SAME


def test_it_is_the_sign_of_the_cosine_transform() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)

    low = dctn(noise.astype(float), type=2)[:KEPT, :KEPT]

    expected = np.packbits(low > np.median(low)).tobytes()
    assert near_hash(noise) == expected


def test_a_picture_without_content_has_a_hash() -> None:
    assert len(near_hash(np.zeros((10, 20), dtype=np.uint8))) == BYTES
