"""DICOM files to be damaged: a film in every transfer syntax that somebody can write."""

import tempfile
from pathlib import Path

import gdcm
import numpy as np
from pydicom import Dataset, uid

from tests.support import dicom_images
from tests.support.dicom_images import dicom_image

SIZE_PX = 64


def dicom_corpus() -> dict[str, bytes]:
    """Small ones by name: deep and flat, signed, with windows, tables, palettes and padding."""
    deep, flat = (dicom_images.values(bits=bits, size_px=SIZE_PX) for bits in (12, 8))
    signed = (deep.astype(np.int16) - 2048).astype(np.int16)
    window = {"WindowCenter": [2000, 100], "WindowWidth": [3000, 20]}
    plain = (
        uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    )  # fmt: skip
    files = {s.name: dicom_image(deep, syntax=s, **window) for s in (*plain, *dicom_images.ENCODED)}
    files |= {
        "JPEG baseline": dicom_image(flat, syntax=uid.JPEGBaseline8Bit),
        "signed": dicom_image(
            signed, PixelPaddingValue=-2048, RescaleSlope=1, RescaleIntercept=1024
        ),
        "tables": dicom_image(deep, VOILUTSequence=[_table()], ModalityLUTSequence=[_table()]),
        "palette": dicom_image(flat, PhotometricInterpretation="PALETTE COLOR", **_palette()),
        "colour": dicom_image(np.stack([flat] * 3, axis=-1)),
        "bare": dicom_images.bare(deep),
        "bare, explicit": dicom_images.bare(deep, implicit=False),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name in ("JPEGLosslessProcess14_1", "JPEGExtendedProcess2_4"):
            syntax = getattr(gdcm.TransferSyntax, name)
            files[name] = dicom_images.by_gdcm(deep, syntax, Path(folder))
    return files


def _table() -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [256, 0, 12]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = (np.arange(256) * 16).astype("<u2").tobytes()
    item["LUTData"].VR = "OW"
    return item


def _palette() -> dict[str, object]:
    ramp = (np.arange(256) * 257).astype("<u2").tobytes()
    return {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", ramp))
    }
