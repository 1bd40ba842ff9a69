"""The one frame of a DICOM file, not decoded: how it is compressed, and the room that it takes."""

from dataclasses import dataclass

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.dicom.codestream import Codestream, codestream_of
from api.inputs.images.dicom.dataset import BIG_ENDIAN, DAMAGED, EXPLICIT, IMPLICIT, DicomFile
from api.inputs.images.dicom.packages import pydicom
from api.inputs.images.dicom.pixel_module import PixelModule

RUN_LENGTHS = "1.2.840.10008.1.2.5"
NATIVE = frozenset({IMPLICIT, EXPLICIT, BIG_ENDIAN})
# One byte of run lengths stands for at most 64 of pixels (two bytes for 128).
MAX_RUN = 64
REMEDY = "export the film uncompressed, or as JPEG, JPEG-LS, JPEG 2000 or RLE"


@dataclass(frozen=True, slots=True)
class Frame:
    """The one frame of a file, not decoded: its bytes, and what they say of themselves.

    `codestream` is None where nothing or only run lengths compress it.
    """

    data: bytes
    codestream: Codestream | None
    is_run_length: bool = False

    def size(self, module: PixelModule) -> tuple[int, int]:
        """Width and height that decoding takes room for."""
        if self.codestream is None:
            return module.columns, module.rows
        return self.codestream.width, self.codestream.height


def frame_of(file: DicomFile, module: PixelModule) -> Frame:
    """The frame, whatever transfer syntax the file claims: its own bytes tell the codec.

    Raises: UnsupportedFormat: a compression that is not decoded; UnreadableImage: damaged, or
        less than the tags announce.
    """
    data = file.pixel_data or b""
    if not file.is_encapsulated:
        if file.transfer_syntax not in NATIVE and len(data) < _native_bytes(module):
            raise UnreadableImage(DAMAGED)
        if len(data) < _native_bytes(module):
            raise UnreadableImage(
                f"The DICOM file is cut short: {module.columns} x {module.rows} pixels take "
                f"{_native_bytes(module)} bytes, and there are {len(data)}; export the film again."
            )
        return Frame(data, None)
    frame = bytes(pydicom().encaps.get_frame(data, 0, number_of_frames=1))
    codestream = codestream_of(frame)
    if codestream is None and file.transfer_syntax != RUN_LENGTHS:
        raise UnsupportedFormat(
            f"The DICOM file is compressed as {_name_of(file.transfer_syntax)}, which is not "
            f"decoded here; {REMEDY}."
        )
    if codestream is None and len(frame) * MAX_RUN < _native_bytes(module):
        raise UnreadableImage(DAMAGED)
    return Frame(frame, codestream, is_run_length=codestream is None)


def _native_bytes(module: PixelModule) -> int:
    size = module.rows * module.columns * module.samples * module.bits_allocated // 8
    # Two pixels share their colours.
    return size // 3 * 2 if module.photometric.endswith("_422") else size


def _name_of(syntax: str) -> str:
    """What the standard calls a transfer syntax; never what else may stand there."""
    known = pydicom().uid.UID_dictionary.get(syntax)
    return f"{known[0]} ({syntax})" if known else "something that the standard does not know"
