"""The pictures that are there already, to find the same one again."""

from dataclasses import dataclass, field

import numpy as np

from api.inputs.images.perceptual_hash import BYTES, MAX_DISTANCE_BITS, distances


@dataclass(slots=True)
class PerceptualIndex:
    """Perceptual hashes by name; grows while an upload is taken in."""

    names: list[str] = field(default_factory=list)
    hashes: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, known: dict[str, bytes]) -> "PerceptualIndex":
        """From names and their hashes."""
        return cls(list(known), bytearray(b"".join(known.values())))

    def add(self, name: str, near: bytes) -> None:
        """One more; what has no perceptual hash is never found again by it."""
        if not near:
            return
        self.names.append(name)
        self.hashes += near

    def forget(self, name: str) -> None:
        """One less: that picture was deleted."""
        place = self.names.index(name)
        del self.names[place]
        del self.hashes[place * BYTES : (place + 1) * BYTES]

    def nearest(self, near: bytes) -> str | None:
        """The name of the same picture, in whatever size or encoding, if it is there."""
        if not self.names or not near:
            return None
        # A copy: a bytearray that somebody looks at cannot grow.
        rows = np.frombuffer(bytes(self.hashes), dtype=np.uint8).reshape(-1, BYTES)
        gaps = distances(near, rows)
        place = int(gaps.argmin())
        return self.names[place] if gaps[place] <= MAX_DISTANCE_BITS else None
