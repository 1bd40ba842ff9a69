"""Which samples a checkpoint was made with: `manifest.csv` beside its weights, one line a film.

Deleting a sample cannot take out of finished weights what they learned from it; this list says
which versions that concerns.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from api.errors import InvalidCheckpoint
from api.inputs.discovery import LabelledImage, manifest_digest
from api.registry.signing.artefacts import MANIFEST_NAME as MANIFEST_NAME
from api.registry.signing.artefacts import manifest_path as manifest_path
from api.registry.store import Checkpoint
from api.tasks.splits import TRAIN, VALIDATION

# What weights and calibration hang on; of films that are held out only hashes stay.
LEARNED = frozenset({TRAIN, VALIDATION})


@dataclass(frozen=True, slots=True)
class Line:
    """A film as it was when `version` was made, and the split that it was in."""

    sha256: str
    label: str
    split: str
    version: str


def grown(
    known: Iterable[Line], images: Mapping[str, Sequence[LabelledImage]], *, version: str
) -> list[Line]:
    """The manifest of a version: its own films by split, and what its forebears learned from."""
    own = [
        Line(image.sha256, image.label, split, version)
        for split, members in images.items()
        for image in members
    ]
    hashes = {line.sha256 for line in own}
    inherited = (line for line in known if line.split in LEARNED and line.sha256 not in hashes)
    return [*own, *inherited]


def dumped(lines: Iterable[Line]) -> bytes:
    """As a CSV file."""
    table = io.StringIO(newline="")
    rows = csv.DictWriter(table, [field.name for field in fields(Line)])
    rows.writeheader()
    rows.writerows(asdict(line) for line in lines)
    return table.getvalue().encode()


def read_manifest(checkpoint: Checkpoint) -> list[Line] | None:
    """The manifest of a checkpoint; None where there is none.

    Raises: InvalidCheckpoint if it is damaged, or not the one that the card was written with.
    """
    path = manifest_path(checkpoint.weights)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = [Line(**row) for row in csv.DictReader(file)]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, csv.Error) as exc:
        raise InvalidCheckpoint(
            f"'{path.name}' of '{checkpoint.version}' cannot be read ({exc}); restore it."
        ) from exc
    own = (line for line in lines if line.version == checkpoint.version)
    if manifest_digest(own) != checkpoint.card.data.manifest_sha256:
        raise InvalidCheckpoint(
            f"'{path.name}' is not the list that the card of '{checkpoint.version}' was written "
            "with; restore it."
        )
    return lines


def deleted_since(lines: Iterable[Line], deleted: set[str]) -> list[str]:
    """The hashes of films that were learned from and are deleted now, each once."""
    return sorted({line.sha256 for line in lines if line.split in LEARNED} & deleted)
