"""In a trainer's place: prints how many threads its numeric libraries may have."""

import os
import sys

if __name__ == "__main__":
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    sys.stdout.write(" ".join(str(os.environ.get(name)) for name in names) + "\n")
