"""Makes the small checkpoint of a former release; it runs in that release's code.

The stand-in backbone's kernels have one size and two signs each, so that the weights are a few
hundred kilobytes when they are packed; a head can learn from its features all the same.
"""

import sys
from pathlib import Path

import keras
import numpy as np

from tests.support import tiny_checkpoint

usual = keras.applications.MobileNetV2


def of_two_signs(**options: object) -> keras.Model:
    """A MobileNetV2 whose kernels have been rounded to plus or minus their standard deviation."""
    model = usual(**options)
    for layer in model.layers:
        for weight in layer.weights:
            if "kernel" in weight.path:
                values = weight.numpy()
                weight.assign(np.where(values < 0, -1, 1) * np.float32(values.std()))
    return model


keras.applications.MobileNetV2 = of_two_signs
tiny_checkpoint.main(Path(sys.argv[1]))
