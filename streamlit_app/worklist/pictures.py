"""Pictures of films for the viewer: few at a time, so that hundreds of films need little memory."""

from dataclasses import dataclass, field
from threading import Lock

MAX_PICTURES = 4
MAX_BYTES = 40_000_000


@dataclass(slots=True)
class Pictures:
    """The pictures looked at last, each a PNG; the others are made again when they are wanted."""

    _kept: dict[str, bytes] = field(default_factory=dict)
    # Films are read in a thread beside the page.
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> bytes | None:
        """A film's picture, which then counts as the newest."""
        with self._lock:
            if (png := self._kept.pop(key, None)) is not None:
                self._kept[key] = png
            return png

    def keep(self, key: str, png: bytes) -> None:
        """Keep one; the oldest go, but never this one."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = png
            while len(self._kept) > 1 and self._is_too_much():
                del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def _is_too_much(self) -> bool:
        size_bytes = sum(len(png) for png in self._kept.values())
        return len(self._kept) > MAX_PICTURES or size_bytes > MAX_BYTES
