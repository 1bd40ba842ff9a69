"""The last layer of a fine-tuned network, solved anew where its films tell nothing of kinds."""

import keras

from api.evaluation.kind_correction import kind_correction
from api.training.assessment.assess_retrained import NewImages, Parent
from api.training.data.splits import TRAIN
from api.training.data.trainable_tail import TrainableTail
from api.training.models.mobilenet import FEATURES, LOGITS


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
    features = TrainableTail(model, parent.replay.first_trainable, until=FEATURES)(remembered)
    more, bias = kind_correction(
        features, features @ kernel + biases, usual, negative_index=new.task.negative_index
    )
    layer.set_weights([kernel + more.astype(kernel.dtype), biases + bias.astype(biases.dtype)])
