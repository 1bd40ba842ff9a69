"""Generated films as large as those that scanners export, the same on every machine."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from api.inputs.images.synthetic import synthetic_image

SEED = 7
# With it a JPEG of 1400 x 1100 has about 300 KB, as films of that size have.
GRAIN = 3.5
JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class LargeImage:
    """What a film is called in tables, and the bytes of its file."""

    name: str
    content: bytes


def large_images() -> tuple[LargeImage, ...]:
    """The film that most is measured with comes first."""
    return tuple(
        LargeImage(f"{kind} {width}×{height}", large_image(width, height, kind))
        for width, height, kind in ((1400, 1100, "JPEG"), (2500, 2000, "JPEG"), (1024, 1024, "PNG"))
    )


def large_image(width: int, height: int, kind: str) -> bytes:
    """A phantom of lobar pneumonia, enlarged, with a film's grain: one picture in grey.

    Args:
        kind: Pillow's name of the format.
    """
    small = Image.fromarray(synthetic_image("lobar", seed=SEED))
    image = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
    grain = np.random.default_rng(SEED).normal(0, GRAIN, image.shape)
    pixels = np.clip(np.round(image + grain), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer, kind, **({"quality": JPEG_QUALITY} if kind == "JPEG" else {})
    )
    return buffer.getvalue()
