"""The part of a network that learns, asked about activations that the frozen part gave."""

from weakref import WeakKeyDictionary

import keras
import numpy as np
import tensorflow as tf

from api.arrays import FloatArray
from api.training.data.replay_memory import Latents
from api.training.models import mobilenet
from api.training.models.mobilenet import LOGITS

BATCH = 64


class TrainableTail:
    """Asked for what one of its layers gives, with the weights as they are then."""

    def __init__(self, model: keras.Model, first_trainable: str, *, until: str = LOGITS) -> None:
        known = _graphs.setdefault(model, {})
        place = (first_trainable, until)
        if place not in known:
            known[place] = _Graph(mobilenet.trainable_tail(model, first_trainable, until=until))
        self._graph = known[place]

    def __call__(self, images: Latents) -> FloatArray:
        """(n, outputs), with the weights as they are now."""
        starts = range(0, len(images), BATCH)
        batches = [self._graph(images.activations[start : start + BATCH]) for start in starts]
        empty = np.zeros((0, self._graph.width), np.float32)
        return np.concatenate([empty, *batches])


class _Graph:
    def __init__(self, tail: keras.Model) -> None:
        self.width: int = tail.output_shape[-1]
        self._run = tf.function(
            lambda batch: tail(batch, training=False),
            input_signature=[tf.TensorSpec((None, *tail.input_shape[1:]), tf.float32)],
        )

    def __call__(self, activations: FloatArray) -> FloatArray:
        answers: FloatArray = self._run(activations.astype(np.float32)).numpy()
        return answers


# By network, as long as it lives: a retraining asks a dozen times, and tracing takes longer than
# answering for a few films.
_graphs: WeakKeyDictionary[keras.Model, dict[tuple[str, str], _Graph]] = WeakKeyDictionary()
