"""The champion in this process: loaded in the background, swapped without a pause."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from api.errors import AppError, InvalidCheckpoint, ModelNotReady
from api.files import stamp
from api.model_card.quantization import Precision, PrecisionSetting
from api.registry.champion import Alias, checkpoint_of
from api.registry.signing.artefacts import signature_path
from api.registry.store import (
    Checkpoint,
    Store,
    card_path,
    int8_path,
    reference_path,
    shift_path,
    verify_int8,
    verify_signature,
    verify_weights,
)
from api.serving.compiled import Compiler
from api.serving.inference import Predictor
from api.serving.reference import check_references

logger = logging.getLogger(__name__)

# A full disk may have been freed meanwhile: a refused champion is tried again this often.
RETRY_S = 30.0

Build = Callable[[Checkpoint], Predictor]
Load = Callable[[Checkpoint, Path, Precision], Predictor]
# The champion's name, what is wrong with the file that names it, what its own files look like from
# outside, and the number of its move; a change asks for a reload. The name alone may be the same
# after two moves, of which the one between was loaded.
Signature = tuple[str | None, str | None, tuple[tuple[int, int], ...], int]


def predictor_builder(
    compiler: Compiler, load: Load, *, precision: PrecisionSetting = "fp32"
) -> Build:
    """How a predictor is made from a checkpoint here."""

    def build(checkpoint: Checkpoint) -> Predictor:
        # Compiling again, as below, would not mend it; the int8 form is not compiled at all.
        verify_signature(checkpoint)
        check_references(checkpoint)
        reduced = _int8_engine(checkpoint, load, precision)
        if reduced is not None:
            return reduced
        try:
            return load(checkpoint, compiler.compiled(checkpoint), "fp32")
        except InvalidCheckpoint:
            if not compiler.discard(checkpoint):
                raise
            return load(checkpoint, compiler.compiled(checkpoint), "fp32")

    return build


def _int8_engine(checkpoint: Checkpoint, load: Load, setting: PrecisionSetting) -> Predictor | None:
    """The int8 form, if it is wanted and may serve; None: fp32 has to."""
    if not _may_use_int8(checkpoint, setting):
        return None
    try:
        verify_int8(checkpoint)
        return load(checkpoint, int8_path(checkpoint.weights), "int8")
    except InvalidCheckpoint as exc:
        # The weights themselves may be whole: better slower than not at all.
        logger.error("int8 form refused, fp32 serves reason=%r", exc.message)
        return None


def _may_use_int8(checkpoint: Checkpoint, setting: PrecisionSetting) -> bool:
    record = checkpoint.card.reduced
    return record is not None and (
        setting == "int8" or (setting == "auto" and not record.objections)
    )


def _best(checkpoint: Checkpoint, setting: PrecisionSetting) -> Precision:
    """The form that would be built from the files as they are now."""
    if not _may_use_int8(checkpoint, setting):
        return "fp32"
    try:
        verify_int8(checkpoint)
    except InvalidCheckpoint:
        return "fp32"
    return "int8"


class LiveModel:
    """Holds the engine that answers, and replaces it when the champion changes.

    A request takes the reference once and keeps it to its end, so that a swap neither waits for
    requests nor breaks them. A champion that cannot be loaded is refused with its reason, and the
    engine before it goes on serving; but where several nodes share the champion this one answers
    nothing then, for the others serve the new one.
    """

    def __init__(
        self,
        store: Store,
        alias: Alias,
        build: Build,
        *,
        precision: PrecisionSetting = "fp32",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._alias, self._build, self._clock = store, alias, build, clock
        self._setting: PrecisionSetting = precision
        # What answers, and the number of the champion's move that made it: replaced together.
        self._serving: tuple[Predictor | None, int] = (None, 0)
        self._previous: Predictor | None = None
        self._is_loading = False
        self._verified: Predictor | None = None
        self._problem: str | None = None
        self._seen: Signature | None = None
        self._retry_at = 0.0
        self._lock = threading.Lock()

    @property
    def _engine(self) -> Predictor | None:
        return self._serving[0]

    @property
    def sequence(self) -> int:
        """The number of the champion's move that this process follows; 0: nothing was promoted."""
        return self._serving[1]

    @property
    def is_loading(self) -> bool:
        """Whether a version is being made ready."""
        return self._is_loading

    @property
    def problem(self) -> str | None:
        """What is wrong with the champion's files, or with the one that names it, if anything."""
        return self._problem

    @property
    def version(self) -> str | None:
        """The version that answers in this process."""
        engine = self._engine
        return engine.version if engine else None

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What answers in this process."""
        engine = self._engine
        return engine.checkpoint if engine else None

    @property
    def precision(self) -> Precision | None:
        """The numbers that it computes with."""
        engine = self._engine
        return engine.precision if engine else None

    def describe(self) -> str:
        """What serves, in words. Raises: ModelNotReady, InvalidCheckpoint with the reason."""
        engine = self.current()
        if self._problem:
            raise InvalidCheckpoint(f"{self._problem} Meanwhile {engine.version} goes on serving.")
        return f"serving {engine.version}"

    def current(self) -> Predictor:
        """The engine to answer with. Raises: ModelNotReady."""
        engine = self._engine
        if engine is None:
            raise ModelNotReady(
                f"No model can serve: {self._problem}"
                if self._problem
                else "The model is being prepared (the first start takes about half a minute); "
                "try again in a few seconds."
            )
        return engine

    def refresh(self) -> None:
        """Look whether the champion or its files changed; if so, load and swap."""
        with self._lock:
            signature = self._signature()
            due = self._problem is not None and self._clock() >= self._retry_at
            if signature != self._seen or due:
                self._seen, self._is_loading = signature, True
                try:
                    self._load()
                finally:
                    self._is_loading = False
                self._retry_at = self._clock() + RETRY_S

    def verify(self, version: str) -> None:
        """Load a version as if to serve it. Raises: NotFound, InvalidCheckpoint.

        It is kept until the next look at the champion, which it is about to be.
        """
        checkpoint = self._store.get(version)
        self._verified = self._reusable(checkpoint) or self._build(checkpoint)

    def _load(self) -> None:
        started = time.perf_counter()
        try:
            checkpoint, reason, sequence = self._champion()
            engine = self._reusable(checkpoint) or self._build(checkpoint)
        except AppError as exc:
            self._refuse(exc.message)
            logger.error("champion refused reason=%r still_serving=%s", exc.message, self.version)
            return
        except Exception:
            self._refuse("An unexpected error while loading it; see the server's log.")
            raise
        self._problem, self._verified = reason, None
        if reason:
            logger.error("champion in doubt reason=%r serving=%s", reason, engine.version)
        if self._engine is not None and engine is not self._engine:
            self._previous = self._engine
        self._serving = engine, sequence
        logger.info(
            "serving version=%s sequence=%d precision=%s load_ms=%.0f",
            engine.version,
            sequence,
            engine.precision,
            (time.perf_counter() - started) * 1e3,
        )

    def _refuse(self, problem: str) -> None:
        """Keep what is wrong; where the champion is shared, answer with no other version."""
        self._problem = problem
        engine, sequence = self._serving
        if engine is not None and self._alias.shared is not None and self._is_another(engine):
            # Warm, for a rollback.
            self._previous, self._serving = engine, (None, sequence)

    def _is_another(self, engine: Predictor) -> bool:
        """Whether the champion is known, and is another version."""
        promoted, problem, *_ = self._seen or (None, "not looked at yet")
        if promoted is None and problem is None:
            promoted = self._store.default_version()
        return promoted is not None and promoted != engine.version

    def _champion(self) -> tuple[Checkpoint, str | None, int]:
        """What should serve, what is wrong with the file that says so, and the number of the move.

        Where nobody knows who was promoted, what serves goes on. At the start the default serves
        if there is no other version; otherwise a person has to say which one it is.

        Raises: NotFound, InvalidCheckpoint, StorageFailed.
        """
        try:
            standing = self._alias.standing()
        except AppError as exc:
            is_shared = self._alias.shared is not None
            if is_shared or self._engine is not None or not self._store.has_only_default():
                raise
            return self._store.default(), f"{exc.message} There is no version but the default.", 0
        if standing.problem is None:
            self._alias.back_up()
        problem = standing.problem.message if standing.problem else None
        return checkpoint_of(self._store, standing), problem, standing.sequence

    def _reusable(self, checkpoint: Checkpoint) -> Predictor | None:
        """A rollback finds the engine of before still warm, a promotion the one that was proven."""
        for engine in (self._engine, self._previous, self._verified):
            if engine is not None and engine.checkpoint == checkpoint:
                verify_weights(checkpoint)
                check_references(checkpoint)
                if engine.precision == _best(checkpoint, self._setting):
                    return engine
        return None

    def _signature(self) -> Signature:
        try:
            standing = self._alias.standing()
        except AppError as exc:
            return None, exc.message, (), 0
        problem, promoted, sequence = standing.problem, standing.version, standing.sequence
        try:
            weights = self._store.weights_of(promoted) if promoted else self._store.default_weights
        except AppError as exc:
            return promoted, exc.message, (), sequence
        beside = (card_path, reference_path, shift_path, int8_path, signature_path)
        files = [weights, *(path_of(weights) for path_of in beside)]
        reason = problem.message if problem else None
        return promoted, reason, tuple(map(stamp, files)), sequence
