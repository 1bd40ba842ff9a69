"""Generated films: ribs, lungs, a heart and one finding; or a breast. No patient, no licence.

They stand in for films in tests, in the golden inputs of a checkpoint, in the load test and for a
person who wants to try the product without having a film. A network can tell their findings
apart; a doctor would not take them for real.
"""

import io

import numpy as np
from PIL import Image

from api.arrays import Float64Array
from api.inputs.images.decoding import GreyImage
from api.tasks.labels import Finding

Field = Float64Array
# Of lungs. One of each is a golden input of every checkpoint, whatever it classifies.
FINDINGS: tuple[Finding, ...] = ("clear", "lobar", "reticular", "peripheral")
BREAST_FINDINGS: tuple[Finding, ...] = ("round mass", "spiculated mass")


def synthetic_image(finding: Finding, *, seed: int, size_px: int = 320) -> GreyImage:
    """Draw one film; the same arguments always give the same pixels.

    Args:
        finding: what the lungs show, or the breast.
        seed: draws anatomy, exposure and the place of the finding.
        size_px: side of the square picture.

    Returns: (size_px, size_px) uint8.
    """
    rng = np.random.default_rng((seed, (*FINDINGS, *BREAST_FINDINGS).index(finding)))
    # What depends on a row or on a column alone is computed once for each.
    y, x = np.ogrid[0 : 1 : size_px * 1j, 0 : 1 : size_px * 1j]
    if finding in BREAST_FINDINGS:
        breast = _breast(x, y, rng, spiculated=finding == "spiculated mass")
        return np.round(np.clip(breast, 0, 1) * 255).astype(np.uint8)
    lungs = _lungs(x, y, rng)
    image = _body(x, y, rng) - 0.42 * lungs + _ribs(x, y, lungs, rng) + _heart(x, y, rng)
    image += _opacity(finding, x, y, lungs, rng)
    image += rng.normal(0, 0.012, image.shape)
    exposure = rng.uniform(0.85, 1.15)
    return np.round(np.clip(image, 0, 1) ** exposure * 255).astype(np.uint8)


def synthetic_png(finding: Finding, *, seed: int, size_px: int = 320) -> bytes:
    """The same film as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(synthetic_image(finding, seed=seed, size_px=size_px)).save(buffer, "PNG")
    return buffer.getvalue()


def _breast(x: Field, y: Field, rng: np.random.Generator, *, spiculated: bool) -> Field:
    """From either side, before air, with one mass: smooth, or with rays."""
    if rng.random() < 0.5:
        x = 1 - x
    cy, depth = 0.52 + rng.uniform(-0.04, 0.04), rng.uniform(0.55, 0.7)
    inside = 1 / (1 + np.exp(40 * ((x / depth) ** 2 + ((y - cy) / 0.42) ** 2 - 1)))
    tissue = 0.3 + 0.12 * np.sin(9 * x + rng.uniform(0, 6)) * np.sin(11 * y + rng.uniform(0, 6))
    mx, my = rng.uniform(0.2, 0.35), cy + rng.uniform(-0.15, 0.15)
    angle = np.arctan2(y - my, x - mx)
    radius = rng.uniform(0.05, 0.07) * (1 + (0.8 * np.cos(11 * angle) ** 8 if spiculated else 0.0))
    mass = 1 / (1 + np.exp(60 * (np.hypot(x - mx, y - my) / radius - 1) / 4))
    return np.asarray(inside * (tissue + 0.4 * mass) + rng.normal(0, 0.01, inside.shape))


def _blob(x: Field, y: Field, *, cx: float, cy: float, rx: float, ry: float) -> Field:
    return np.asarray(np.exp(-(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)))


def _lungs(x: Field, y: Field, rng: np.random.Generator) -> Field:
    cy, ry = 0.47 + rng.uniform(-0.03, 0.03), 0.30 + rng.uniform(-0.03, 0.03)
    half = 0.21 + rng.uniform(-0.015, 0.015)
    sides = (((x - 0.5 - side * half) / 0.155) ** 2 + ((y - cy) / ry) ** 2 for side in (-1.0, 1.0))
    return np.asarray(sum(1 / (1 + np.exp(12 * (distance - 1))) for distance in sides))


def _body(x: Field, y: Field, rng: np.random.Generator) -> Field:
    width = 0.47 + rng.uniform(-0.03, 0.03)
    torso = 1 / (1 + np.exp(40 * (np.abs(x - 0.5) - width)))
    spine = 0.14 * np.exp(-(((x - 0.5) / 0.035) ** 2))
    return np.asarray(torso * (0.55 + 0.12 * y + spine))


def _ribs(x: Field, y: Field, lungs: Field, rng: np.random.Generator) -> Field:
    count, phase = rng.uniform(8.5, 10.5), rng.uniform(0, 1)
    arch = y + 0.9 * (np.abs(x - 0.5) - 0.2) ** 2
    ribs = np.clip(np.sin(2 * np.pi * (count * arch + phase)), 0, 1) ** 2
    return np.asarray(0.09 * ribs * (0.3 + lungs))


def _heart(x: Field, y: Field, rng: np.random.Generator) -> Field:
    cx = 0.55 + rng.uniform(-0.015, 0.015)  # left of the patient, right of the film
    return 0.30 * _blob(x, y, cx=cx, cy=0.63, rx=0.11, ry=0.13)


def _opacity(finding: Finding, x: Field, y: Field, lungs: Field, rng: np.random.Generator) -> Field:
    side = rng.choice([-1.0, 1.0])
    if finding == "lobar":
        cx, cy = 0.5 + side * rng.uniform(0.18, 0.24), rng.uniform(0.35, 0.62)
        return 0.5 * lungs * np.clip(1.6 * _blob(x, y, cx=cx, cy=cy, rx=0.10, ry=0.11), 0, 1)
    if finding == "reticular":
        angle, pitch = rng.uniform(0.6, 0.9), rng.uniform(26, 34)
        mesh = np.abs(np.sin(pitch * (x + angle * y))) * np.abs(np.sin(pitch * (x - angle * y)))
        return np.asarray(lungs * (0.06 + 0.28 * (1 - mesh) ** 2))
    if finding == "peripheral":
        patches = np.zeros_like(lungs)
        for lung in (-1.0, 1.0):
            for _ in range(2):
                cy, edge = rng.uniform(0.5, 0.68), 0.5 + lung * rng.uniform(0.29, 0.33)
                patches += _blob(x, y, cx=edge, cy=cy, rx=0.055, ry=0.07)
        return np.asarray(0.4 * lungs * np.clip(patches, 0, 1))
    return np.zeros_like(lungs)
