"""Which held-out inputs a version answers otherwise than its champion: `changes.json` beside it."""

import json
from pathlib import Path

from pydantic import ValidationError

from api.errors import InvalidCheckpoint
from api.model_card.changed_answers import ChangedAnswers
from api.registry.store import WEIGHTS_NAME, Checkpoint

CHANGES_NAME = "changes.json"


def changes_path(weights: Path) -> Path:
    """Where the list of a weights file lies; what was not retrained has none."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(CHANGES_NAME)
    return weights.with_suffix(f".{CHANGES_NAME}")


def dumped(changes: ChangedAnswers) -> bytes:
    """As the file holds it."""
    return json.dumps(changes.to_json()).encode()


def read_changes(checkpoint: Checkpoint) -> ChangedAnswers | None:
    """The list of a checkpoint; None where there is none.

    Raises: InvalidCheckpoint if it cannot be read.
    """
    path = changes_path(checkpoint.weights)
    try:
        return ChangedAnswers.from_json(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as exc:
        raise InvalidCheckpoint(
            f"'{path.name}' of '{checkpoint.version}' cannot be read; restore it."
        ) from exc
