"""What people drop on the page: films of every kind, and files that are none."""

import io
import random
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from api.inputs.images.synthetic import FINDINGS, synthetic_image
from tests.support import dicom_images

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".dcm"})
# Grain that makes a JPEG of 2300 x 1850 about 2 MB.
SIDE_PX, GRAIN, QUALITY = (2300, 1850), 9.0, 95
DICOM_PX = 512
TWELVE_MEGAPIXELS = (4000, 3000)


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Files to drop, in their order, and how many lines of the worklist they become."""

    files: tuple[Path, ...]
    lines: int
    no_films: int


def image_set(folder: Path, count: int, *, of: Path | None = None) -> ImageSet:
    """So many lines of a worklist, the odd ones among them, as files below `folder`.

    Args:
        of: a folder with real films; without one, generated films of 2 MB.
    """
    odd, lines_of_odd, no_films = _odd(folder / "odd")
    plain = _real(folder / "films", of, count) if of else _generated(folder / "films", count)
    files = [*plain[: count - lines_of_odd], *odd]
    random.Random(7).shuffle(files)
    return ImageSet(tuple(files), len(files) - len(odd) + lines_of_odd, no_films)


def image(seed: int, size_px: tuple[int, int] = SIDE_PX) -> bytes:
    """A generated film as a grey JPEG; `size_px` is (width, height)."""
    small = Image.fromarray(synthetic_image(FINDINGS[seed % len(FINDINGS)], seed=seed))
    image = np.asarray(small.resize(size_px, Image.Resampling.BILINEAR), dtype=np.float32)
    grain = np.random.default_rng(seed).standard_normal(image.shape, dtype=np.float32) * GRAIN
    buffer = io.BytesIO()
    pixels = np.clip(image + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _generated(folder: Path, count: int) -> list[Path]:
    folder.mkdir(parents=True)
    kinds = [image(seed) for seed in range(min(count, 16))]
    found = []
    for number in range(count):
        path = folder / f"film {number:03}.jpg"
        # A comment of its own makes each another file.
        path.write_bytes(kinds[number % len(kinds)] + f"{number}".encode())
        found.append(path)
    return found


def _real(folder: Path, of: Path, count: int) -> list[Path]:
    known = sorted(path for path in of.rglob("*") if path.suffix.lower() in SUFFIXES)
    chosen = random.Random(7).sample(known, min(count, len(known)))
    folder.mkdir(parents=True)
    copies = [folder / f"film {number:03} {path.name}" for number, path in enumerate(chosen)]
    for path, copy in zip(chosen, copies, strict=True):
        shutil.copyfile(path, copy)
    return copies


def _odd(folder: Path) -> tuple[list[Path], int, int]:
    """Files, the lines that they become, and how many of those are no film at all."""
    folder.mkdir(parents=True)
    whole = image(101, (600, 500))
    twins = [folder / part / "twin.jpg" for part in ("left", "right")]
    contents: Sequence[tuple[Path, bytes]] = (
        (folder / "rapport.txt", b"no film at all\n"),
        (folder / "notes.png", b"these are no pixels"),
        (folder / "cut short.jpg", image(102, (900, 700))[:20_000]),
        (folder / "twelve megapixels.jpg", image(103, TWELVE_MEGAPIXELS)),
        (folder / "Höhlenlunge é à ñ.jpg", whole),
        (folder / "🫁 thorax 肺.jpg", image(104, (600, 500))),
        (folder / "deep.dcm", _dicom(bits=12)),
        (folder / "flat.dcm", _dicom(bits=8)),
        (folder / "photo.jpg", _photo()),
        (twins[0], image(105, (600, 500))),
        (twins[1], image(106, (600, 500))),
        (folder / "ward.zip", _archive()),
    )
    for path, content in contents:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    # The archive's three in place of itself.
    return [path for path, _ in contents], len(contents) + 2, 3


def _dicom(*, bits: int) -> bytes:
    return dicom_images.dicom_image(dicom_images.values(bits=bits, size_px=DICOM_PX))


def _photo() -> bytes:
    ramp = np.linspace(0, 255, 400, dtype=np.uint8)
    pixels = np.stack([np.tile(ramp, (300, 1)), np.full((300, 400), 90, np.uint8),
                       np.tile(ramp[::-1], (300, 1))], axis=-1)  # fmt: skip
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(3):
            archive.writestr(f"ward 3/bed {number}.jpg", image(110 + number, (600, 500)))
        archive.writestr("__MACOSX/._bed 0.jpg", b"of a system")
    return buffer.getvalue()
