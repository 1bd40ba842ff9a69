"""Training sees the same three outputs as serving."""

import keras
import numpy as np
import pytest

from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.serving.engine import Engine
from api.training.models import mobilenet
from api.training.models.inference import BATCH, BatchPredictor
from tests.support.checkpoints import TinyCheckpoint
from tests.training.conftest import SPEC


@pytest.fixture(scope="module")
def observer(model: keras.Model) -> BatchPredictor:
    return BatchPredictor(model, SPEC)


class TestObserving:
    def test_many_images_get_what_each_gets_alone(self, observer: BatchPredictor) -> None:
        count = BATCH + 2
        images = np.stack(
            [SPEC.resize(synthetic_image(FINDINGS[n % 4], seed=n)) for n in range(count)]
        )

        seen = observer.predict(images)
        last = observer.predict(images[-1:])

        assert len(seen) == count
        assert seen.early_features.shape == (count, 576)
        assert seen.logits[-1] == pytest.approx(last.logits[0], abs=1e-4)
        assert seen.activation.mean(axis=(1, 2)) == pytest.approx(seen.logits, abs=1e-4)

    def test_of_no_image_the_shapes_are_right(self, observer: BatchPredictor) -> None:
        seen = observer.predict(np.zeros((0, 96, 96), dtype=np.uint8))

        assert (len(seen), seen.early_features.shape) == (0, (0, 576))
        assert seen.activation.shape == (0, 3, 3, 4)

    def test_the_compiled_model_gives_all_three_as_keras_does(self, tiny: TinyCheckpoint) -> None:
        spec = tiny.card.preprocessing
        engine = Engine(tiny.checkpoint, tiny.compiled, interpreters=1)
        images = [spec.apply(synthetic_image(finding, seed=77)) for finding in FINDINGS]

        seen = BatchPredictor(mobilenet.load(tiny.weights), spec).predict_inputs(np.stack(images))

        for row, image in enumerate(images):
            served = engine.run(image)
            assert served.logits == pytest.approx(seen.logits[row], abs=1e-4)
            assert served.early_features == pytest.approx(seen.early_features[row], abs=1e-4)
            assert served.activation == pytest.approx(seen.activation[row], abs=1e-2)
