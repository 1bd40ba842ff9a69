"""The DICOM files that come with pydicom: each is read, or refused for what it is."""

from pathlib import Path

import pydicom
import pytest

from api.errors import TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.images.decoding import Limits, decode

FOLDER = Path(pydicom.__file__).parent / "data"
FILES = {
    path.relative_to(FOLDER).as_posix(): path
    for path in sorted(FOLDER.rglob("*"))
    if path.is_file() and path.suffix in ("", ".dcm")
}
REFUSALS = (TooLarge, UnreadableImage, UnsupportedFormat)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("image_dfl.dcm", (512, 512)),
        ("GDCMJ2K_TextGBR.dcm", (400, 400)),
        ("SC_rgb_jpeg_gdcm.dcm", (100, 100)),
        ("SC_rgb_jls_lossy_line.dcm", (100, 100)),
        ("SC_rgb_rle_16bit.dcm", (100, 100)),
        ("SC_ybr_full_422_uncompressed.dcm", (100, 100)),
        ("SC_jpeg_no_color_transform.dcm", (256, 256)),
    ],
)
def test_captures_are_read(name: str, shape: tuple[int, int]) -> None:
    assert decode(FILES[f"test_files/{name}"].read_bytes(), Limits()).shape == shape


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("test_files/CT_small.dcm", "a CT image"),
        ("test_files/MR_small_bigendian.dcm", "an MR image"),
        ("test_files/ExplVR_LitEndNoMeta.dcm", "an object of radiotherapy"),
        ("test_files/ExplVR_BigEndNoMeta.dcm", "an object of radiotherapy"),
        ("test_files/examples_palette.dcm", "an ultrasound image"),
        ("test_files/test-SR.dcm", "a structured report"),
        ("test_files/waveform_ecg.dcm", "a waveform"),
        ("test_files/dicomdirtests/DICOMDIR", "a directory of DICOM files"),
        ("test_files/SC_rgb_rle_2frame.dcm", "2 frames"),
        ("test_files/SC_rgb_rle_32bit.dcm", "32 bits"),
        ("test_files/JPEGLSNearLossless_16.dcm", "10 x 50 pixels"),
        ("charset_files/chrJapMulti.dcm", "no pixels"),
    ],
)
def test_what_is_no_film_is_refused_by_its_name(name: str, words: str) -> None:
    with pytest.raises(REFUSALS, match=words):
        decode(FILES[name].read_bytes(), Limits())


def test_no_file_ends_in_anything_else() -> None:
    """A picture, or a refusal that does not speak of damage where pydicom's file is whole."""
    refused = {}
    for name, path in FILES.items():
        try:
            decode(path.read_bytes(), Limits())
        except REFUSALS as exc:
            refused[name] = exc.message

    assert len(refused) < len(FILES) - 30
    assert [name for name, message in refused.items() if "damaged" in message] == []
