"""A challenger is handed films after they were answered, and left out while others wait."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from sqlalchemy import Engine as Database

from api.decision.decide import DecisionPolicy
from api.errors import StoreBusy
from api.inputs.images.decoding import Limits
from api.kinds.kind import DecodedInput
from api.records.answers import predictions
from api.records.watching import shadows
from api.records.watching.shadows import ShadowAnswer
from api.serving import shadow
from api.serving.engine import Engine
from api.serving.inference import Inference
from api.serving.predictor import ImagePredictor, RecordedPrediction
from api.serving.shadow import ShadowChallenger
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until

TASK = "pneumonia"


@pytest.fixture(scope="module")
def engine(tiny: TinyCheckpoint) -> Engine:
    return Engine(tiny.checkpoint, tiny.compiled, interpreters=1)


@pytest.fixture(scope="module")
def answered(engine: Engine) -> tuple[RecordedPrediction, ImagePredictor]:
    """One film, decoded and answered."""
    predictor = ImagePredictor(engine, Limits(), DecisionPolicy(), keep_decoded=True)
    served = predictor.predict(images.png())
    record = predictor.to_record(served, "a.png", source="St. Anna")
    return RecordedPrediction(record, served.outputs.activation, image=served.decoded), predictor


@dataclass
class Stored:
    """What a challenger stored; it can be made to fail, and busy."""

    answers: list[ShadowAnswer] = field(default_factory=list)
    dropped: int = 0
    failed: int = 0
    busy: bool = False
    refuses: int = 0

    def __call__(self, answers: list[ShadowAnswer], dropped: int, failed: int) -> None:
        if self.refuses:
            self.refuses -= 1
            raise StoreBusy("locked")
        self.answers += answers
        self.dropped += dropped
        self.failed += failed

    def is_busy(self) -> bool:
        return self.busy


@dataclass
class Slow:
    """An engine that computes when it is let go; everything else is the real one's."""

    engine: Engine
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None

    def infer_decoded(self, decoded: DecodedInput, *, sha256: str) -> Inference:
        self.begun.set()
        assert self.go.wait(60)
        if self.fault:
            raise self.fault
        return self.engine.infer_decoded(decoded, sha256=sha256)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
def slow(engine: Engine) -> Slow:
    return Slow(engine)


@pytest.fixture
def challenger(slow: Slow, stored: Stored) -> Iterator[ShadowChallenger]:
    made = ShadowChallenger(cast(Engine, slow), lambda *_: None, stored, stored.is_busy)
    yield made
    slow.go.set()
    made.close()


class TestRequests:
    def test_the_same_network_gives_the_same_answer_from_the_decoded_image(
        self,
        challenger: ShadowChallenger,
        slow: Slow,
        stored: Stored,
        answered: tuple[RecordedPrediction, ImagePredictor],
    ) -> None:
        slow.go.set()
        challenger.offer(*answered)
        wait_until(lambda: bool(stored.answers), "it was asked")

        (given,), record = stored.answers, answered[0].record
        assert (given.prediction_id, given.label, given.decision, given.score) == (
            record.id, record.label, record.decision, record.score,
        )  # fmt: skip
        assert given.inference_ms > 0

    def test_while_images_wait_none_is_handed_on(
        self,
        challenger: ShadowChallenger,
        slow: Slow,
        stored: Stored,
        answered: tuple[RecordedPrediction, ImagePredictor],
    ) -> None:
        slow.go.set()
        stored.busy = True
        for _ in range(3):
            challenger.offer(*answered)
        wait_until(lambda: stored.dropped == 3, "what was dropped was counted")

        assert stored.answers == []

    def test_it_keeps_few_images_waiting_and_nobody_waits_for_it(
        self,
        challenger: ShadowChallenger,
        slow: Slow,
        stored: Stored,
        answered: tuple[RecordedPrediction, ImagePredictor],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(shadow, "MAX_WAITING", 3)
        for _ in range(8):
            challenger.offer(*answered)
        assert slow.begun.wait(60)

        slow.go.set()

        wait_until(lambda: (len(stored.answers), stored.dropped) == (3, 5), "three were taken")
        challenger.offer(*answered)
        wait_until(lambda: len(stored.answers) == 4, "then there was room again")

    def test_an_image_that_fails_is_counted_and_the_next_one_asked(
        self,
        challenger: ShadowChallenger,
        slow: Slow,
        stored: Stored,
        answered: tuple[RecordedPrediction, ImagePredictor],
    ) -> None:
        slow.go.set()
        slow.fault = RuntimeError("broken")
        challenger.offer(*answered)
        wait_until(lambda: stored.failed == 1, "the failure was counted")

        slow.fault = None
        challenger.offer(*answered)
        wait_until(lambda: len(stored.answers) == 1, "the next one was asked")

    def test_answers_that_cannot_be_stored_are_counted_as_dropped(
        self,
        challenger: ShadowChallenger,
        slow: Slow,
        stored: Stored,
        answered: tuple[RecordedPrediction, ImagePredictor],
    ) -> None:
        slow.go.set()
        stored.refuses = 1
        challenger.offer(*answered)

        wait_until(lambda: stored.dropped == 1, "the lost answer was counted")
        assert stored.answers == []


class TestRecords:
    def test_the_oldest_answers_go(
        self,
        database: Database,
        answered: tuple[RecordedPrediction, ImagePredictor],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(shadows, "MAX_ANSWERS", 2)
        shadows.start(database, "v2", by="test", task=TASK)
        for _ in range(4):
            record = replace(answered[0].record, id=uuid.uuid4().hex)
            predictions.add_all(database, [(record, None)], task=TASK)
            given = ShadowAnswer(record.id, record.label, record.decision, record.score, 1.0)
            shadows.add(database, "v2", [given], dropped=1, failed=0, task=TASK)

        found = shadows.comparison(database, "v2", task=TASK)

        assert sum(found.decisions.values()) == 2
        running = shadows.active(database, task=TASK)
        assert running is not None
        assert running.dropped == 4

    def test_the_worst_disagreement_comes_first(
        self, database: Database, answered: tuple[RecordedPrediction, ImagePredictor]
    ) -> None:
        pairs = [
            ("refer", "positive", 0.1, 0.9),
            ("negative", "positive", 0.4, 0.6),
            ("negative", "positive", 0.1, 0.9),
            ("positive", "positive", 0.1, 0.9),
        ]
        for number, (one, other, score, shadowed) in enumerate(pairs):
            record = replace(answered[0].record, id=f"id{number}", decision=one, score=score)
            predictions.add_all(database, [(record, None)], task=TASK)
            given = ShadowAnswer(record.id, record.label, other, shadowed, 1.0)
            shadows.add(database, "v2", [given], dropped=0, failed=0, task=TASK)

        found = shadows.disagreements(database, "v2", task=TASK, limit=9)

        assert [each.prediction_id for each in found] == ["id2", "id1", "id0"]
