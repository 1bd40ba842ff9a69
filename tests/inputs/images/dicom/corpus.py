"""DICOM files to be damaged: a film in every transfer syntax that somebody can write."""

import tempfile
from pathlib import Path

import gdcm
import numpy as np
from pydicom import Dataset, uid

from tests.support import dicom_films
from tests.support.dicom_films import film

SIZE_PX = 64


def dicom_corpus() -> dict[str, bytes]:
    """Small ones by name: deep and flat, signed, with windows, tables, palettes and padding."""
    deep, flat = (dicom_films.values(bits=bits, size_px=SIZE_PX) for bits in (12, 8))
    signed = (deep.astype(np.int16) - 2048).astype(np.int16)
    window = {"WindowCenter": [2000, 100], "WindowWidth": [3000, 20]}
    plain = (
        uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    )  # fmt: skip
    files = {s.name: film(deep, syntax=s, **window) for s in (*plain, *dicom_films.ENCODED)}
    files |= {
        "JPEG baseline": film(flat, syntax=uid.JPEGBaseline8Bit),
        "signed": film(signed, PixelPaddingValue=-2048, RescaleSlope=1, RescaleIntercept=1024),
        "tables": film(deep, VOILUTSequence=[_table()], ModalityLUTSequence=[_table()]),
        "palette": film(flat, PhotometricInterpretation="PALETTE COLOR", **_palette()),
        "colour": film(np.stack([flat] * 3, axis=-1)),
        "bare": dicom_films.bare(deep),
        "bare, explicit": dicom_films.bare(deep, implicit=False),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name in ("JPEGLosslessProcess14_1", "JPEGExtendedProcess2_4"):
            syntax = getattr(gdcm.TransferSyntax, name)
            files[name] = dicom_films.by_gdcm(deep, syntax, Path(folder))
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
