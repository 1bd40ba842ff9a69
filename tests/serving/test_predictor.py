"""One film in, one stored answer out."""

import hashlib
from dataclasses import asdict

import pytest

from api.decision.decide import DecisionPolicy
from api.errors import UnreadableImage
from api.inputs.images.decoding import Limits
from api.serving.engine import Engine
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint


@pytest.fixture(scope="module")
def engine(tiny: TinyCheckpoint) -> Engine:
    return Engine(tiny.checkpoint, tiny.compiled, interpreters=1)


class TestPredicting:
    def test_the_answer_is_recorded_as_it_was_given(self, engine: Engine) -> None:
        content = images.png()
        predictor = ImagePredictor(engine, Limits(), DecisionPolicy())
        given = predictor.predict(content)

        record = predictor.to_record(given, "a.png")

        assert record.image_sha256 == hashlib.sha256(content).hexdigest()
        assert (record.filename, record.model_version) == ("a.png", "v1")
        assert record.confidence == max(record.probabilities.values())
        assert record.timings == given.timings
        assert {name: getattr(record, name) for name in asdict(given.decision)} == {
            name: getattr(given.decision, name) for name in asdict(given.decision)
        }

    def test_a_damaged_file_is_refused(self, engine: Engine) -> None:
        with pytest.raises(UnreadableImage):
            ImagePredictor(engine, Limits(), DecisionPolicy()).predict(images.jpeg()[:500])


class TestThePolicy:
    def test_the_settings_say_how_answers_are_wanted(self) -> None:
        settings = Settings(operating_point="screening", prevalence=0.1, max_error=0.05)

        assert decision_policy(settings) == DecisionPolicy("screening", 0.1, 0.05)
        assert decision_policy(Settings()) == DecisionPolicy("balanced", None, None)

    def test_a_request_may_want_something_else(self) -> None:
        settings = Settings(operating_point="screening", prevalence=0.1, max_error=0.05)

        policy = decision_policy(settings, operating_point="confirm", prevalence=0.7)

        assert policy == DecisionPolicy("confirm", 0.7, 0.05)
