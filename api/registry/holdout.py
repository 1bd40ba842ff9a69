"""The films that a checkpoint and its forebears are measured on, known by their hashes alone."""

import io
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from api.arrays import ByteArray
from api.errors import InvalidCheckpoint
from api.inputs.images.perceptual_hash import BYTES, MAX_DISTANCE_BITS, distances
from api.registry.champion import Alias
from api.registry.store import Store, holdout_path

SHA256_BYTES = 32
# What NumPy raises for an archive that is none, is damaged, locked or packed in an unknown way.
UNREADABLE = (
    OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error, RuntimeError, MemoryError,
    TypeError,
)  # fmt: skip

Hashes = ByteArray


def _no_hashes(width: int) -> Hashes:
    return np.zeros((0, width), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class HoldoutHashes:
    """Content hashes (n, 32) and perceptual hashes (n, 32), uint8, of n films; the latter are zero
    for inputs that are no pictures."""

    sha256: Hashes = field(default_factory=lambda: _no_hashes(SHA256_BYTES))
    near: Hashes = field(default_factory=lambda: _no_hashes(BYTES))

    def __len__(self) -> int:
        return len(self.sha256)

    @property
    def hashes(self) -> set[str]:
        """Content hashes, hex."""
        return {bytes(row).hex() for row in self.sha256}

    def covers(self, sha256: str, near: bytes) -> bool:
        """Whether a picture is one of these films, perhaps resized or re-encoded."""
        is_near = bool(near) and (distances(near, self.near) <= MAX_DISTANCE_BITS).any()
        return self._has(sha256) or bool(is_near)

    def _has(self, sha256: str) -> bool:
        digest = np.frombuffer(bytes.fromhex(sha256), dtype=np.uint8)
        return bool((self.sha256 == digest).all(axis=1).any())

    def with_images(self, images: list[tuple[str, bytes]]) -> "HoldoutHashes":
        """These and more, given as content hash (hex) and perceptual hash; each content once."""
        images = [image for image in dict.fromkeys(images) if not self._has(image[0])]
        contents = b"".join(bytes.fromhex(sha256) for sha256, _ in images)
        pictures = b"".join(near or bytes(BYTES) for _, near in images)
        more = np.frombuffer(contents, dtype=np.uint8).reshape(-1, SHA256_BYTES)
        nearer = np.frombuffer(pictures, dtype=np.uint8).reshape(-1, BYTES)
        return HoldoutHashes(
            np.concatenate([self.sha256, more]), np.concatenate([self.near, nearer])
        )

    def dumped(self) -> bytes:
        """As an `.npz` file."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, sha256=self.sha256, near=self.near)
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class ChampionHoldout:
    """The films that whatever serves now is measured on."""

    store: Store
    alias: Alias

    def __call__(self) -> HoldoutHashes:
        """Raises: InvalidCheckpoint, NotFound."""
        version = self.alias.current()
        # Without a card, which is long to read; and films may be collected before there is a model.
        weights = self.store.weights_of(version) if version else self.store.default_weights
        path = holdout_path(weights)
        return _cached(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=2)
def _cached(path: Path, _changed_at: int) -> HoldoutHashes:
    return read_holdout(path)


def read_holdout(path: Path) -> HoldoutHashes:
    """From a file that `dumped` wrote; none where there is no such file.

    Raises: InvalidCheckpoint if it is damaged.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            found = HoldoutHashes(stored["sha256"], stored["near"])
    except FileNotFoundError:
        return HoldoutHashes()
    except UNREADABLE as exc:
        raise InvalidCheckpoint(
            f"'{path.name}', the hashes of the held-out films, is damaged ({exc}); restore it."
        ) from exc
    if found.sha256.shape[1:] != (SHA256_BYTES,) or found.near.shape != (len(found), BYTES):
        raise InvalidCheckpoint(f"'{path.name}' does not hold one hash of each kind a film.")
    return found
