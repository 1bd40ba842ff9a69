"""A real training run, small: folders in, checkpoint out."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from api.decision.decide import probabilities_of
from api.errors import InvalidDataset
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.model_card.card import Card
from api.model_card.card_file import read_card, write_card
from api.registry.store import (
    Checkpoint,
    card_path,
    int8_path,
    verify_int8,
    verify_weights,
)
from api.serving.engine import Engine
from api.tasks.task import Task
from api.training.fitting.progress import Progress
from api.training.models import mobilenet
from api.training.models.inference import BatchPredictor
from api.training.models.quantization import Int8Predictor
from api.training.pipelines import train
from api.training.pipelines.requantize import requantize
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint


@pytest.fixture(scope="module")
def steps() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trained") / "model.h5"


@pytest.fixture(scope="module")
def card(tiny: TinyCheckpoint, task: Task, output: Path, steps: list[Progress]) -> Card:
    """Both phases, on films of 96 pixels."""
    images = output.parent / "films"
    shutil.copytree(tiny.images, images)
    (images / "Normal" / "broken.png").write_bytes(b"broken")
    recipe = task.training.model_copy(
        update={
            "head_epochs": 2,
            "tail_epochs": 1,
            "tail_from": "block_16_expand",
        }
    )
    small = task.model_copy(
        update={"preprocessing": task.preprocessing | {"height": 96, "width": 96}}
    )
    request = train.TrainingRequest(small, recipe, (images,), tiny.base_weights, output, "v7", 3)
    return train.train(
        request, log=lambda _: None, on_decoded=lambda *_: None, on_step=steps.append
    )


@pytest.fixture(scope="module")
def trained(card: Card, output: Path) -> keras.Model:
    """The network, read from its file."""
    return mobilenet.load(output)


class TestTraining:
    def test_weights_and_card_belong_together(self, card: Card, output: Path) -> None:
        assert read_card(card_path(output)) == card
        verify_weights(Checkpoint(output, card))

    def test_the_card_says_what_was_done(self, card: Card) -> None:
        assert (card.version, card.parent, card.training.seed) == ("v7", None, 3)
        assert card.preprocessing.height == 96
        assert card.data.skipped == {"unreadable": 1}
        assert [(e.phase, e.epoch) for e in card.training.history] == [
            ("head", 1), ("head", 2), ("tail", 1),
        ]  # fmt: skip
        splits = {name: sum(part["films"].values()) for name, part in card.data.counts.items()}
        assert sum(splits.values()) == 32
        assert splits["holdout"] == card.metrics["holdout"].overall.n
        assert set(card.metrics) == {"holdout", "validation"}

    def test_an_int8_form_lies_beside_it(
        self, card: Card, output: Path, trained: keras.Model
    ) -> None:
        """Ready to serve, and compared with fp32 in everything that serving reads."""
        checkpoint = Checkpoint(output, card)
        assert card.reduced is not None
        figures = {figure.name.partition(" (")[0] for figure in card.reduced.figures}

        engine = Engine(checkpoint, int8_path(output), interpreters=1, precision="int8")

        assert card.reduced.compared_on == card.metrics["holdout"].overall.n
        assert figures >= {"agreement of labels", "fall of the score under the heat map"}
        verify_int8(checkpoint)
        image = card.preprocessing.apply(synthetic_image("lobar", seed=2))
        original = trained(image[np.newaxis], training=False)
        answer = probabilities_of(engine.run(image).logits, temperature=1.0)
        assert answer == pytest.approx(np.asarray(original)[0], abs=0.1)
        assert int8_path(output).stat().st_size < output.stat().st_size / 2

    def test_the_golden_outputs_are_those_of_the_file(
        self, card: Card, trained: keras.Model
    ) -> None:
        spec = card.preprocessing
        images = [spec.apply(synthetic_image(g.finding, seed=g.seed)) for g in card.golden]

        answers = np.asarray(trained(np.stack(images), training=False))

        for answer, golden in zip(answers, card.golden, strict=True):
            assert answer == pytest.approx(golden.probabilities, abs=1e-5)

    def test_progress_was_told_in_every_phase(self, card: Card, steps: list[Progress]) -> None:
        assert {step.phase for step in steps} == {"features", "head", "tail"}
        assert all(0 < step.done <= step.total for step in steps)

    def test_the_tail_learned_and_what_is_before_it_did_not(
        self, model: keras.Model, trained: keras.Model
    ) -> None:
        """`model` has the same base weights."""

        def same(layer: str) -> bool:
            pairs = zip(
                model.get_layer(layer).get_weights(),
                trained.get_layer(layer).get_weights(),
                strict=True,
            )
            return all(np.array_equal(a, b) for a, b in pairs)

        assert same("Conv1")
        assert same("block_15_project")
        assert not same("block_16_project")


@pytest.fixture(scope="module")
def content(card: Card, output: Path) -> bytes:
    """The int8 form."""
    return int8_path(output).read_bytes()


class TestTheInt8Form:
    @pytest.mark.parametrize(
        ("layer", "dtype"),
        [
            ("Conv1_relu", np.float32),
            ("block_6_project_BN", np.float32),
            ("block_7_expand_relu", np.int8),
            ("block_16_project_BN", np.int8),
            ("out_relu", np.int8),
            ("features", np.float32),
        ],
    )
    def test_the_large_pictures_and_the_head_stay_in_float(
        self, content: bytes, layer: str, dtype: type
    ) -> None:
        tensors = Interpreter(model_content=content).get_tensor_details()

        dtypes = {t["dtype"] for t in tensors if layer in t["name"] and t["shape"][0] == 1}

        assert dtypes == {dtype}

    def test_it_answers_like_the_network(
        self, card: Card, content: bytes, trained: keras.Model
    ) -> None:
        spec = card.preprocessing
        inputs = np.stack([spec.apply(synthetic_image(finding, seed=1)) for finding in FINDINGS])
        before = BatchPredictor(trained, spec).predict_inputs(inputs)

        after = Int8Predictor(content, spec).predict_inputs(inputs)

        reach = float(np.ptp(before.logits))
        assert after.logits == pytest.approx(before.logits, abs=max(0.1 * reach, 0.02))
        assert after.activation.mean(axis=(1, 2)) == pytest.approx(after.logits, abs=1e-4)


class TestReducingAgain:
    """The same checkpoint gets its int8 form anew."""

    @pytest.fixture
    def weights(self, card: Card, output: Path, tmp_path: Path) -> Path:
        """A copy without one."""
        weights = tmp_path / "model" / "copy.h5"
        copy_checkpoint(output, weights)
        write_card(card_path(weights), card.model_copy(update={"reduced": None}))
        return weights

    def test_the_form_and_its_record_lie_beside_the_weights(
        self, card: Card, output: Path, weights: Path
    ) -> None:
        record = requantize(weights, [output.parent / "films"])

        found = read_card(card_path(weights))
        verify_int8(Checkpoint(weights, found))
        assert found == card.model_copy(update={"reduced": record})
        assert record.compared_on == card.metrics["holdout"].overall.n
        # fp32 is measured again, so the films and the decision rules must be those of the training.
        auroc = next(figure for figure in record.figures if figure.name == "AUROC (all)")
        assert auroc.fp32 == pytest.approx(card.metrics["holdout"].overall.auroc)

    def test_other_images_than_those_of_the_training_are_refused(
        self, output: Path, weights: Path
    ) -> None:
        with pytest.raises(InvalidDataset, match="was trained on"):
            requantize(weights, [output.parent / "films" / "Normal"])

        assert not int8_path(weights).exists()
