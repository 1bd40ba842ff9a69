"""What an exported folder says about itself, for people and for other tools: `manifest.json`."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.model_card.quantization import Precision

Format = Literal["mlflow", "tflite", "onnx", "saved-model"]

MANIFEST_NAME, GOLDEN_FOLDER, TENSORS_NAME = "manifest.json", "golden", "golden.npz"
TFLITE_NAME, ONNX_NAME, SAVED_MODEL_NAME = "model.tflite", "model.onnx", "saved_model"
# The file or the folder of the network; MLflow runs the one that the product serves.
GRAPH_NAMES: dict[Format, str] = {
    "mlflow": TFLITE_NAME,
    "tflite": TFLITE_NAME,
    "onnx": ONNX_NAME,
    "saved-model": SAVED_MODEL_NAME,
}


class _ManifestPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TensorSpec(_ManifestPart):
    """What goes into the network, or comes out; None in a shape: any number of inputs."""

    name: str
    shape: tuple[int | None, ...]
    dtype: Literal["float32"] = "float32"


class ExportedCalibration(_ManifestPart):
    """What makes probabilities of logits: softmax(logits / temperature). What was fitted besides is
    in the network's last layer."""

    temperature: float
    folded_temperature: float
    folded_matrix: tuple[tuple[float, ...], ...]
    folded_biases: tuple[float, ...]


class Policy(_ManifestPart):
    """How the product decided where it was exported; see `api.decision.decide.DecisionPolicy`."""

    operating_point: str
    prevalence: float | None
    max_error: float | None


class ReadLimits(_ManifestPart):
    """What a file may be to be read."""

    max_bytes: int
    max_pixels: int
    min_side_px: int


class GoldenAnswer(_ManifestPart):
    """A file in the folder and what the product answered to it."""

    file: str
    answer: dict[str, Any]


class Manifest(_ManifestPart):
    """The contents of `manifest.json`."""

    format: int = 1
    form: Format
    made_by: str
    created_at: datetime
    task: str
    kind: str
    version: str
    weights_sha256: str
    precision: Precision
    graph: str = Field(description="Path of the network.")
    input: TensorSpec
    outputs: tuple[TensorSpec, ...]
    classes: tuple[str, ...]
    negative_class: str | None
    preprocessing: dict[str, Any] = Field(
        description="The meaning of a pixel, or of a row's numbers: as in the card."
    )
    calibration: ExportedCalibration
    thresholds: dict[str, float] = Field(
        description="Of each operating point, on 1 - P(negative class)."
    )
    policy: Policy
    limits: ReadLimits
    golden: tuple[GoldenAnswer, ...]
    files: dict[str, str] = Field(description="SHA-256 of each other file, by its path.")
