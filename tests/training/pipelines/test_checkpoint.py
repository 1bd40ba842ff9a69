"""What lies beside the weights of a checkpoint."""

from pathlib import Path

import pytest

from api.errors import StorageFailed
from api.model_card.card_file import read_card
from api.registry.holdout import HoldoutHashes, read_holdout
from api.registry.store import WEIGHTS_NAME, card_path, holdout_path
from api.training.pipelines.checkpoint import CheckpointArtifacts
from tests.support.cards import card

HELD_OUT = HoldoutHashes().with_images([("ab" * 32, b"\x01" * 32)])


class TestWriting:
    @pytest.mark.parametrize(
        ("weights", "names"),
        [
            (
                WEIGHTS_NAME,
                {
                    "card.json",
                    "holdout.npz",
                    "replay.npz",
                    "reference.npz",
                    "shift.npz",
                    "model.int8.tflite",
                    "manifest.csv",
                    "changes.json",
                },
            ),
            (
                "lungs.h5",
                {
                    "lungs.json",
                    "lungs.holdout.npz",
                    "lungs.replay.npz",
                    "lungs.reference.npz",
                    "lungs.shift.npz",
                    "lungs.int8.tflite",
                    "lungs.manifest.csv",
                    "lungs.changes.json",
                },
            ),
        ],
    )
    def test_everything_there_is_lies_beside_the_weights(
        self, tmp_path: Path, weights: str, names: set[str]
    ) -> None:
        CheckpointArtifacts(
            card(), HELD_OUT, b"replay", b"reference", b"shift", b"int8", b"manifest", b"{}"
        ).write(tmp_path / weights)

        assert {path.name for path in tmp_path.iterdir()} == names
        assert read_card(card_path(tmp_path / weights)) == card()
        assert read_holdout(holdout_path(tmp_path / weights)).hashes == HELD_OUT.hashes

    def test_what_a_checkpoint_does_not_have_has_no_file(self, tmp_path: Path) -> None:
        CheckpointArtifacts(card(), HELD_OUT, b"replay").write(tmp_path / WEIGHTS_NAME)

        names = {path.name for path in tmp_path.iterdir()}
        assert names == {"card.json", "holdout.npz", "replay.npz"}

    def test_where_one_cannot_be_written_there_is_no_card(self, tmp_path: Path) -> None:
        weights = tmp_path / WEIGHTS_NAME
        (holdout_path(weights) / "in the way").mkdir(parents=True)

        with pytest.raises(StorageFailed):
            CheckpointArtifacts(card(), HELD_OUT, b"replay").write(weights)

        assert not card_path(weights).exists()
