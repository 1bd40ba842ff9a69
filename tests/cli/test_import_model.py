"""`python -m api import-model`: somebody else's file becomes a version that serves."""

from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.decision.decide import DecisionPolicy
from api.inputs.images.decoding import Limits, decode
from api.registry.store import Store
from api.serving.engine import Engine
from api.serving.predictor import ImagePredictor
from api.settings import Settings
from api.training.compile import compile_model
from api.training.models import mobilenet
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint

SIZE = 96
# The order of Keras' folders, alphabetical, as they may be called.
CLASSES = "bacterial,covid,healthy,viral"
ORDER = ["Pneumonia-Bacterial", "COVID-19", "Normal", "Pneumonia-Viral"]
runner = CliRunner()


@pytest.fixture(scope="module")
def foreign(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The usual tutorial's model; untrained but for its backbone."""
    keras.utils.set_random_seed(8)
    image = keras.Input((SIZE, SIZE, 3))
    value = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    backbone = keras.applications.MobileNetV2(
        weights=tiny.base_weights, include_top=False, input_shape=(SIZE, SIZE, 3)
    )
    value = keras.layers.GlobalAveragePooling2D()(backbone(value))
    value = keras.layers.Dropout(0.2)(value)
    value = keras.layers.Dense(4, activation="softmax", kernel_initializer="random_normal")(value)
    path = tmp_path_factory.mktemp("foreign") / "tutorial.h5"
    keras.Model(image, value).save(path)
    return path


class TestImportModel:
    def test_it_becomes_a_version_that_is_measured_and_answers(
        self, foreign: Path, tiny: TinyCheckpoint, environment: Settings
    ) -> None:
        command = ["import-model", str(foreign), "--data", str(tiny.images), "--no-int8"]

        result = runner.invoke(app, [*command, "--classes", CLASSES])

        assert result.exit_code == 0, result.output
        assert "understood: MobileNetV2 on 96 x 96 pixels, grey levels as -1 to 1" in result.output
        assert "POST /models/v2/promote" in result.output
        store = Store(environment.models_dir / "pneumonia", environment.default_model, "pneumonia")
        checkpoint = store.get("v2")
        assert "Imported: the weights come from 'tutorial.h5'" in checkpoint.card.limits
        assert checkpoint.card.metrics["holdout"].overall.n > 0
        # Its golden outputs are compared while it is loaded.
        compiled = checkpoint.weights.with_name("compiled.tflite")
        spec = checkpoint.card.preprocessing
        compiled.write_bytes(compile_model(mobilenet.load(checkpoint.weights), spec))
        engine = Engine(checkpoint, compiled, interpreters=1)
        image = images.png(5, "lobar")
        decision = ImagePredictor(engine, Limits(), DecisionPolicy()).predict(image).decision
        expected = self._calibrated(foreign, image, checkpoint.card.training)
        assert decision.probabilities == pytest.approx(
            dict(zip(ORDER, expected, strict=True)), abs=1e-3
        )

    @staticmethod
    def _calibrated(foreign: Path, image: bytes, training: object) -> list[float]:
        """What the foreign model itself says, with the calibration that the card names."""
        model = keras.models.load_model(foreign, compile=False)
        from PIL import Image

        grey = Image.fromarray(decode(image, Limits()))
        pixels = np.asarray(
            grey.resize((SIZE, SIZE), Image.Resampling.BILINEAR, reducing_gap=3.0), np.float32
        )
        (raw,) = np.log(np.asarray(model(np.stack([pixels] * 3, axis=-1)[np.newaxis])))
        ours = [ORDER.index(name) for name in sorted(ORDER)]
        matrix = np.array(training.calibration_matrix)  # type: ignore[attr-defined]
        logits = matrix @ raw[ours] + np.array(training.biases)  # type: ignore[attr-defined]
        shares = np.exp(logits - logits.max())
        named = dict(zip(sorted(ORDER), (shares / shares.sum()).tolist(), strict=True))
        return [named[name] for name in ORDER]

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--classes", "covid,healthy,viral"], "are not the classes of the task"),
            (["--classes", "covid,healthy,viral,cat"], "are not the classes of the task"),
            (["--classes", CLASSES, "--task", "iris"], "is of tables"),
        ],
    )
    def test_what_does_not_fit_leaves_nothing(
        self,
        foreign: Path,
        tiny: TinyCheckpoint,
        environment: Settings,
        options: list[str],
        words: str,
    ) -> None:
        result = runner.invoke(
            app, ["import-model", str(foreign), "--data", str(tiny.images), *options]
        )

        assert result.exit_code == 1
        assert words in result.output
        assert list(environment.models_dir.glob("pneumonia/*")) == []
