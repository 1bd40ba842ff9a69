"""A challenger that is asked about live films after they were answered; nobody waits for it.

The film is handed on as the champion read it, so a challenger costs one more pass of its network,
on one process (or thread) at the lowest priority. While films wait for an answer none is handed on.
"""

import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine as Database

from api.decision.site_rules import SiteRules
from api.errors import AppError, Conflict
from api.kinds.kind import DecodedInput
from api.model_card.card import Card
from api.records.watching import shadows
from api.records.watching.shadows import ShadowAnswer
from api.registry.store import Store
from api.serving.backend import LOWEST_NICENESS
from api.serving.inference import Inference, Predictor
from api.serving.live import Build, LiveModel
from api.serving.predictor import ImagePredictor, RecordedPrediction

logger = logging.getLogger(__name__)

# Films that wait for the challenger, 200 KB each where they are decoded; more are dropped.
MAX_WAITING = 32
# Films as they came are larger: so many bytes of them at once.
MAX_BYTES = 32_000_000
# Answers that are stored together, where more are waiting.
MAX_BATCH = 16
# Dropped and failed films are counted in the records at least so often.
COUNT_EVERY_S = 1.0

RulesOf = Callable[[str | None, str], SiteRules | None]


@dataclass(slots=True)
class _Tally:
    """What is not yet in the records."""

    answers: list[ShadowAnswer] = field(default_factory=list)
    dropped: int = 0
    failed: int = 0

    def __bool__(self) -> bool:
        return bool(self.answers or self.dropped or self.failed)


@dataclass(frozen=True, slots=True)
class _Image:
    recorded: RecordedPrediction
    predictor: ImagePredictor

    @property
    def size(self) -> int:
        image = self.recorded.image
        return image.tensor.nbytes if isinstance(image, DecodedInput) else len(image or b"")


class ShadowChallenger:
    """One version in shadow, with the thread that asks it."""

    def __init__(
        self,
        engine: Predictor,
        rules: RulesOf,
        store: Callable[[list[ShadowAnswer], int, int], None],
        is_busy: Callable[[], bool],
    ) -> None:
        """`store`: keeps answers, and the numbers of films dropped and failed."""
        self.engine, self._rules, self._store, self._is_busy = engine, rules, store, is_busy
        self._images: queue.SimpleQueue[_Image | None] = queue.SimpleQueue()
        self._waiting, self._bytes, self._dropped = 0, 0, 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
        self._thread.start()

    @property
    def version(self) -> str:
        return self.engine.version

    def reads_as(self, card: Card) -> bool:
        """Whether a film that was read for another card means the same here."""
        own = self.engine.card
        return own.preprocessing == card.preprocessing and own.quality == card.quality

    def offer(self, recorded: RecordedPrediction, predictor: ImagePredictor) -> None:
        """Take an answered film, or count it as dropped; returns at once."""
        image = _Image(recorded, predictor)
        with self._lock:
            full = self._waiting >= MAX_WAITING or self._bytes + image.size > MAX_BYTES
            if full or self._is_busy():
                self._dropped += 1
                return
            self._waiting += 1
            self._bytes += image.size
        self._images.put(image)

    def close(self) -> None:
        """Ask no more, and store what came of the films so far."""
        self._images.put(None)
        self._thread.join(timeout=COUNT_EVERY_S)

    def _work(self) -> None:
        _be_last()
        tally = _Tally()
        while True:
            try:
                image = self._images.get(timeout=COUNT_EVERY_S)
            except queue.Empty:
                tally = self._stored(tally)
                continue
            if image is None:
                self._stored(tally)
                return
            self._ask(image, tally)
            if self._images.empty() or len(tally.answers) >= MAX_BATCH:
                tally = self._stored(tally)

    def _ask(self, image: _Image, tally: _Tally) -> None:
        try:
            tally.answers.append(self._answer(image))
        except AppError as exc:
            tally.failed += 1
            logger.warning("shadow failed version=%s reason=%r", self.version, exc.message)
        except Exception:
            tally.failed += 1
            logger.exception("shadow failed version=%s", self.version)
        with self._lock:
            self._waiting -= 1
            self._bytes -= image.size

    def _answer(self, image: _Image) -> ShadowAnswer:
        record = image.recorded.record
        inference = self._inferred(image)
        policy = replace(
            image.predictor.policy, site=self._rules(record.source, self.engine.version)
        )
        decision = replace(image.predictor, engine=self.engine, policy=policy).decide(inference)
        return ShadowAnswer(
            prediction_id=record.id,
            label=decision.label,
            decision=decision.decision,
            score=decision.score,
            inference_ms=inference.inference_ms,
        )

    def _inferred(self, xray: _Image) -> Inference:
        record, image = xray.recorded.record, xray.recorded.image
        if isinstance(image, DecodedInput):
            return self.engine.infer_decoded(image, sha256=record.image_sha256)
        return self.engine.infer(image or b"", xray.predictor.limits)

    def _stored(self, tally: _Tally) -> _Tally:
        """What is left to be stored: nothing, or dropped and failed films for the next time."""
        with self._lock:
            tally.dropped, self._dropped = tally.dropped + self._dropped, 0
        if not tally:
            return tally
        try:
            self._store(tally.answers, tally.dropped, tally.failed)
        except AppError as exc:
            logger.warning("shadow not stored version=%s reason=%r", self.version, exc.message)
            return _Tally([], tally.dropped + len(tally.answers), tally.failed)
        return _Tally()


class Shadow:
    """Which version runs in shadow for a task; `refresh` follows what the records say."""

    def __init__(
        self,
        database: Database,
        task: str,
        store: Store,
        champion: LiveModel,
        build: Build,
        rules: RulesOf,
        *,
        is_busy: Callable[[], bool],
    ) -> None:
        """Args:
        build: loads a version so that it works at the lowest priority.
        rules: what a site's profile changes about answers of a version.
        is_busy: whether films wait for an answer.
        """
        self._database, self._task, self._store = database, task, store
        self._champion, self._build, self._rules = champion, build, rules
        self._is_busy = is_busy
        self._challenger: ShadowChallenger | None = None
        self._refused: str | None = None
        self._lock = threading.Lock()

    @property
    def challenger(self) -> ShadowChallenger | None:
        """What films are handed to after they were answered; None: nothing."""
        return self._challenger

    def start(self, version: str, *, by: str) -> None:
        """Prove a version and let it run in shadow, in every worker.

        Raises: NotFound, Conflict if it is the champion or another one runs, InvalidCheckpoint,
            StoreBusy, StorageFailed.
        """
        checkpoint = self._store.get(version)
        if version == self._champion.version:
            raise Conflict(
                f"Version '{version}' is the champion: it answers already, and cannot run in "
                "shadow of itself."
            )
        running = shadows.active(self._database, task=self._task)
        with self._lock:
            if not running:
                # Proven before anybody is told to load it.
                engine = self._build(checkpoint)
                shadows.start(self._database, version, by=by, task=self._task)
                self._install(engine)
            elif running.version != version:
                shadows.start(self._database, version, by=by, task=self._task)
        logger.info("shadow started version=%s by=%r", version, by)

    def stop(self, version: str) -> None:
        """End it, in every worker; what it answered stays.

        Raises: NotFound, Conflict if it does not run, StoreBusy, StorageFailed.
        """
        self._store.weights_of(version)
        if not shadows.stop(self._database, version, task=self._task):
            raise Conflict(f"Version '{version}' does not run in shadow.")
        self.refresh()

    def refresh(self) -> None:
        """Load or drop what the records say. Raises: StoreBusy, StorageFailed."""
        with self._lock:
            requested = shadows.active(self._database, task=self._task)
            if requested and requested.version == self._champion.version:
                # Promoted: from now on it answers.
                shadows.stop(self._database, requested.version, task=self._task)
                requested = None
            if requested is None:
                self._refused = None
                self._drop()
            elif self._champion.version and not self._is_loaded(requested.version):
                self._try_to_load(requested.version)

    def close(self) -> None:
        """Ask nobody any more."""
        with self._lock:
            self._drop()

    def _is_loaded(self, version: str) -> bool:
        """Or was refused: then a person starts it again once its files are mended."""
        loaded = self._challenger.version if self._challenger else None
        return version in (loaded, self._refused)

    def _try_to_load(self, version: str) -> None:
        try:
            self._install(self._build(self._store.get(version)))
        except AppError as exc:
            self._refused = version
            logger.error("shadow refused version=%s reason=%r", version, exc.message)
            shadows.set_problem(self._database, version, exc.message, task=self._task)

    def _install(self, engine: Predictor) -> None:
        version = engine.version

        def store(answers: list[ShadowAnswer], dropped: int, failed: int) -> None:
            shadows.add(
                self._database, version, answers, dropped=dropped, failed=failed, task=self._task
            )

        self._drop()
        self._refused = None
        self._challenger = ShadowChallenger(engine, self._rules, store, self._is_busy)

    def _drop(self) -> None:
        challenger, self._challenger = self._challenger, None
        if challenger:
            challenger.close()
            logger.info("shadow ended version=%s", challenger.version)


def _be_last() -> None:
    """This thread works when no other one wants to, where the system can tell threads apart."""
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_NICENESS)
