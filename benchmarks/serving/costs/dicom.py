"""What a large film costs as DICOM: `python -m benchmarks.serving.costs.dicom --help`.

A generated film of 2500 x 3000 pixels and 16 bits is written in each transfer syntax and as PNG.
In one process and one thread, in turns: how long an answer takes, which share of that is decoding,
and how many such films one core answers a second beside the same film as PNG. The slowest form is
left out with --quick.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import gdcm
import numpy as np
from pydicom import uid

from api.inputs.images.synthetic import synthetic_image
from api.model_card.card_file import read_card
from api.registry.store import Checkpoint, card_path
from api.reports.markdown import table
from api.samples.open_collection import image_limits
from api.serving.compiled import Compiler
from api.serving.engine import engine_loader
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import from_environment
from tests.support import dicom_images
from tests.support.dicom_images import Values, dicom_image

WIDTH, HEIGHT = 2500, 3000
HEADER = ("file", "MB", "answer, ms", "decoding", "films/s", "beside PNG")
PNG = "PNG, 16 bits"
SLOWEST = "JPEG lossless"
# Grain of a detector, without which a film would be compressed to nothing.
NOISE = 0.012

Form = Callable[[Values], bytes]
FORMS: dict[str, Form] = {
    PNG: dicom_images.png,
    "uncompressed": lambda pixels: dicom_image(pixels, bits=16),
    "deflated": lambda pixels: dicom_image(
        pixels, bits=16, syntax=uid.DeflatedExplicitVRLittleEndian
    ),
    "RLE": lambda pixels: dicom_image(pixels, bits=16, syntax=uid.RLELossless),
    "JPEG-LS": lambda pixels: dicom_image(pixels, bits=16, syntax=uid.JPEGLSLossless),
    SLOWEST: lambda pixels: _by_gdcm(pixels),
    "JPEG 2000 lossless": lambda pixels: dicom_image(pixels, bits=16, syntax=uid.JPEG2000Lossless),
    "JPEG 2000, 10 : 1": lambda pixels: _lossy(pixels),
}


def large_film(width: int, height: int) -> Values:
    """A film with grain, (h, w) uint16 over all its range."""
    size = max(width, height)
    grey = np.asarray(synthetic_image("lobar", seed=3, size_px=size))[:height, :width] / 255
    rng = np.random.default_rng(3)
    grained = grey + rng.normal(0, NOISE, grey.shape)
    return np.asarray((np.clip(grained, 0, 1) * 65535).astype(np.uint16))


def _lossy(pixels: Values) -> bytes:
    made = dicom_images.dataset(pixels, bits=16)
    made.compress(uid.JPEG2000, j2k_cr=[10], generate_instance_uid=False)
    return dicom_images.written(made, uid.JPEG2000)


def _by_gdcm(pixels: Values) -> bytes:
    with TemporaryDirectory() as folder:
        syntax = gdcm.TransferSyntax.JPEGLosslessProcess14_1
        return dicom_images.by_gdcm(pixels, syntax, Path(folder), bits=16)


def main() -> None:
    """Time each form in turns."""
    options = _arguments()
    pixels = large_film(options.width, options.height)
    forms = [name for name in FORMS if not (options.quick and name == SLOWEST)]
    files = {name: FORMS[name](pixels) for name in forms}
    predictor = _predictor()
    answers = {name: [_timed(predictor, files[name])] for name in forms}  # warms up
    for name in forms:
        answers[name].clear()
    for _ in range(options.rounds):
        for name in forms:
            answers[name].append(_timed(predictor, files[name]))
    print(f"{options.width} x {options.height} pixels, 16 bits; medians of {options.rounds} rounds")
    print(table(HEADER, rows_of(files, answers)))


def rows_of(
    files: dict[str, bytes], answers: dict[str, list[tuple[float, float]]]
) -> list[tuple[str, ...]]:
    """A row for each form, of pairs of the whole time and that of decoding, in ms."""
    png = statistics.median(whole for whole, _ in answers[PNG])
    rows: list[tuple[str, ...]] = []
    for name, timed in answers.items():
        whole = statistics.median(each for each, _ in timed)
        share = statistics.median(decoding / each for each, decoding in timed)
        size = f"{len(files[name]) / 1e6:.1f}"
        rate = (f"{1e3 / whole:.2f}", f"{png / whole:.2f}")
        rows.append((name, size, f"{whole:.0f}", f"{share:.1%}", *rate))
    return rows


def _predictor() -> ImagePredictor:
    settings = from_environment()
    weights = settings.default_model
    checkpoint = Checkpoint(weights, read_card(card_path(weights)))
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    engine = predictor_builder(compiler, engine_loader(1), precision=settings.precision)(checkpoint)
    return ImagePredictor(engine, image_limits(settings), decision_policy(settings))


def _timed(predictor: ImagePredictor, content: bytes) -> tuple[float, float]:
    """The whole answer and its decoding, in ms."""
    started = time.perf_counter()
    answered = predictor.predict(content)
    return 1e3 * (time.perf_counter() - started), answered.timings["decode_ms"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns")
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--height", type=int, default=HEIGHT)
    parser.add_argument("--quick", action="store_true", help="without the slowest form")
    return parser.parse_args()


if __name__ == "__main__":
    main()
