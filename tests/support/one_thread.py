"""Imported before NumPy: linear algebra has one thread, here and in the processes that tests start.

OpenBLAS has one for each processor, and those that have nothing to do ask for work without a pause.
Two test processes on two processors take the time from each other that way: twenty decompositions
of 64 x 576 took ten seconds of a processor on a machine that was busy.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
