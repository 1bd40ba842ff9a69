"""`python -m api.dicom.build`: one DICOM file, from a request on standard input to its bytes on
standard output. Only `apart` starts it."""

import gc
import os
import pickle
import sys

# Answers go first.
NICENESS = 5


def main() -> None:
    """Build what is asked for."""
    os.nice(NICENESS)
    request = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(request.built())
    # Python looks for garbage once more as it ends, in all of highdicom.
    gc.freeze()


if __name__ == "__main__":
    main()
