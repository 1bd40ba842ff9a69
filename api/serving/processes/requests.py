"""What a compute process can be asked to do."""

from dataclasses import dataclass
from pathlib import Path

from api.inputs.images.decoding import Limits
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.quantization import Precision
from api.registry.store import Checkpoint


@dataclass(frozen=True, slots=True)
class Model:
    """A checkpoint to load; `wide_threads`: threads of the interpreter for an image alone."""

    checkpoint: Checkpoint
    compiled: Path
    precision: Precision
    wide_threads: int


@dataclass(frozen=True, slots=True)
class Start:
    """The first request: load a model, if there is one, then live within these limits.

    Attributes:
        niceness: added to the server's own.
        extra_memory_bytes: address space beyond what the process has once it is loaded.
    """

    model: Model | None
    niceness: int
    extra_memory_bytes: int


@dataclass(frozen=True, slots=True)
class Infer:
    """Decode the content and run the model; `alone`: with all cores; `keep_decoded`: the reply has
    what the network was given."""

    limits: Limits
    alone: bool
    keep_decoded: bool = False


@dataclass(frozen=True, slots=True)
class InferDecoded:
    """Run the model on a decoded input: the content is its tensor of this shape and then its
    acquisition, float32."""

    shape: tuple[int, ...]
    issues: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class GoldenCheck:
    """Run a golden input."""


@dataclass(frozen=True, slots=True)
class Describe:
    """Describe the content as a sample."""

    limits: Limits
    spec: PreprocessingSpec


@dataclass(frozen=True, slots=True)
class Deidentify:
    """Make a PNG of what the content, a DICOM film, shows."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class Identify:
    """Say which instance the content, a DICOM file, is."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class ReadSource:
    """Say what a result repeats of the content, a DICOM file."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Shrink the content to a PNG."""

    limits: Limits
    side_px: int
