"""A compiled checkpoint, ready to answer: a pool of interpreters, one for each compute thread, and
one with all threads for a film that is alone."""

import contextlib
import hashlib
import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from api.arrays import Float32Array
from api.decision.decide import probabilities_of
from api.decision.out_of_distribution import METHODS
from api.errors import InvalidCheckpoint
from api.inputs.images.decoding import Limits
from api.kinds.by_name import kind_of
from api.kinds.kind import DecodedInput
from api.model_card.card import Card
from api.model_card.quantization import Precision
from api.registry.store import Checkpoint
from api.serving.inference import Inference, Outputs
from api.serving.reference import references_of

# fp32 runtimes agree within 1e-5; ten times what the contract promises would be a wrong model.
GOLDEN_TOLERANCE = 1e-3
# Integer kernels of other processors may round some values the other way.
INT8_TOLERANCE = 2e-2
# Of networks that look at no places.
NO_ACTIVATION = np.zeros((1, 0, 0, 0), dtype=np.float32)


class Engine:
    """Runs one checkpoint. Thread-safe: an inference borrows an interpreter of its own."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        compiled: Path,
        *,
        interpreters: int,
        precision: Precision = "fp32",
        wide_threads: int | None = None,
    ) -> None:
        """Load, and prove that the compiled model says what the card says.

        `wide_threads`: of the interpreter for an image that is alone; default: as many as there
        are interpreters.

        Raises: InvalidCheckpoint.
        """
        self.checkpoint, self.precision = checkpoint, precision
        self._kind = kind_of(checkpoint.card.input_kind)
        reduced = checkpoint.card.reduced if precision == "int8" else None
        self._golden = reduced.golden if reduced else checkpoint.card.golden
        self._tolerance = INT8_TOLERANCE if reduced else GOLDEN_TOLERANCE
        self._references = references_of(checkpoint)
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wide = self._idle
        try:
            # Read once and shared: a mapping for each interpreter would count as often.
            self._content = compiled.read_bytes()
            for _ in range(interpreters):
                self._idle.put(_runner(self._content, threads=1))
            wide_threads = wide_threads or interpreters
            if wide_threads > 1:
                self._wide = queue.SimpleQueue()
                self._wide.put(_runner(self._content, threads=wide_threads))
        except (ValueError, RuntimeError, OSError) as exc:
            raise InvalidCheckpoint(
                f"The compiled model of '{self.version}' cannot be loaded: {exc}"
            ) from exc
        self._check_golden()

    @property
    def card(self) -> Card:
        return self.checkpoint.card

    @property
    def version(self) -> str:
        return self.checkpoint.version

    @property
    def pids(self) -> tuple[int, ...]:
        """None: it is in this process."""
        return ()

    def run(self, tensor: Float32Array, *, alone: bool = False) -> Outputs:
        """One forward pass.

        Args:
            tensor: float32, an image (height, width, 1) from the card's preprocessing, or a row
                (features,).
            alone: nothing else is to be computed now, so this may use all cores.
        """
        with self._borrowed(self._wide if alone else self._idle) as runner:
            outputs = runner(**{self._kind.input_name: tensor[np.newaxis]})
        return Outputs(
            logits=outputs["logits"][0],
            early_features=outputs["early_features"][0],
            activation=outputs.get("activation", NO_ACTIVATION)[0],
        )

    def infer(
        self, content: bytes, limits: Limits, *, alone: bool = False, keep_decoded: bool = False
    ) -> Inference:
        """Read one input and run the network; see `Predictor.infer`.

        Raises: UnsupportedFormat, UnreadableImage, TooLarge, DecoderFailed, InvalidRow.
        """
        started = time.perf_counter()
        found = self._kind.decode(content, limits, self.card)
        decode_ms = (time.perf_counter() - started) * 1e3
        inference = self._inferred(found, alone=alone)
        return replace(
            inference,
            sha256=hashlib.sha256(content).hexdigest(),
            decode_ms=round(decode_ms, 3),
            decoded=found if keep_decoded else None,
        )

    def infer_decoded(self, decoded: DecodedInput, *, sha256: str) -> Inference:
        """See `Predictor.infer_decoded`."""
        return replace(self._inferred(decoded, alone=False), sha256=sha256)

    def _inferred(self, found: DecodedInput, *, alone: bool) -> Inference:
        started = time.perf_counter()
        outputs = self.run(found.tensor, alone=alone)
        inference_ms = (time.perf_counter() - started) * 1e3
        return Inference(
            outputs=outputs,
            sha256="",
            unlikeness=self.ood_score(outputs.early_features),
            quality_issues=found.issues,
            acquisition=found.acquisition,
            site_distance=self.site_distance(found.acquisition),
            tag_issues=found.tag_issues,
            dicom=found.dicom,
            dicom_source=found.dicom_source,
            identifiers=found.identifiers,
            decode_ms=0.0,
            inference_ms=round(inference_ms, 3),
        )

    def ood_score(self, early_features: Float32Array) -> float | None:
        """Distance to the training films over the limit: above 1 is unlike; None if not known."""
        rule = self.card.outliers
        if rule is None or self._references is None:
            return None
        distance = METHODS[rule.method](self._references.ood, early_features[np.newaxis])[0]
        return float(distance) / rule.threshold

    def site_distance(self, acquisition: Float32Array) -> float | None:
        """Distance to the nearest known site over its limit: above 1 is unfamiliar; None if not
        known."""
        references = self._references
        if self.card.acquisition is None or references is None or references.site is None:
            return None
        return float(references.site.distances(acquisition[np.newaxis])[0])

    def check(self) -> None:
        """Run one golden input. Raises: InvalidCheckpoint if its answer is not the card's."""
        self._compare(0)

    @contextlib.contextmanager
    def _borrowed(self, pool: "queue.SimpleQueue[Any]") -> Iterator[Any]:
        runner = pool.get()
        try:
            yield runner
        finally:
            pool.put(runner)

    def _check_golden(self) -> None:
        """Each interpreter takes its turn: all are proven and warm before they meet a request."""
        if not self._golden:
            raise InvalidCheckpoint(f"The card of '{self.version}' has no golden outputs.")
        for index in range(max(len(self._golden), self._idle.qsize())):
            self._compare(index % len(self._golden))
        self._compare(0, alone=True)

    def _compare(self, index: int, *, alone: bool = False) -> None:
        golden = self._golden[index]
        tensor = self._kind.golden_input(golden, self.card)
        try:
            actual = probabilities_of(
                self.run(tensor, alone=alone).logits, temperature=self.card.temperature
            )
        except (ValueError, RuntimeError, KeyError) as exc:
            raise InvalidCheckpoint(
                f"The network of '{self.version}' does not take what its card describes: {exc}"
            ) from exc
        if len(actual) != len(golden.probabilities) or not np.allclose(
            actual, golden.probabilities, atol=self._tolerance
        ):
            raise InvalidCheckpoint(
                f"Version '{self.version}' does not reproduce its golden outputs: for "
                f"{self._kind.golden_name(golden)} it gives {np.round(actual, 4).tolist()} "
                f"instead of {np.round(golden.probabilities, 4).tolist()}. Its weights and card "
                "do not belong together."
            )


def engine_loader(interpreters: int) -> Callable[[Checkpoint, Path, Precision], Engine]:
    """What loads engines of so many interpreters in this process."""

    def load(checkpoint: Checkpoint, compiled: Path, precision: Precision) -> Engine:
        return Engine(checkpoint, compiled, interpreters=interpreters, precision=precision)

    return load


def _runner(content: bytes, *, threads: int) -> Any:
    interpreter = Interpreter(model_content=content, num_threads=threads)
    return interpreter.get_signature_runner()
