"""What this process no longer needs goes back to the system at once."""

import ctypes
import functools
import sys

# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGE_BYTES = 128 * 1024
ARENAS = 2


@functools.cache
def give_back_at_once() -> bool:
    """Have large blocks returned when they are freed; returns whether the C library can.

    Left alone, glibc raises its own threshold with the first large block, and keeps those of every
    thread: 60 films of 2 MB, each a few times in memory for a moment, then cost 200 MB for good.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    options = {M_MMAP_THRESHOLD: LARGE_BYTES, M_TRIM_THRESHOLD: LARGE_BYTES, M_ARENA_MAX: ARENAS}
    done = [mallopt(name, value) for name, value in options.items()]
    return all(done)
