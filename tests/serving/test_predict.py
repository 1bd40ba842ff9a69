"""One film in, one stored answer out."""

import hashlib

import pytest
from sqlalchemy import Engine as Database

from api.decision.decide import Policy
from api.errors import StoreBusy, UnreadableImage
from api.inputs.images import Limits
from api.records import predictions
from api.serving.engine import Engine
from api.serving.predict import predict, standing_policy
from api.settings import Settings
from tests import films
from tests.checkpoints import TinyCheckpoint
from tests.locked import locked


@pytest.fixture(scope="module")
def engine(tiny: TinyCheckpoint) -> Engine:
    return Engine(tiny.checkpoint, tiny.compiled, interpreters=1)


class TestPredicting:
    def test_the_answer_is_kept_as_it_was_given(self, engine: Engine, database: Database) -> None:
        content = films.png()

        record = predict(
            engine, database, content, filename="a.png", limits=Limits(), policy=Policy()
        )

        assert predictions.get(database, record.id) == record
        assert record.image_sha256 == hashlib.sha256(content).hexdigest()
        assert record.model_version == "v1"
        assert record.confidence == max(record.probabilities.values())

    def test_a_refused_file_leaves_no_row(self, engine: Engine, database: Database) -> None:
        with pytest.raises(UnreadableImage):
            predict(
                engine,
                database,
                films.jpeg()[:500],
                filename="a.jpg",
                limits=Limits(),
                policy=Policy(),
            )

        assert predictions.count(database) == 0

    def test_an_answer_that_cannot_be_kept_is_not_given(
        self, engine: Engine, database: Database
    ) -> None:
        with locked(database), pytest.raises(StoreBusy, match="try again"):
            predict(
                engine, database, films.png(), filename="a.png", limits=Limits(), policy=Policy()
            )

        assert predictions.count(database) == 0


class TestThePolicy:
    def test_the_settings_say_how_answers_are_wanted(self) -> None:
        settings = Settings(operating_point="screening", prevalence=0.1, max_error=0.05)

        assert standing_policy(settings) == Policy("screening", 0.1, 0.05)
        assert standing_policy(Settings()) == Policy("balanced", None, None)

    def test_a_request_may_want_something_else(self) -> None:
        settings = Settings(operating_point="screening", prevalence=0.1, max_error=0.05)

        wanted = standing_policy(settings, operating_point="confirm", prevalence=0.7)

        assert wanted == Policy("confirm", 0.7, 0.05)
