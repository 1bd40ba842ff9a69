"""What a network gives for many films: the same three outputs that serving reads."""

from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from api.arrays import ByteArray, Float32Array
from api.inputs.images.preprocessing import PreprocessingSpec
from api.training.models.mobilenet import ACTIVATION, EARLY_FEATURES, LOGITS, multi_output

BATCH = 32


@dataclass(frozen=True, slots=True)
class NetworkOutputs:
    """Of n films, float32.

    Attributes:
        logits: (n, classes).
        early_features: (n, 576).
        activation: (n, 7, 7, classes).
    """

    logits: Float32Array
    early_features: Float32Array
    activation: Float32Array

    def __len__(self) -> int:
        return len(self.logits)


class PredictsImages(Protocol):
    """Whatever form of a network answers for many films."""

    def predict(self, images: ByteArray) -> NetworkOutputs:
        """Of films at the network's size, (n, height, width) uint8."""


class BatchPredictor:
    """Runs one network; compiled once, so that many films cost little more than their layers."""

    def __init__(self, model: keras.Model, spec: PreprocessingSpec) -> None:
        network = multi_output(model)
        self._spec = spec
        self._run = tf.function(
            lambda batch: network(batch, training=False),
            input_signature=[tf.TensorSpec((None, spec.height, spec.width, 1), tf.float32)],
        )

    def predict(self, images: ByteArray) -> NetworkOutputs:
        """Of films at the network's size, (n, height, width) uint8."""
        batches = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
        return self._joined(
            [
                self.predict_inputs(np.stack([self._spec.normalise(image) for image in b]))
                for b in batches
            ]
        )

    def predict_inputs(self, inputs: Float32Array) -> NetworkOutputs:
        """Of one batch as the network wants it, (n, height, width, 1) float32."""
        outputs = self._run(inputs)
        return NetworkOutputs(
            outputs[LOGITS].numpy(), outputs[EARLY_FEATURES].numpy(), outputs[ACTIVATION].numpy()
        )

    def _joined(self, chunks: list[NetworkOutputs]) -> NetworkOutputs:
        if not chunks:
            # TensorFlow refuses an empty batch; what any film gives has the right shapes.
            black = self.predict_inputs(
                np.zeros((1, self._spec.height, self._spec.width, 1), np.float32)
            )
            return NetworkOutputs(black.logits[:0], black.early_features[:0], black.activation[:0])
        return NetworkOutputs(
            np.concatenate([chunk.logits for chunk in chunks]),
            np.concatenate([chunk.early_features for chunk in chunks]),
            np.concatenate([chunk.activation for chunk in chunks]),
        )
