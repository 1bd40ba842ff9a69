"""The file beside the weights with what a film's distances are taken to."""

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from api.decision.out_of_distribution import OodReference
from api.decision.site_distance import PREFIX, SiteReference, site_reference_of
from api.errors import InvalidCheckpoint
from api.files import sha256_of


@dataclass(frozen=True, slots=True)
class References:
    """What pictures unlike those learned from, and films of unfamiliar sites, are told by.

    `site` is None where there are too few films to tell sources apart, and in files of former
    releases.
    """

    ood: OodReference
    site: SiteReference | None = None

    def to_bytes(self) -> bytes:
        """As the bytes of a NumPy archive; the out-of-distribution part in half precision: what is
        lost is far below a threshold's step."""
        arrays: dict[str, Any] = {
            name: value.astype(np.float16) for name, value in asdict(self.ood).items()
        }
        arrays |= self.site.to_arrays() if self.site else {}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()


def load_references(path: Path, *, sha256: str) -> References:
    """Read the file. Raises: InvalidCheckpoint if it is missing, damaged or another one."""
    try:
        actual = sha256_of(path)
    except OSError as exc:
        raise InvalidCheckpoint(
            f"The reference '{path.name}' is missing or cannot be read; without it nobody knows "
            "which pictures are unlike those learned from. Restore the file, or promote another "
            "version."
        ) from exc
    if actual != sha256:
        raise InvalidCheckpoint(
            f"The reference '{path.name}' is not the one its card describes; it is damaged or was "
            "replaced. Restore it, or promote another version."
        )
    try:
        return parse(path.read_bytes())
    except (OSError, ValueError, TypeError, KeyError, BadZipFile, EOFError) as exc:
        raise InvalidCheckpoint(f"The reference '{path.name}' cannot be read: {exc}") from exc


def parse(content: bytes) -> References:
    """What `References.to_bytes` gave."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: np.asarray(archive[name], np.float32) for name in archive.files}
    ood = {name: value for name, value in arrays.items() if not name.startswith(PREFIX)}
    return References(OodReference(**ood), site_reference_of(arrays))
