"""What a short-lived process is asked to build; see `apart`."""

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from api.arrays import Float32Array
from api.dicom import results
from api.dicom.answers import ResultOfImage, SourceInstance
from api.dicom.captured_image import captured

LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A structured report; see `results.structured_report`."""

    answer: ResultOfImage
    source: SourceInstance | None

    def built(self) -> bytes:
        """As a file of PS3.10."""
        return results.encoded(results.structured_report(self.answer, self.source))


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """A secondary capture of a film, a PNG of this program's own, with its heat map.

    `activation`: (rows, columns, classes) float32, see `decision.heatmap`; None: none was kept.
    """

    answer: ResultOfImage
    source: SourceInstance | None
    image_png: bytes
    activation: Float32Array | None

    def built(self) -> bytes:
        """As a file of PS3.10."""
        with Image.open(io.BytesIO(self.image_png)) as picture:
            image = np.asarray(picture.convert("L"))
        drawn = captured(self.answer, image, self.activation)
        return results.encoded(results.secondary_capture(self.answer, drawn, self.source))


@dataclass(frozen=True, slots=True)
class ResultsRequest:
    """Report and capture of one answer, for whoever sends both."""

    report: ReportRequest
    capture: CaptureRequest

    def built(self) -> bytes:
        """The length of the report's file, then both files; see `split`."""
        report = self.report.built()
        return LENGTH.pack(len(report)) + report + self.capture.built()

    @staticmethod
    def split(both: bytes) -> tuple[bytes, bytes]:
        """The files of report and capture."""
        (size,) = LENGTH.unpack_from(both)
        return both[LENGTH.size : LENGTH.size + size], both[LENGTH.size + size :]
