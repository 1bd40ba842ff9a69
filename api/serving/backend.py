"""Where images are decoded and computed: in processes of their own, or in this one."""

import logging
import threading
from pathlib import Path
from typing import Protocol

from api.dicom.answers import SourceInstance
from api.dicom.source_file import source_from, source_values
from api.inputs.images import deidentification, description, thumbnails
from api.inputs.images.decoding import Limits
from api.inputs.images.description import ImageDescription
from api.inputs.images.dicom.identity import DicomIdentity, identity_of
from api.inputs.images.formats import is_dicom
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.statistics import ImageStatistics
from api.model_card.quantization import Precision
from api.registry.store import Checkpoint
from api.serving.inference import Predictor
from api.serving.processes.forks import Forks
from api.serving.processes.pool import Counts, ProcessPool, are_possible
from api.serving.processes.predictor import PredictorProcesses
from api.serving.processes.requests import (
    Deidentify,
    Describe,
    Identify,
    ReadSource,
    Thumbnail,
)
from api.serving.processes.wire import Reply
from api.settings import Settings

logger = logging.getLogger(__name__)

# Uploads, thumbnails and imports leave the processor to predictions.
READER_NICENESS = 5
# Of what nobody waits for; it may take so many times as long as an answer.
LOWEST_NICENESS, BACKGROUND_TIME_FACTOR = 19, 6


class ComputeBackend(Protocol):
    """Loads checkpoints, and reads images that are not to be predicted."""

    counts: Counts

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the compute processes that there are."""

    def load(
        self,
        checkpoint: Checkpoint,
        compiled: Path,
        precision: Precision,
        *,
        is_default: bool = True,
        in_background: bool = False,
    ) -> Predictor:
        """A predictor that is proven on the checkpoint's golden inputs.

        Args:
            is_default: it is of the default task; of others less is held in memory at rest.
            in_background: nobody waits for its answers: one at a time, at the lowest priority.

        Raises: InvalidCheckpoint, StorageFailed.
        """

    def describe(self, content: bytes, limits: Limits, spec: PreprocessingSpec) -> ImageDescription:
        """What is written down of a sample. Raises: UnsupportedFormat, UnreadableImage, TooLarge,
        DecoderFailed, ModelNotReady while no process is free."""

    def thumbnail(self, content: bytes, limits: Limits, *, side_px: int) -> bytes:
        """A small PNG of an image. Raises: as `describe`."""

    def deidentified(self, content: bytes, limits: Limits) -> bytes:
        """What may be stored of a film: a DICOM's picture as PNG, any other file as it is.

        Raises: as `describe`; InvalidUpload where text may be burnt into a DICOM's picture.
        """

    def identity(self, content: bytes, limits: Limits) -> DicomIdentity:
        """Which instance a DICOM file is. Raises: as `describe`."""

    def source(self, content: bytes, limits: Limits) -> SourceInstance:
        """What a result repeats of a DICOM file: whose it is. Raises: as `describe`."""

    def close(self) -> None:
        """End what was started."""


def open_backend(settings: Settings) -> ComputeBackend:
    """What the setting says, as far as this system can. Raises: StorageFailed."""
    if settings.compute == "processes" and are_possible():
        return ProcessBackend(
            processes=settings.interpreters, max_image_seconds=settings.max_film_seconds
        )
    logger.warning(
        "compute=threads: a file that crashes a decoder ends this server, and one that takes for "
        "ever is not given up (ROENTGEN_COMPUTE)"
    )
    return ThreadBackend(interpreters=settings.interpreters)


class ThreadBackend:
    """Everything in this process: about 100 MB less, and no protection from a file that crashes a
    decoder."""

    def __init__(self, *, interpreters: int) -> None:
        self.counts = Counts()
        self._interpreters = interpreters

    @property
    def pids(self) -> tuple[int, ...]:
        """There are none."""
        return ()

    def load(
        self,
        checkpoint: Checkpoint,
        compiled: Path,
        precision: Precision,
        *,
        is_default: bool = True,
        in_background: bool = False,
    ) -> Predictor:
        """See `ComputeBackend`; the priority is that of the thread which asks."""
        # The runtime is not loaded where compute processes have it.
        from api.serving.engine import engine_loader

        interpreters = 1 if in_background else self._interpreters
        return engine_loader(interpreters)(checkpoint, compiled, precision)

    def describe(self, content: bytes, limits: Limits, spec: PreprocessingSpec) -> ImageDescription:
        """See `ComputeBackend`."""
        return description.describe(content, limits, spec)

    def thumbnail(self, content: bytes, limits: Limits, *, side_px: int) -> bytes:
        """See `ComputeBackend`."""
        return thumbnails.thumbnail_png(content, limits, side_px=side_px)

    def deidentified(self, content: bytes, limits: Limits) -> bytes:
        """See `ComputeBackend`."""
        return deidentification.deidentified(content, limits)

    def identity(self, content: bytes, limits: Limits) -> DicomIdentity:
        """See `ComputeBackend`."""
        return identity_of(content, max_pixels=limits.max_pixels)

    def source(self, content: bytes, limits: Limits) -> SourceInstance:
        """See `ComputeBackend`."""
        return source_from(source_values(content, max_pixels=limits.max_pixels))

    def close(self) -> None:
        """See `ComputeBackend`."""


class ProcessBackend:
    """A predictor's processes, one a core, and as many readers without a model."""

    def __init__(self, *, processes: int, max_image_seconds: float) -> None:
        """Begin to start. Raises: StorageFailed."""
        self.counts = Counts()
        self._processes, self._max_image_seconds = processes, max_image_seconds
        self._forks = Forks()
        self._readers: ProcessPool | None = None
        self._lock = threading.Lock()
        self._forks.start()

    @property
    def pids(self) -> tuple[int, ...]:
        """See `ComputeBackend`."""
        return self._forks.pids

    def load(
        self,
        checkpoint: Checkpoint,
        compiled: Path,
        precision: Precision,
        *,
        is_default: bool = True,
        in_background: bool = False,
    ) -> Predictor:
        """See `ComputeBackend`."""
        if in_background:
            return self._background(checkpoint, compiled, precision)
        return PredictorProcesses(
            checkpoint,
            compiled,
            precision,
            forks=self._forks,
            processes=self._processes,
            at_rest=self._processes if is_default else 1,
            max_image_seconds=self._max_image_seconds,
            counts=self.counts,
        )

    def _background(
        self, checkpoint: Checkpoint, compiled: Path, precision: Precision
    ) -> PredictorProcesses:
        """One process that waits for all others; what it counts is nobody's trouble."""
        return PredictorProcesses(
            checkpoint,
            compiled,
            precision,
            forks=self._forks,
            processes=1,
            max_image_seconds=BACKGROUND_TIME_FACTOR * self._max_image_seconds,
            niceness=LOWEST_NICENESS,
            counts=Counts(),
        )

    def describe(self, content: bytes, limits: Limits, spec: PreprocessingSpec) -> ImageDescription:
        """See `ComputeBackend`."""
        return _description(self._reader_pool().call(Describe(limits, spec), content))

    def thumbnail(self, content: bytes, limits: Limits, *, side_px: int) -> bytes:
        """See `ComputeBackend`."""
        reply = self._reader_pool().call(Thumbnail(limits, side_px), content)
        return reply.arrays["png"].tobytes()

    def deidentified(self, content: bytes, limits: Limits) -> bytes:
        """See `ComputeBackend`."""
        if not is_dicom(content):
            return content
        return self._reader_pool().call(Deidentify(limits), content).arrays["png"].tobytes()

    def identity(self, content: bytes, limits: Limits) -> DicomIdentity:
        """See `ComputeBackend`."""
        return DicomIdentity(**self._reader_pool().call(Identify(limits), content).values)

    def source(self, content: bytes, limits: Limits) -> SourceInstance:
        """See `ComputeBackend`."""
        return source_from(self._reader_pool().call(ReadSource(limits), content).values)

    def close(self) -> None:
        """See `ComputeBackend`."""
        if self._readers is not None:
            self._readers.close()
        self._forks.close()

    def _reader_pool(self) -> ProcessPool:
        """Started when the first image is to be read: many servers only predict."""
        with self._lock:
            if self._readers is None:
                self._readers = ProcessPool(
                    self._forks,
                    size=self._processes,
                    max_image_seconds=self._max_image_seconds,
                    niceness=READER_NICENESS,
                    counts=self.counts,
                )
            return self._readers


def _description(reply: Reply) -> ImageDescription:
    values, stored = reply.values, reply.arrays.get("stored")
    return ImageDescription(
        kind=values["kind"],
        near_hash=reply.arrays["near_hash"].tobytes(),
        statistics=ImageStatistics(
            brightness=values["brightness"],
            edge_density=values["edge_density"],
            histogram=tuple(values["histogram"]),
        ),
        patient=values["patient"],
        identifiers=tuple(values["identifiers"]),
        stored=None if stored is None else stored.tobytes(),
    )
