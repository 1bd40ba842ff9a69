"""Pictures of films for the viewer: few at a time, so that hundreds of films need little memory."""

from dataclasses import dataclass, field
from threading import Lock

# The film that is open, those beside it, and some before it.
MAX_IMAGES = 8
MAX_BYTES = 40_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A film as PNG; `is_full`: with all of its pixels."""

    png: bytes
    is_full: bool


@dataclass(slots=True)
class ImageCache:
    """The pictures looked at last; the others are made again when they are wanted."""

    _kept: dict[str, Picture] = field(default_factory=dict)
    # Films are read in a thread beside the page.
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> Picture | None:
        """A film's picture, which then counts as the newest."""
        with self._lock:
            if (picture := self._kept.pop(key, None)) is not None:
                self._kept[key] = picture
            return picture

    def keep(self, key: str, picture: Picture) -> None:
        """Keep one, unless there is a better one; the oldest go, but never this one."""
        with self._lock:
            had = self._kept.pop(key, None)
            self._kept[key] = had if had and had.is_full else picture
            while len(self._kept) > 1 and self._is_too_much():
                del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def _is_too_much(self) -> bool:
        size_bytes = sum(len(picture.png) for picture in self._kept.values())
        return len(self._kept) > MAX_IMAGES or size_bytes > MAX_BYTES
