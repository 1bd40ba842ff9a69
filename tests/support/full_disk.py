"""A disk on which no file may grow any further, for this process and for a moment."""

import contextlib
import resource
from collections.abc import Iterator


@contextlib.contextmanager
def full_disk(*, at_bytes: int = 4096) -> Iterator[None]:
    """Writes beyond `at_bytes` of a file fail, as they do where the disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
