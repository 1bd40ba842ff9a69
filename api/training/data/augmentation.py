"""One random variant of a film, drawn anew each time it is asked for.

What a variant changes is what hospitals and exports differ in: framing, position, sharpness, tone,
noise, compression, burnt-in marks. Never left and right: a heart lies left.
"""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from api.inputs.images.decoding import GreyImage
from api.inputs.images.preprocessing import FloatImage, PreprocessingSpec
from api.tasks.recipe import Augmentation

LETTERS = list("ABCDEFLRSPabcdelr0123456789")


def augment(
    image: GreyImage, spec: PreprocessingSpec, ranges: Augmentation, rng: np.random.Generator
) -> FloatImage:
    """Draw a variant and turn it into the network's input.

    Args:
        image: (height, width) uint8, at the network's size.

    Returns: (height, width, 1) float32.
    """
    picture = _framed(Image.fromarray(image), ranges, rng)
    picture = _toned(picture, ranges, rng)
    picture = _focused(picture, ranges, rng)
    picture = _marked(picture, ranges, rng)
    picture = _compressed(picture, ranges, rng)
    pixels = _noised(np.asarray(picture, dtype=np.float32), ranges, rng)
    _erase(pixels, ranges, rng)
    return spec.normalise(np.clip(pixels, 0, 255).astype(np.uint8))


def _framed(image: Image.Image, ranges: Augmentation, rng: np.random.Generator) -> Image.Image:
    """Crop, shift, stretch and rotate in one resampling; what lies outside is black."""
    width, height = image.size
    zoom = rng.uniform(ranges.min_crop, ranges.max_crop)
    stretch = np.exp(rng.uniform(-ranges.aspect, ranges.aspect) / 2)
    angle = np.deg2rad(rng.uniform(-ranges.rotation_deg, ranges.rotation_deg))
    # A tight crop may lie anywhere in the film; a shift moves it a little further.
    room = max(0.0, 1 - zoom) / 2 + ranges.shift
    cx = width * (0.5 + rng.uniform(-room, room))
    cy = height * (0.5 + rng.uniform(-room, room))
    a, b = zoom * stretch * np.cos(angle), -zoom / stretch * np.sin(angle)
    d, e = zoom * stretch * np.sin(angle), zoom / stretch * np.cos(angle)
    matrix = (
        *(a, b, cx - a * width / 2 - b * height / 2),
        *(d, e, cy - d * width / 2 - e * height / 2),
    )
    return image.transform(
        image.size, Image.Transform.AFFINE, matrix, resample=Image.Resampling.BICUBIC
    )


def _toned(image: Image.Image, ranges: Augmentation, rng: np.random.Generator) -> Image.Image:
    if rng.random() < ranges.equalize:
        image = Image.blend(image, ImageOps.equalize(image), rng.uniform(0.3, 1.0))
    levels = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-ranges.gamma, ranges.gamma))
    gain = 1 + rng.uniform(-ranges.contrast, ranges.contrast)
    table = np.clip((levels - 0.5) * gain + 0.5, 0, 1) * 255
    return image.point(table.round().astype(int).tolist())


def _focused(image: Image.Image, ranges: Augmentation, rng: np.random.Generator) -> Image.Image:
    choice = rng.random()
    if choice < 0.4 and ranges.blur_px:
        return image.filter(ImageFilter.GaussianBlur(rng.uniform(0, ranges.blur_px)))
    if choice < 0.7 and ranges.sharpen:
        percent = int(100 * rng.uniform(0, ranges.sharpen))
        return image.filter(ImageFilter.UnsharpMask(rng.uniform(0.8, 2.5), percent, 0))
    return image


def _marked(image: Image.Image, ranges: Augmentation, rng: np.random.Generator) -> Image.Image:
    """Burn letters and figures into the corners, as hospitals and journals do.

    Films of a disease that was first collected from publications carry them; no network should
    take them for the disease.
    """
    if rng.random() >= ranges.text:
        return image
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        text = "".join(rng.choice(LETTERS, size=int(rng.choice([1, 1, 1, 2, 4, 8]))))
        font = _font(int(image.height * rng.uniform(0.035, 0.11)))
        x = image.width * rng.choice([rng.uniform(0, 0.2), rng.uniform(0.7, 0.95)])
        y = image.height * rng.choice([rng.uniform(0, 0.2), rng.uniform(0.75, 0.93)])
        ink = int(rng.choice([255, 255, 255, 220, 0]))
        if rng.random() < 0.3:
            pen.rectangle(pen.textbbox((x, y), text, font=font), fill=255 - ink)
        pen.text((x, y), text, fill=ink, font=font)
    return image


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _compressed(image: Image.Image, ranges: Augmentation, rng: np.random.Generator) -> Image.Image:
    if rng.random() >= ranges.jpeg:
        return image
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(40, 95)))
    return Image.open(buffer)


def _noised(pixels: FloatImage, ranges: Augmentation, rng: np.random.Generator) -> FloatImage:
    sigma = rng.uniform(0, ranges.noise)
    return pixels + rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(sigma)


def _erase(pixels: FloatImage, ranges: Augmentation, rng: np.random.Generator) -> None:
    """Paint a rectangle near the border, where marks and text are burnt in."""
    if rng.random() >= ranges.erase:
        return
    height, width = pixels.shape
    tall, wide = int(height * rng.uniform(0.04, 0.15)), int(width * rng.uniform(0.08, 0.35))
    top = rng.choice([0, height - tall]) + rng.integers(-2, 3)
    left = rng.integers(0, width - wide)
    pixels[max(top, 0) : top + tall, left : left + wide] = rng.choice([0, 0, 255, pixels.mean()])
