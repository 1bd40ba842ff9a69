"""What a checkpoint compares films with."""

from api.decision.out_of_distribution import METHODS
from api.decision.references import References, load_references
from api.decision.stream_shift.reference import load_shift_reference
from api.errors import InvalidCheckpoint
from api.registry.store import Checkpoint, reference_path, shift_path


def references_of(checkpoint: Checkpoint) -> References | None:
    """What the card's rules measure distances to. Raises: InvalidCheckpoint."""
    rule = checkpoint.card.outliers
    if rule is None:
        return None
    if rule.method not in METHODS:
        raise InvalidCheckpoint(
            f"The card of '{checkpoint.version}' finds strangers by '{rule.method}', which this "
            "version of the program does not know; update it, or promote another version."
        )
    references = load_references(reference_path(checkpoint.weights), sha256=rule.reference_sha256)
    if checkpoint.card.acquisition and references.site is None:
        raise InvalidCheckpoint(
            f"The reference of '{checkpoint.version}' lacks what films of unfamiliar sites are "
            "told by, which its card names; restore the file, or promote another version."
        )
    return references


def check_references(checkpoint: Checkpoint) -> None:
    """Raises: InvalidCheckpoint where a reference is not the one that the card describes."""
    references_of(checkpoint)
    if checkpoint.card.shift:
        load_shift_reference(
            shift_path(checkpoint.weights), sha256=checkpoint.card.shift.reference_sha256
        )
