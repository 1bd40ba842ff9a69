"""The last layer of a fine-tuned network, solved anew where its films tell nothing of kinds."""

import keras
import numpy as np

from api.arrays import Float32Array
from api.evaluation.kind_correction import kind_correction
from api.training.assessment.assess_retrained import BATCH, NewImages, Parent
from api.training.data.replay_memory import Latents
from api.training.data.splits import TRAIN
from api.training.models.mobilenet import FEATURES, LOGITS, trainable_tail


def correct_kinds(model: keras.Model, new: NewImages, parent: Parent) -> None:
    """Let a network divide findings among kinds as its parent does, on the remembered films that
    it learned from; it is changed in place.

    Films to validate on have no part in it, so that they can tell what was forgotten. Nothing
    changes where new films tell of kinds (`NewImages.tells_kinds`).
    """
    usual, remembered = parent.learned_logits, parent.memory.splits[TRAIN]
    if new.tells_kinds or usual is None:
        return
    layer = model.get_layer(LOGITS)
    kernel, biases = layer.get_weights()
    features = _features(model, parent.replay.first_trainable, remembered)
    more, bias = kind_correction(
        features, features @ kernel + biases, usual, negative_index=new.task.negative_index
    )
    layer.set_weights([kernel + more.astype(kernel.dtype), biases + bias.astype(biases.dtype)])


def _features(model: keras.Model, cut: str, images: Latents) -> Float32Array:
    """(n, features) that go into the last layer. Without a graph: to trace one takes longer than
    the few films."""
    tail = trainable_tail(model, cut, until=FEATURES)
    starts = range(0, len(images), BATCH)
    batches = [images.activations[start : start + BATCH].astype(np.float32) for start in starts]
    found = [np.asarray(tail(batch, training=False)) for batch in batches]
    return np.concatenate([np.zeros((0, tail.output_shape[-1]), np.float32), *found])
