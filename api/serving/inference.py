"""What one image gives before anything is decided, and who can be asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from api.arrays import Float32Array
from api.inputs.images.decoding import Limits
from api.kinds.kind import DecodedInput
from api.model_card.card import Card
from api.model_card.quantization import Precision
from api.registry.store import Checkpoint


@dataclass(frozen=True, slots=True)
class Outputs:
    """What one pass yields, float32.

    Attributes:
        logits: (classes,).
        early_features: of an image (576,), by which pictures unlike those learned from are found;
            of a row (features,), its numbers as the network scales them.
        activation: (7, 7, classes), logits of each place; their mean over the places is `logits`.
            Empty where a network looks at no places.
    """

    logits: Float32Array
    early_features: Float32Array
    activation: Float32Array


@dataclass(frozen=True, slots=True)
class Inference:
    """One image, read and computed.

    Attributes:
        sha256: hex digest of the file.
        unlikeness: distance to the training images over the limit; None if it is not measured.
        quality_issues: what is wrong with the picture, in words.
        acquisition: (66,) how the film was made, see `inputs.images.acquisition`.
        site_distance: of that from the known sites over their limits; None if not measured.
        decode_ms, inference_ms: milliseconds of reading and of computing.
        tag_issues: why a DICOM film is not what the task is about, by its tags, in words.
        dicom: what the settings let an answer show of a DICOM film's tags.
        dicom_source: the film's UIDs, where the settings store them with the answer.
        identifiers: of a DICOM film, what in a file's name tells whose it is; never stored.
        decoded: what the network was given, where it was asked for.
    """

    outputs: Outputs
    sha256: str
    unlikeness: float | None
    quality_issues: tuple[str, ...]
    acquisition: Float32Array
    site_distance: float | None
    decode_ms: float
    inference_ms: float
    tag_issues: tuple[str, ...] = ()
    dicom: Mapping[str, str | None] | None = field(default=None, repr=False)
    dicom_source: Mapping[str, str] | None = field(default=None, repr=False)
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    decoded: DecodedInput | None = None


class Predictor(Protocol):
    """A loaded checkpoint, in this process or in processes of its own."""

    @property
    def checkpoint(self) -> Checkpoint: ...

    @property
    def precision(self) -> Precision: ...

    @property
    def card(self) -> Card: ...

    @property
    def version(self) -> str: ...

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that hold it; none where it is in this one."""

    def infer(
        self, content: bytes, limits: Limits, *, alone: bool = False, keep_decoded: bool = False
    ) -> Inference:
        """Read one image and run the network; `alone`: all cores are free for it.

        Args:
            keep_decoded: the inference also holds what the network was given.

        Raises: UnsupportedFormat, UnreadableImage, TooLarge, DecoderFailed, ModelNotReady.
        """

    def infer_decoded(self, decoded: DecodedInput, *, sha256: str) -> Inference:
        """Run the network on an image that was read for another checkpoint with the same
        preprocessing.

        Raises: ModelNotReady.
        """

    def check(self) -> None:
        """Run one golden input. Raises: InvalidCheckpoint if its answer is not the card's."""
