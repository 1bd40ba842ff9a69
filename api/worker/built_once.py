"""What is sent of an answer is built once, however many destinations it goes to."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

# Up to four messages are sent at once, mostly of the same answer; a capture takes 3 MB.
MAX_KEPT = 2


@dataclass(slots=True)
class _Slot(Generic[T]):
    """Something, once it is built."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    built: list[T] = field(default_factory=list)


@dataclass(slots=True)
class BuiltOnce(Generic[T]):
    """Keeps the newest few things that were built; thread-safe."""

    _slots: dict[Hashable, _Slot[T]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, key: Hashable, build: Callable[[], T]) -> T:
        """What is kept of a key, or what `build` gives; whoever asks meanwhile waits for it.

        Raises: what `build` raises; the next one who asks builds it.
        """
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            while len(self._slots) > MAX_KEPT:
                del self._slots[next(iter(self._slots))]
        with slot.lock:
            if not slot.built:
                slot.built.append(build())
            return slot.built[0]

    def clear(self) -> None:
        """Give the memory back."""
        with self._lock:
            self._slots.clear()
