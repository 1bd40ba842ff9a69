"""Whether a film has the same score as DICOM and as PNG: `python -m benchmarks.model.dicom_scores`.

Each film of a folder is written as DICOM in every form that a device may send it in: 8 bits and 12
in 16, signed, negative (MONOCHROME1), with a window, a VOI LUT or a modality LUT, without meta
information, and compressed. It is compared with the same pixels in a plain file: a PNG of 8 or of
16 bits, and for lossy JPEG a .jpg. Prints for each form the largest and the mean difference of the
score, and how many labels and decisions differ; exit code 1 where one is above 0.02. The last
column is the largest difference from the PNG of 8 bits, in which rounding and losses count too.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image
from pydicom import Dataset, uid

from api.decision.decide import Decision
from api.inputs.images.decoding import Limits, decode
from api.model_card.card_file import read_card
from api.registry.store import Checkpoint, card_path
from api.reports.markdown import table
from api.samples.open_collection import image_limits
from api.serving.compiled import Compiler
from api.serving.engine import engine_loader
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import from_environment
from benchmarks.serving.same_answers import films_of
from tests.support import dicom_images, images
from tests.support.dicom_images import Values, dicom_image

MAX_DIFFERENCE = 0.02
HEADER = (
    "form",
    "films",
    "largest difference",
    "mean",
    "other label",
    "other decision",
    "from 8 bits, largest",
)
# Of a device whose values begin at 1000 and end at 3047: a quarter of the range of 13 bits.
LOWEST, DEPTH = 1000, 2048


def _deep(grey: Values) -> Values:
    """12 bits in 16: 0…4095."""
    return np.asarray(np.round(grey * (4095 / 255)).astype(np.uint16))


def _within(grey: Values) -> Values:
    return np.asarray(np.round(LOWEST + grey * ((DEPTH - 1) / 255)).astype(np.uint16))


def _lut(first: int, entries: Values) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, 16])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return item


def _voi_lut() -> list[Dataset]:
    return [_lut(LOWEST, np.linspace(0, 65535, DEPTH).round().astype(np.uint16))]


Form = Callable[[Values], bytes]
FORMS: dict[str, Form] = {
    "8 bits": dicom_image,
    "8 bits, MONOCHROME1": lambda grey: dicom_image(
        255 - grey, PhotometricInterpretation="MONOCHROME1"
    ),
    "8 bits, no meta information": dicom_images.bare,
    "8 bits, JPEG baseline": lambda grey: dicom_image(grey, syntax=uid.JPEGBaseline8Bit),
    "12 in 16 bits": lambda grey: dicom_image(_deep(grey)),
    "12 in 16 bits, MONOCHROME1": lambda grey: dicom_image(
        4095 - _deep(grey), PhotometricInterpretation="MONOCHROME1"
    ),
    "12 in 16 bits, presentation INVERSE": lambda grey: dicom_image(
        4095 - _deep(grey), PresentationLUTShape="INVERSE"
    ),
    "12 in 16 bits, big endian": lambda grey: dicom_image(
        _deep(grey), syntax=uid.ExplicitVRBigEndian
    ),
    "12 in 16 bits, deflated": lambda grey: dicom_image(
        _deep(grey), syntax=uid.DeflatedExplicitVRLittleEndian
    ),
    "12 in 16 bits, RLE": lambda grey: dicom_image(_deep(grey), syntax=uid.RLELossless),
    "12 in 16 bits, JPEG-LS": lambda grey: dicom_image(_deep(grey), syntax=uid.JPEGLSLossless),
    "12 in 16 bits, JPEG 2000": lambda grey: dicom_image(_deep(grey), syntax=uid.JPEG2000Lossless),
    "12 in 16 bits, no meta information": lambda grey: dicom_images.bare(_deep(grey)),
    "signed": lambda grey: dicom_image((_deep(grey).astype(np.int32) - 2048).astype(np.int16)),
    "signed, rescaled": lambda grey: dicom_image(
        (_deep(grey).astype(np.int32) - 2048).astype(np.int16),
        RescaleSlope="0.5",
        RescaleIntercept="1024",
    ),
    "a window": lambda grey: dicom_image(
        _within(grey),
        bits=13,
        WindowCenter=LOWEST + DEPTH / 2,
        WindowWidth=DEPTH,
    ),
    "a window, MONOCHROME1": lambda grey: dicom_image(
        _within(255 - grey),
        bits=13,
        WindowCenter=LOWEST + DEPTH / 2,
        WindowWidth=DEPTH,
        PhotometricInterpretation="MONOCHROME1",
    ),
    "a VOI LUT": lambda grey: dicom_image(_within(grey), bits=13, VOILUTSequence=_voi_lut()),
}


PLAIN_8 = dicom_images.png


def _plain_16(grey: Values) -> bytes:
    return dicom_images.png(_deep(grey))


def _plain_jpeg(grey: Values) -> bytes:
    return images.encoded(Image.fromarray(grey), "JPEG", quality=95)


PLAINS: tuple[Form, ...] = (PLAIN_8, _plain_16, _plain_jpeg)


def plain_of(form: str) -> Form:
    """What writes the pixels of a form as a file that is no DICOM."""
    if "JPEG baseline" in form:
        return _plain_jpeg
    return PLAIN_8 if form.startswith(("8 bits", "a ")) else _plain_16


@dataclass(frozen=True, slots=True)
class Asked:
    """The decisions about one film: as DICOM, as the same pixels in a plain file, as 8 bits."""

    dicom: Decision
    plain: Decision
    grey: Decision


def row_of(form: str, asked: Sequence[Asked]) -> tuple[str, ...]:
    """One row: how far the decisions about the DICOM are from those about the plain files."""
    gaps = [abs(each.dicom.score - each.plain.score) for each in asked]
    labels = sum(each.dicom.label != each.plain.label for each in asked)
    decisions = sum(each.dicom.decision != each.plain.decision for each in asked)
    rounded = max(abs(each.dicom.score - each.grey.score) for each in asked)
    counts = (str(labels), str(decisions))
    differences = (f"{max(gaps):.4f}", f"{fmean(gaps):.4f}")
    return (form, str(len(asked)), *differences, *counts, f"{rounded:.4f}")


def greys(paths: Sequence[Path]) -> list[Values]:
    """Films as grey levels, (h, w) uint8."""
    return [np.asarray(decode(path.read_bytes(), Limits())) for path in paths]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("docs/examples")])
    parser.add_argument("--films", type=int, default=20, help="how many")
    options = parser.parse_args()

    settings = from_environment()
    weights = settings.default_model
    checkpoint = Checkpoint(weights, read_card(card_path(weights)))
    films = greys(films_of(options.folders, options.films))
    if not films:
        raise SystemExit("Error: there is no film in these folders.")
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    build = predictor_builder(compiler, engine_loader(1), precision=settings.precision)
    predictor = ImagePredictor(build(checkpoint), image_limits(settings), decision_policy(settings))
    rows = measured(lambda content: predictor.predict(content).decision, films)
    print(table(HEADER, rows))
    return int(any(not float(row[2]) <= MAX_DIFFERENCE for row in rows))


def measured(
    predict: Callable[[bytes], Decision], films: Sequence[Values]
) -> list[tuple[str, ...]]:
    """A row for each form."""
    plain = {write: [predict(write(grey)) for grey in films] for write in PLAINS}
    return [
        row_of(
            name,
            [
                Asked(predict(form(grey)), same, eight)
                for grey, same, eight in zip(
                    films, plain[plain_of(name)], plain[PLAIN_8], strict=True
                )
            ],
        )
        for name, form in FORMS.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
