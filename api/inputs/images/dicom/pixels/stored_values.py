"""From the pixels as a DICOM file stores them to numbers, with permissively licensed decoders.

Pillow (JPEG, and JPEG 2000 at reduced scale), OpenJPEG (JPEG 2000, HTJ2K), pyjpegls (JPEG-LS) and
GDCM (lossless JPEG, and JPEG of 12 bits); pydicom itself for run lengths and what is uncompressed.
"""

import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image, Jpeg2KImagePlugin

from api.arrays import AnyArray
from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.dicom.codestream import Codestream
from api.inputs.images.dicom.dataset import BIG_ENDIAN, DAMAGED, EXPLICIT, DicomFile
from api.inputs.images.dicom.packages import gdcm, pydicom
from api.inputs.images.dicom.pixel_module import PixelModule
from api.inputs.images.dicom.pixels.frame import NATIVE, REMEDY, RUN_LENGTHS, Frame

JPEG_EXTENDED, JPEG_LOSSLESS = "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57"
# For each codec the transfer syntax whose decoder takes all of its kind, and who decodes it.
DECODERS = {
    "JPEG-LS": ("1.2.840.10008.1.2.4.81", "pyjpegls"),
    "JPEG": ("1.2.840.10008.1.2.4.50", "pillow"),
    "JPEG 2000": ("1.2.840.10008.1.2.4.91", "pylibjpeg"),
    "HTJ2K": ("1.2.840.10008.1.2.4.203", "pylibjpeg"),
}
PACKAGES = {
    "pyjpegls": "pyjpegls",
    "pillow": "pillow",
    "pylibjpeg": "pylibjpeg pylibjpeg-openjpeg",
    "gdcm": "python-gdcm",
}
END_OF_IMAGE = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class StoredValues:
    """Pixels as numbers: (h, w) or (h, w, 3) whole numbers, and the module that they belong to."""

    values: AnyArray
    module: PixelModule


def decoded(
    frame: Frame, file: DicomFile, module: PixelModule, *, min_side_px: int | None = None
) -> StoredValues:
    """Decode a frame whose size has been checked.

    Args:
        min_side_px: the picture may come at a half or a quarter of its size, if its shorter side
            keeps so many pixels. JPEG 2000 holds it at these sizes (its wavelet's low passes), and
            decoding them takes an eighth of the time. None: at its full size.

    Raises: UnsupportedFormat if its decoder is not installed; UnreadableImage; what pydicom and
        the decoders raise.
    """
    if frame.codestream is None:
        syntax = RUN_LENGTHS if frame.is_run_length else _native_syntax(file)
        data = _as_fragments(frame.data) if frame.is_run_length else frame.data
        values, photometric = _by_pydicom(data, syntax, "pydicom", module, vr=file.pixel_vr)
        return StoredValues(_shifted(values, module), replace(module, photometric=photometric))
    own = _own_module(frame.codestream, module)
    if gdcms := _only_gdcm(frame.codestream):
        return _by_gdcm(frame.data, gdcms, own)
    halvings = _halvings(frame.codestream, own, file, min_side_px)
    if halvings:
        return _reduced_jpeg_2000(frame.data, frame.codestream, own, halvings)
    syntax, plugin = DECODERS[frame.codestream.codec]
    # CharLS reads for ever behind the end of a picture that is cut short before its end marker.
    data = frame.data + END_OF_IMAGE if plugin == "pyjpegls" else frame.data
    values, photometric = _by_pydicom(_as_fragments(data), syntax, plugin, own)
    return StoredValues(values, replace(_wide_enough(values, own), photometric=photometric))


def _only_gdcm(codestream: Codestream) -> str | None:
    """The transfer syntax by which GDCM decodes what nothing else here does."""
    if codestream.codec == "JPEG" and codestream.bits > 8:
        return JPEG_EXTENDED
    return JPEG_LOSSLESS if codestream.codec == "lossless JPEG" else None


def _halvings(
    codestream: Codestream, module: PixelModule, file: DicomFile, min_side_px: int | None
) -> int:
    """How often the picture may be halved while it is decoded.

    Not at all where a mean of neighbours means nothing: beside padding, and where the codestream
    and the tags disagree about the sign.
    """
    if (
        min_side_px is None
        or codestream.codec != "JPEG 2000"
        or module.is_colour
        or codestream.is_signed != module.is_signed
        or file.tags.has("PixelPaddingValue")
    ):
        return 0
    possible = (min(module.rows, module.columns) // min_side_px).bit_length() - 1
    return max(0, min(possible, codestream.halvings))


def _reduced_jpeg_2000(
    data: bytes, codestream: Codestream, module: PixelModule, halvings: int
) -> StoredValues:
    with Image.open(io.BytesIO(data), formats=["JPEG2000"]) as image:
        assert isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile)
        image.reduce = halvings
        # Pillow rounds the smaller size where the codec rounds up; of a multiple both are one.
        step = 1 << halvings
        image._size = (-(-image.width // step) * step, -(-image.height // step) * step)
        image.load()
        # Pillow scales values up to 8 or 16 bits, and counts signed ones from the least.
        scaled = np.asarray(image)
    values = (scaled >> (scaled.dtype.itemsize * 8 - codestream.bits)).astype(np.int32)
    values = _centred(_centred(values, halvings).T, halvings).T
    if codestream.is_signed:
        values -= 1 << (codestream.bits - 1)
    own = replace(module, rows=values.shape[0], columns=values.shape[1])
    return StoredValues(values, _wide_enough(values, own))


def _centred(values: AnyArray, halvings: int) -> AnyArray:
    """Rows moved to the middle of what they stand for: a low pass gives the first one of them.

    Args:
        values: (h, w) int32.
    """
    shift = ((1 << halvings) - 1) << (8 - halvings - 1)
    following = np.concatenate([values[1:], values[-1:]])
    return np.asarray(values + ((following - values) * shift + 128 >> 8))


def _native_syntax(file: DicomFile) -> str:
    return BIG_ENDIAN if file.is_big_endian else EXPLICIT


def _own_module(codestream: Codestream, module: PixelModule) -> PixelModule:
    """The module with what the codestream says of itself."""
    if codestream.components not in (1, 3) or not 1 <= codestream.bits <= 16:
        raise UnsupportedFormat(
            f"The picture in the DICOM file has {codestream.components} components of "
            f"{codestream.bits} bits; export the film in grey, with 8 or 16 bits a pixel."
        )
    bits = codestream.bits
    is_colour = codestream.components == 3
    photometric = module.photometric
    if is_colour != module.is_colour:
        photometric = "YBR_FULL_422" if is_colour else "MONOCHROME2"
    return replace(
        module,
        rows=codestream.height,
        columns=codestream.width,
        samples=codestream.components,
        bits_allocated=8 if bits <= 8 else 16,
        bits_stored=min(module.bits_stored, bits) if not is_colour else bits,
        high_bit=bits - 1,
        photometric=photometric,
        planar=0,
    )


def _as_fragments(data: bytes) -> bytes:
    return bytes(pydicom().encaps.encapsulate([data]))


def _by_pydicom(
    data: bytes, syntax: str, plugin: str, module: PixelModule, *, vr: str = "OB"
) -> tuple[AnyArray, str]:
    """(h, w) or (h, w, 3), and what the channels are then."""
    decoder = pydicom().pixels.get_decoder(syntax)
    if plugin != "pydicom" and plugin not in decoder.available_plugins:
        raise _not_installed(plugin)
    options = (
        {} if plugin == "pydicom" and not decoder.available_plugins else {"decoding_plugin": plugin}
    )
    values, about = decoder.as_array(
        data,
        raw=True,
        rows=module.rows,
        columns=module.columns,
        number_of_frames=1,
        samples_per_pixel=module.samples,
        bits_allocated=module.bits_allocated,
        bits_stored=module.high_bit + 1 if syntax in NATIVE else module.bits_stored,
        pixel_representation=int(module.is_signed),
        photometric_interpretation=module.photometric,
        planar_configuration=module.planar,
        pixel_keyword="PixelData",
        pixel_vr=vr,
        **options,
    )
    return np.asarray(values), str(about["photometric_interpretation"])


def _by_gdcm(data: bytes, syntax: str, module: PixelModule) -> StoredValues:
    """JPEG that only GDCM decodes; see pydicom's own plug-in, which leaves out 12 bits."""
    try:
        library: Any = gdcm()
    except ImportError:
        raise _not_installed("gdcm") from None
    fragment = library.Fragment()
    fragment.SetByteStringValue(data)
    fragments = library.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = library.DataElement(library.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = library.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((module.columns, module.rows, 1))
    image.SetDataElement(element)
    kind = library.PhotometricInterpretation
    image.SetPhotometricInterpretation(kind(kind.GetPIType(module.photometric)))
    if module.is_colour:
        image.SetPlanarConfiguration(0)
    transfer = library.TransferSyntax
    image.SetTransferSyntax(transfer(transfer.GetTSType(syntax)))
    bits = module.high_bit + 1
    image.SetPixelFormat(
        library.PixelFormat(
            module.samples, module.bits_allocated, bits, bits - 1, int(module.is_signed)
        )
    )
    buffer = image.GetBuffer()
    content = buffer.encode("utf-8", "surrogateescape") if isinstance(buffer, str) else buffer
    shape = (module.rows, module.columns, module.samples)[: 3 if module.is_colour else 2]
    dtype = np.dtype(f"<{'i' if module.is_signed else 'u'}{module.bits_allocated // 8}")
    if len(content) < int(np.prod(shape)) * dtype.itemsize:
        raise UnreadableImage(DAMAGED)
    values = np.frombuffer(content, dtype, count=int(np.prod(shape))).reshape(shape)
    return StoredValues(values, _wide_enough(values, module))


def _wide_enough(values: AnyArray, module: PixelModule) -> PixelModule:
    """With as many bits as the values need, where the tags state fewer than are used."""
    if module.is_colour:
        return module
    low, high = int(values.min()), int(values.max())
    needed = max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0) + module.is_signed
    return replace(module, bits_stored=max(module.bits_stored, needed))


def _shifted(values: AnyArray, module: PixelModule) -> AnyArray:
    """Values of pixels that are not compressed, without what else lies in their bits (overlays).

    Args:
        values: as allocated.

    Returns: the same type; signed values keep their sign.
    """
    spare = module.high_bit + 1 - module.bits_stored
    unused = module.bits_allocated - module.high_bit - 1
    if module.is_colour or not (spare or unused):
        return values
    # Up to the sign bit, then back: the sign comes with it.
    return np.asarray((values << unused) >> (unused + spare))


def _not_installed(plugin: str) -> UnsupportedFormat:
    return UnsupportedFormat(
        f"The decoder of this DICOM file's compression is not installed on the server (pip install "
        f"{PACKAGES[plugin]}); install it, or {REMEDY}."
    )
