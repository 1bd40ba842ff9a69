"""A checkpoint that is loaded in compute processes, one a core."""

from dataclasses import replace
from pathlib import Path

from api.inputs.images.decoding import Limits
from api.kinds.kind import DecodedInput
from api.model_card.card import Card
from api.model_card.quantization import Precision
from api.registry.store import Checkpoint
from api.serving.inference import Inference, Outputs
from api.serving.processes.forks import Forks
from api.serving.processes.pool import Counts, ProcessPool
from api.serving.processes.requests import GoldenCheck, Infer, InferDecoded, Model
from api.serving.processes.wire import Reply


class PredictorProcesses:
    """Answers as `Engine` does; an image that crashes, hangs or swells costs that image alone."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        compiled: Path,
        precision: Precision,
        *,
        forks: Forks,
        processes: int,
        max_image_seconds: float,
        counts: Counts,
        at_rest: int | None = None,
        niceness: int = 0,
    ) -> None:
        """Load the model in every process, which proves it there.

        Args:
            processes: at most, while none of them is at a slow image.
            at_rest: to begin with; the others are started when an image waits for one. A single
                one has no interpreter with all cores. Default: all.
            niceness: added to the server's own.

        Raises: InvalidCheckpoint, StorageFailed.
        """
        self.checkpoint, self.precision = checkpoint, precision
        self._pool = ProcessPool(
            forks,
            size=processes,
            at_rest=at_rest,
            max_image_seconds=max_image_seconds,
            model=Model(checkpoint, compiled, precision, wide_threads=at_rest or processes),
            niceness=niceness,
            counts=counts,
        )

    @property
    def card(self) -> Card:
        return self.checkpoint.card

    @property
    def version(self) -> str:
        return self.checkpoint.version

    @property
    def pids(self) -> tuple[int, ...]:
        """Of its processes as they are now."""
        return self._pool.pids

    def infer(
        self, content: bytes, limits: Limits, *, alone: bool = False, keep_decoded: bool = False
    ) -> Inference:
        """Read one image and run the network; see `Predictor.infer`.

        Raises: UnsupportedFormat, UnreadableImage, TooLarge, DecoderFailed, ModelNotReady.
        """
        return _inference(self._pool.call(Infer(limits, alone, keep_decoded), content))

    def infer_decoded(self, decoded: DecodedInput, *, sha256: str) -> Inference:
        """See `Predictor.infer_decoded`. Raises: ModelNotReady."""
        request = InferDecoded(decoded.tensor.shape, decoded.issues, sha256)
        content = decoded.tensor.tobytes() + decoded.acquisition.tobytes()
        inference = _inference(self._pool.call(request, content))
        return replace(inference, tag_issues=decoded.tag_issues)

    def check(self) -> None:
        """Run one golden input. Raises: InvalidCheckpoint if its answer is not the card's."""
        self._pool.call(GoldenCheck())


def _inference(reply: Reply) -> Inference:
    values, arrays = reply.values, reply.arrays
    issues, tensor = tuple(values["quality_issues"]), arrays.get("decoded")
    tags = tuple(values["tag_issues"])
    return Inference(
        outputs=Outputs(
            logits=arrays["logits"],
            early_features=arrays["early_features"],
            activation=arrays["activation"],
        ),
        sha256=values["sha256"],
        unlikeness=values["unlikeness"],
        quality_issues=issues,
        acquisition=arrays["acquisition"],
        site_distance=values["site_distance"],
        decode_ms=values["decode_ms"],
        inference_ms=values["inference_ms"],
        tag_issues=tags,
        dicom=values["dicom"],
        dicom_source=values["dicom_source"],
        identifiers=tuple(values["identifiers"]),
        decoded=None
        if tensor is None
        else DecodedInput(tensor, issues, arrays["acquisition"], tag_issues=tags),
    )
