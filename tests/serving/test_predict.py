"""One film in, one stored answer out."""

import hashlib

import pytest
from sqlalchemy import Engine as Database

from api.errors import StoreBusy, UnreadableImage
from api.inputs.images import Limits
from api.records import predictions
from api.serving.engine import Engine
from api.serving.predict import predict
from tests import films
from tests.checkpoints import TinyCheckpoint
from tests.locked import locked


@pytest.fixture(scope="module")
def engine(tiny: TinyCheckpoint) -> Engine:
    return Engine(tiny.checkpoint, tiny.compiled, interpreters=1)


class TestPredicting:
    def test_the_answer_is_kept_as_it_was_given(self, engine: Engine, database: Database) -> None:
        content = films.png()

        record = predict(engine, database, content, filename="a.png", limits=Limits())

        assert predictions.get(database, record.id) == record
        assert record.image_sha256 == hashlib.sha256(content).hexdigest()
        assert record.model_version == "v1"
        assert record.confidence == max(record.probabilities.values())

    def test_a_refused_file_leaves_no_row(self, engine: Engine, database: Database) -> None:
        with pytest.raises(UnreadableImage):
            predict(engine, database, films.jpeg()[:500], filename="a.jpg", limits=Limits())

        assert predictions.count(database) == 0

    def test_an_answer_that_cannot_be_kept_is_not_given(
        self, engine: Engine, database: Database
    ) -> None:
        with locked(database), pytest.raises(StoreBusy, match="try again"):
            predict(engine, database, films.png(), filename="a.png", limits=Limits())

        assert predictions.count(database) == 0
