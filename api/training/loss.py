"""What a network is fitted to: labels that may allow several classes, and may be doubted."""

from collections.abc import Sequence

import keras
import numpy as np

from api.arrays import Float32Array, IntArray

# Below this a probability is not told from zero.
EPSILON = 1e-7


def target_rows(
    targets: IntArray,
    allowed: Sequence[Sequence[bool]],
    label_issues: Sequence[float] | None = None,
) -> Float32Array:
    """The rows that `label_loss` takes: which classes a label allows, then the doubt.

    Args:
        targets: (n,) numbers as `Task.target_of` gives them.
        allowed: for each class in order, then for each coarse label, which classes it allows.
        doubts: (n,) in [0, 1), the share of a finding's label that the negative class gets; none
            without.

    Returns: (n, classes + 1) float32.
    """
    sets = np.asarray(allowed, dtype=np.float32)
    classes = sets.shape[1]
    numbers = np.where(targets < 0, classes - 1 - targets, targets)
    column = np.zeros(len(targets)) if label_issues is None else np.asarray(label_issues)
    return np.concatenate([sets[numbers], column[:, np.newaxis]], axis=1).astype(np.float32)


def with_no_doubt(rows: Float32Array) -> Float32Array:
    """Probabilities to be taught, (n, classes), as rows for `label_loss`."""
    return np.concatenate([rows, np.zeros((len(rows), 1), np.float32)], axis=1)


# Known by name to Keras: a clone of a compiled network is compiled alike.
@keras.saving.register_keras_serializable(package="roentgen")
class LabelLoss(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy against labels that allow one class or several.

    A film's loss is minus the logarithm of the probability of all allowed classes together; with
    one allowed class, or with a distribution that sums to 1, that is the cross-entropy. Of a
    finding's label with doubt d, d of the weight goes to the negative class: films of a hospital
    without healthy films must not teach that its look is a finding. Label smoothing spreads a
    share evenly over all classes.
    """

    def __init__(
        self, *, negative_index: int, label_smoothing: float = 0.0, name: str = "label_loss"
    ) -> None:
        super().__init__(name=name)
        self._negative, self._smoothing = negative_index, label_smoothing

    def get_config(self) -> dict[str, object]:
        """What makes the same loss again."""
        own = {"negative_index": self._negative, "label_smoothing": self._smoothing}
        return {"name": self.name, **own}

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """(n, classes + 1) rows and (n, classes) probabilities -> (n,) losses."""
        ops = keras.ops
        rows, issues = y_true[:, :-1], y_true[:, -1]
        logs = ops.log(ops.clip(y_pred, EPSILON, 1.0))
        several = ops.sum(rows, axis=1) > 1 + 1e-3
        together = _log(ops.sum(rows * y_pred, axis=1))
        label = ops.where(several, -together, -ops.sum(rows * logs, axis=1))
        negative = logs[:, self._negative]
        finding = _log(1.0 - y_pred[:, self._negative])
        doubted = label + issues * (finding - negative)
        even = -ops.mean(logs, axis=1)
        return (1 - self._smoothing) * doubted + self._smoothing * even


def _log(share: keras.KerasTensor) -> keras.KerasTensor:
    return keras.ops.log(keras.ops.clip(share, EPSILON, 1.0))


@keras.saving.register_keras_serializable(package="roentgen")  # type: ignore[untyped-decorator]
def accuracy(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Whether the most probable class is one that the label allows, (n,)."""
    ops = keras.ops
    rows = y_true[:, :-1]
    predicted = ops.one_hot(ops.argmax(y_pred, axis=1), rows.shape[1], dtype=rows.dtype)
    return ops.cast(ops.sum(rows * predicted, axis=1) >= ops.max(rows, axis=1) - 1e-6, "float32")
