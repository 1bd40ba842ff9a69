"""Pictures of films for the viewer: few at a time, so that hundreds of films need little memory."""

from dataclasses import dataclass, field
from threading import Lock

MAX_IMAGES = 4
MAX_BYTES = 40_000_000


@dataclass(slots=True)
class ImageCache:
    """The pictures looked at last, each a PNG; the others are made again when they are wanted."""

    _pngs: dict[str, bytes] = field(default_factory=dict)
    # Films are read in a thread beside the page.
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> bytes | None:
        """A film's picture, which then counts as the newest."""
        with self._lock:
            if (png := self._pngs.pop(key, None)) is not None:
                self._pngs[key] = png
            return png

    def keep(self, key: str, png: bytes) -> None:
        """Keep one; the oldest go, but never this one."""
        with self._lock:
            self._pngs.pop(key, None)
            self._pngs[key] = png
            while len(self._pngs) > 1 and self._is_too_much():
                del self._pngs[next(iter(self._pngs))]

    def clear(self) -> None:
        with self._lock:
            self._pngs.clear()

    def _is_too_much(self) -> bool:
        size_bytes = sum(len(png) for png in self._pngs.values())
        return len(self._pngs) > MAX_IMAGES or size_bytes > MAX_BYTES
