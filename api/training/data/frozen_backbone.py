"""The part of a network that retraining leaves as it is, and what it makes of films."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from api.arrays import Float16Array, Float32Array, FloatArray
from api.inputs.images.preprocessing import PreprocessingSpec
from api.training.data.dataset import Decoded
from api.training.data.replay_memory import Latents
from api.training.models.mobilenet import EARLY_FEATURES, LATENT, frozen_digest

BATCH = 32


class FrozenBackbone:
    """The frozen part of a network, compiled once.

    Attributes:
        shape: (h, w, c) of a film's activations.
        digest: SHA-256 of all that they hang on but the film.
    """

    def __init__(self, model: keras.Model, spec: PreprocessingSpec) -> None:
        self.spec = spec
        self.digest = frozen_digest(model, spec)
        self.shape: tuple[int, ...] = tuple(model.output[LATENT].shape[1:])
        self.early: int = model.output[EARLY_FEATURES].shape[-1]
        self._run = tf.function(
            lambda batch: model(batch, training=False),
            input_signature=[tf.TensorSpec((None, spec.height, spec.width, 1), tf.float32)],
        )

    def __call__(self, inputs: Float32Array) -> tuple[Float16Array, Float16Array]:
        """(n, height, width, 1) -> early features (n, features), activations (n, h, w, c)."""
        outputs = self._run(inputs)
        early, latent = outputs[EARLY_FEATURES].numpy(), outputs[LATENT].numpy()
        return early.astype(np.float16), latent.astype(np.float16)


def compute_latents(
    backbone: FrozenBackbone,
    data: Decoded,
    distances: Callable[[Float32Array], Float32Array] = lambda early: np.zeros(
        len(early), np.float32
    ),
    site_distances: FloatArray | None = None,
) -> Latents:
    """Films as latents, without augmentation.

    Args:
        distances: of early features, (n, features) -> (n,).
        site_distances: (n,), if they are known.
    """
    early, latents = [], []
    for start in range(0, len(data), BATCH):
        batch = data.images[start : start + BATCH]
        features, activations = backbone(
            np.stack([backbone.spec.normalise(image) for image in batch])
        )
        early.append(features.astype(np.float32))
        latents.append(activations)
    n = len(data)
    return Latents(
        np.concatenate(latents) if n else np.zeros((0, *backbone.shape), np.float16),
        distances(np.concatenate(early)) if n else np.zeros(0, np.float32),
        np.zeros(n, np.float32) if site_distances is None else site_distances.astype(np.float32),
        data.targets,
        tuple(data.sources),
        tuple(labelled_image.sha256 for labelled_image in data.labelled),
    )
