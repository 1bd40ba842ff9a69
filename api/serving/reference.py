"""The features of training images that a checkpoint compares others with."""

from api.decision.out_of_distribution import METHODS, OodReference, load_reference
from api.errors import InvalidCheckpoint
from api.registry.store import Checkpoint, reference_path


def reference_of(checkpoint: Checkpoint) -> OodReference | None:
    """What the card's rule for strangers measures with. Raises: InvalidCheckpoint."""
    rule = checkpoint.card.outliers
    if rule is None:
        return None
    if rule.method not in METHODS:
        raise InvalidCheckpoint(
            f"The card of '{checkpoint.version}' finds strangers by '{rule.method}', which this "
            "version of the program does not know; update it, or promote another version."
        )
    return load_reference(reference_path(checkpoint.weights), sha256=rule.reference_sha256)
