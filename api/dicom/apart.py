"""Builds DICOM instances in a process of their own, which ends with them: the libraries take 34 MB
that a server would never give back, and a result is asked for now and then."""

import logging
import os
import pickle
import subprocess
import sys

from api.dicom.requests import CaptureRequest, ReportRequest, ResultsRequest
from api.errors import ModelNotReady
from api.settings import ROOT

logger = logging.getLogger(__name__)

# The name of the module that is started never changes.
BUILDER = "api.dicom.build"
TIMEOUT_S = 60.0


def built(request: ReportRequest | CaptureRequest | ResultsRequest) -> bytes:
    """The file that was asked for; blocks for about a second.

    Raises: ModelNotReady if no process can be started, or it takes too long; RuntimeError if it
        fails, without what it said: that could quote a name.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", BUILDER],
            input=pickle.dumps(request),
            capture_output=True,
            cwd=ROOT,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        logger.warning("dicom not built error=%s", type(exc).__name__)
        raise ModelNotReady(
            "The DICOM file could not be made now: the server is short of time or memory. "
            "Ask again shortly."
        ) from None
    if done.returncode:
        raise RuntimeError(f"{BUILDER} ended with status {done.returncode}")
    return done.stdout
