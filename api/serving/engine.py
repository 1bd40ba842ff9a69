"""A compiled checkpoint, ready to answer: a pool of interpreters, one for each compute thread, and
one with all threads for a film that is alone."""

import contextlib
import queue
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from api.decision.decide import probabilities_of
from api.decision.outliers import METHODS, Reference, load_reference
from api.errors import InvalidCheckpoint
from api.inputs.phantom import phantom
from api.inputs.preprocessing import FloatImage
from api.registry.card import Card
from api.registry.precision import Precision
from api.registry.store import Checkpoint, reference_path

FloatArray = npt.NDArray[np.float32]

# fp32 runtimes agree within 1e-5; ten times what the contract promises would be a wrong model.
GOLDEN_TOLERANCE = 1e-3
# Integer kernels of other processors may round some values the other way.
REDUCED_TOLERANCE = 2e-2


@dataclass(frozen=True, slots=True)
class Outputs:
    """What one pass yields, float32.

    Attributes:
        logits: (classes,).
        early_features: (576,), by which pictures unlike chest films are found.
        activation: (7, 7, classes), logits of each place; their mean over the places is `logits`.
    """

    logits: FloatArray
    early_features: FloatArray
    activation: FloatArray


class Engine:
    """Runs one checkpoint. Thread-safe: an inference borrows an interpreter of its own."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        compiled: Path,
        *,
        interpreters: int,
        precision: Precision = "fp32",
    ) -> None:
        """Load, and prove that the compiled model says what the card says.

        Raises: InvalidCheckpoint.
        """
        self.checkpoint, self.precision = checkpoint, precision
        reduced = checkpoint.card.reduced if precision == "int8" else None
        self._golden = reduced.golden if reduced else checkpoint.card.golden
        self._tolerance = REDUCED_TOLERANCE if reduced else GOLDEN_TOLERANCE
        self._reference = reference_of(checkpoint)
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wide = self._idle
        try:
            # Read once and shared: a mapping for each interpreter would count as often.
            self._content = compiled.read_bytes()
            for _ in range(interpreters):
                self._idle.put(_runner(self._content, threads=1))
            if interpreters > 1:
                self._wide = queue.SimpleQueue()
                self._wide.put(_runner(self._content, threads=interpreters))
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

    def run(self, image: FloatImage, *, alone: bool = False) -> Outputs:
        """One forward pass.

        Args:
            image: (height, width, 1) float32, from the card's preprocessing.
            alone: nothing else is to be computed now, so this may use all cores.
        """
        with self._borrowed(self._wide if alone else self._idle) as runner:
            outputs = runner(image=image[np.newaxis])
        return Outputs(
            logits=outputs["logits"][0],
            early_features=outputs["early_features"][0],
            activation=outputs["activation"][0],
        )

    def unlikeness(self, early_features: FloatArray) -> float | None:
        """Distance to the training films over the limit: above 1 is unlike; None if not known."""
        rule = self.card.outliers
        if rule is None or self._reference is None:
            return None
        distance = METHODS[rule.method](self._reference, early_features[np.newaxis])[0]
        return float(distance) / rule.threshold

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
        image = self.card.preprocessing.apply(phantom(golden.finding, seed=golden.seed))
        try:
            actual = probabilities_of(
                self.run(image, alone=alone).logits, temperature=self.card.temperature
            )
        except (ValueError, RuntimeError, KeyError) as exc:
            raise InvalidCheckpoint(
                f"The network of '{self.version}' does not take what its card describes: {exc}"
            ) from exc
        if len(actual) != len(golden.probabilities) or not np.allclose(
            actual, golden.probabilities, atol=self._tolerance
        ):
            raise InvalidCheckpoint(
                f"Version '{self.version}' does not reproduce its golden outputs: for the "
                f"generated film '{golden.finding}' it gives {np.round(actual, 4).tolist()} "
                f"instead of {np.round(golden.probabilities, 4).tolist()}. Its weights and card "
                "do not belong together."
            )


def _runner(content: bytes, *, threads: int) -> Any:
    interpreter = Interpreter(model_content=content, num_threads=threads)
    return interpreter.get_signature_runner()


def reference_of(checkpoint: Checkpoint) -> Reference | None:
    """What the card's rule for strangers measures with. Raises: InvalidCheckpoint."""
    rule = checkpoint.card.outliers
    if rule is None:
        return None
    if rule.method not in METHODS:
        raise InvalidCheckpoint(
            f"The card of '{checkpoint.version}' finds strangers by '{rule.method}', which this "
            "version of the program does not know; update it, or promote another version."
        )
    return load_reference(reference_path(checkpoint.weights), sha256=rule.reference_sha256)
