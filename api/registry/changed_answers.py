"""Which held-out inputs a version answers otherwise than its champion: `changes.json` beside it."""

import json

from pydantic import ValidationError

from api.errors import InvalidCheckpoint
from api.model_card.changed_answers import ChangedAnswers
from api.registry.signing.artefacts import CHANGES_NAME as CHANGES_NAME
from api.registry.signing.artefacts import changes_path as changes_path
from api.registry.store import Checkpoint


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
