"""The int8 form of a checkpoint that is there already, made anew."""

from pathlib import Path

import pytest

from api.errors import InvalidDataset
from api.model_card.card import read_card
from api.registry.store import Checkpoint, card_path, int8_path, verify_int8
from api.training.pipelines.requantize import requantize
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint


@pytest.fixture
def weights(tiny: TinyCheckpoint, tmp_path: Path) -> Path:
    copy_checkpoint(tiny.weights, tmp_path / "model" / "copy.h5")
    return tmp_path / "model" / "copy.h5"


class TestReducingAgain:
    def test_the_form_and_its_record_lie_beside_the_weights(
        self, tiny: TinyCheckpoint, weights: Path
    ) -> None:
        before = read_card(card_path(weights))
        assert before.reduced is None

        record = requantize(weights, [tiny.films])

        card = read_card(card_path(weights))
        verify_int8(Checkpoint(weights, card))
        assert card == before.model_copy(update={"reduced": record})
        assert record.compared_on == before.metrics["holdout"].overall.n
        # fp32 is measured again, so the films and the reading must be those of the training.
        auroc = next(figure for figure in record.figures if figure.name == "AUROC (all)")
        assert auroc.fp32 == pytest.approx(before.metrics["holdout"].overall.auroc)

    def test_other_images_than_those_of_the_training_are_refused(
        self, tiny: TinyCheckpoint, weights: Path
    ) -> None:
        with pytest.raises(InvalidDataset, match="was trained on"):
            requantize(weights, [tiny.films / "Normal"])

        assert not int8_path(weights).exists()
