"""The network: flat, named, three outputs, a known part of it learning."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import pytest

from api.errors import InvalidCheckpoint, MissingWeights
from api.evaluation.calibration import Calibration
from api.inputs.images.preprocessing import FloatImage
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.tasks.task import Task
from api.training.models import mobilenet
from tests.support.checkpoints import TinyCheckpoint
from tests.training.conftest import SPEC, left_as_it_was


@pytest.fixture
def model(untrained: keras.Model) -> Iterator[keras.Model]:
    """Each test finds it as it was built."""
    with left_as_it_was(untrained):
        yield untrained


def inputs() -> FloatImage:
    return np.stack([SPEC.apply(synthetic_image(finding, seed=1)) for finding in FINDINGS])


def logits(model: keras.Model) -> npt.NDArray[np.float32]:
    last = keras.Model(model.inputs[0], model.get_layer(mobilenet.LOGITS).output)
    return np.asarray(last(inputs(), training=False))


class TestBuilding:
    def test_it_takes_grey_images_and_gives_probabilities(self, model: keras.Model) -> None:
        answers = np.asarray(model(inputs(), training=False))

        assert model.input_shape == (None, 96, 96, 1)
        assert answers.shape == (4, 4)
        assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)

    def test_it_is_flat(self, model: keras.Model) -> None:
        assert not [layer for layer in model.layers if isinstance(layer, keras.Model)]
        assert not [layer.name for layer in model.layers if "." in layer.name]

    def test_no_file_is_refused_with_the_remedy(self, tmp_path: Path) -> None:
        with pytest.raises(MissingWeights, match="check --weights"):
            mobilenet.build(SPEC, classes=4, dropout=0, base_weights=tmp_path / "none.h5")

    def test_a_foreign_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "foreign.h5"
        path.write_bytes(b"not weights")

        with pytest.raises(MissingWeights, match="does not fit MobileNetV2"):
            mobilenet.build(SPEC, classes=4, dropout=0, base_weights=path)


class TestOutputs:
    def test_three_outputs_come_from_one_pass(self, model: keras.Model) -> None:
        outputs = mobilenet.multi_output(model)(inputs(), training=False)

        assert set(outputs) == {"logits", "early_features", "activation"}
        assert outputs["early_features"].shape == (4, 576)
        assert outputs["activation"].shape == (4, 3, 3, 4)
        softmax = keras.ops.softmax(outputs["logits"])
        assert np.allclose(softmax, model(inputs(), training=False), atol=1e-6)

    def test_the_logits_are_the_mean_of_what_each_place_says(self, model: keras.Model) -> None:
        kernel, bias = model.get_layer(mobilenet.LOGITS).get_weights()
        model.get_layer(mobilenet.LOGITS).set_weights(
            [kernel, bias + np.array([1, -2, 3, 0.5], np.float32)]
        )

        outputs = mobilenet.multi_output(model)(inputs(), training=False)

        places, logits = np.asarray(outputs["activation"]), np.asarray(outputs["logits"])
        assert places.mean(axis=(1, 2)) == pytest.approx(logits, abs=1e-4)
        assert places.std(axis=(1, 2)).min() > 0

    def test_the_early_features_are_averages_of_the_early_layer(self, model: keras.Model) -> None:
        early = keras.Model(model.inputs[0], model.get_layer(mobilenet.EARLY_LAYER).output)
        places = np.asarray(early(inputs(), training=False))

        outputs = mobilenet.multi_output(model)(inputs(), training=False)

        averages = places.mean(axis=(1, 2))
        assert np.asarray(outputs["early_features"]) == pytest.approx(averages, abs=1e-4)

    def test_a_batch_gives_what_single_images_give(self, model: keras.Model) -> None:
        together = np.asarray(model(inputs(), training=False))
        alone = [np.asarray(model(image[np.newaxis], training=False))[0] for image in inputs()]

        assert np.allclose(together, alone, atol=1e-5)


class TestFreezing:
    def test_only_layers_from_the_named_one_on_learn(self, model: keras.Model) -> None:
        mobilenet.freeze_before(model, "block_14_expand")

        learning = [layer.name for layer in model.layers if layer.trainable and layer.weights]
        assert learning[0] == "block_14_expand"
        assert learning[-1] == mobilenet.LOGITS
        assert "block_13_expand" not in learning

    def test_normalisation_never_learns(self, model: keras.Model) -> None:
        mobilenet.freeze_before(model, "block_1_expand")

        norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
        assert len(norms) > 50
        assert not any(layer.trainable for layer in norms)

    def test_an_unknown_layer_is_refused(self, model: keras.Model) -> None:
        with pytest.raises(ValueError, match="no layer named 'block_99'"):
            mobilenet.freeze_before(model, "block_99")

    @pytest.mark.parametrize("recipe", ["training", "retraining"])
    def test_the_tasks_recipes_name_real_layers(
        self, model: keras.Model, task: Task, recipe: str
    ) -> None:
        mobilenet.freeze_before(model, getattr(task, recipe).tail_from)


class TestKeepingEarlyFeatures:
    def test_they_are_kept_by_learning_that_begins_behind_them(
        self, model: keras.Model, task: Task
    ) -> None:
        before = ("Conv1", "block_3_expand", "block_13_expand", "block_13_expand_relu")
        behind = ("block_13_depthwise", "block_14_expand", task.retraining.tail_from)

        assert not any(mobilenet.keeps_early_features(model, first) for first in before)
        assert all(mobilenet.keeps_early_features(model, first) for first in behind)


class TestFoldingACalibration:
    def test_a_temperature_divides_the_logits_and_keeps_their_order(
        self, model: keras.Model
    ) -> None:
        before = logits(model)

        mobilenet.fold_calibration(model, Calibration.of(np.eye(4) / 2.5, np.zeros(4)))

        assert logits(model) == pytest.approx(before / 2.5, abs=1e-5)

    def test_a_matrix_mixes_the_logits_and_biases_come_after(self, model: keras.Model) -> None:
        mobilenet.fold_calibration(
            model, Calibration.of(np.eye(4), np.array([0.3, 0.2, 0.1, -0.6]))
        )
        before = logits(model)

        matrix = np.array([[1, 0.5, 0, 0], [0, 2, 0, 0], [0.1, 0, 1, -0.3], [0, 0, 0, 0.5]])
        biases = np.array([0.5, -0.5, 1.0, -1.0])
        calibration = Calibration.of(matrix, biases)

        mobilenet.fold_calibration(model, calibration)

        by_hand = np.array([matrix @ row + biases for row in before])
        assert logits(model) == pytest.approx(by_hand, abs=1e-5)
        assert calibration.apply(before) == pytest.approx(by_hand)


class TestLoading:
    def test_a_checkpoint_is_loaded_as_it_answered(self, tiny: TinyCheckpoint) -> None:
        model, spec = mobilenet.load(tiny.weights), tiny.card.preprocessing

        images = [spec.apply(synthetic_image(g.finding, seed=g.seed)) for g in tiny.card.golden]
        answers = np.asarray(model(np.stack(images), training=False))
        assert np.allclose(answers, [g.probabilities for g in tiny.card.golden], atol=1e-4)

    def test_what_is_no_network_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "model.h5"
        path.write_bytes(b"nothing")

        with pytest.raises(InvalidCheckpoint, match=r"'model\.h5' is not a Keras model"):
            mobilenet.load(path)
