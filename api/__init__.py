"""Roentgen's backend."""

import os

# Images are predicted on a thread or process for each core. A linear algebra library that starts
# threads of its own for the few small matrices beside them has those spin on the same cores: a
# quarter of all films a second. Set before NumPy is loaded; who sets another number keeps it.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_name, "1")
