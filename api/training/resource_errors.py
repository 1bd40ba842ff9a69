"""What the machine lacks, in words; TensorFlow, h5py and the system each have their own."""

import errno
import os
from collections.abc import Iterator

FULL = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)))
FORBIDDEN = tuple(map(os.strerror, (errno.EROFS, errno.EACCES, errno.EPERM)))

DISK_FULL = (
    "There was no room left on the disk; nothing of the retraining was kept. Free some space, then "
    "start it again."
)
NOT_WRITABLE = (
    "A folder could not be written; nothing of the retraining was kept. Fix the permissions of the "
    "models folder and the state folder, then start it again."
)
NO_MEMORY = (
    "There was not enough memory; nothing of the retraining was kept. Free some, or lower the "
    "recipe's batch size, then start it again."
)


def resource_error_in(error: BaseException) -> str | None:
    """The sentence for people; None if the error is of another kind."""
    for cause in _causes(error):
        words = str(cause)
        # A full disk is a ResourceExhaustedError to TensorFlow too.
        if any(sign in words for sign in FULL):
            return DISK_FULL
        if any(sign in words for sign in FORBIDDEN):
            return NOT_WRITABLE
        # By name: where memory is short, TensorFlow may not even have been imported.
        if isinstance(cause, MemoryError) or type(cause).__name__ == "ResourceExhaustedError":
            return NO_MEMORY
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
