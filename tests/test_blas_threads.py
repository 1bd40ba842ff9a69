"""The serving process leaves its cores to the images that it predicts."""

import json
import os
import subprocess
import sys

PRINT_THREADS = (
    "import api, json, numpy, threadpoolctl;"
    "print(json.dumps([pool['num_threads'] for pool in threadpoolctl.threadpool_info()]))"
)


def threads(**environment: str) -> list[int]:
    clean = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", PRINT_THREADS],
        env=clean | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(done.stdout))


def test_linear_algebra_has_one_thread() -> None:
    assert threads() == [1]


def test_who_sets_another_number_keeps_it() -> None:
    assert threads(OPENBLAS_NUM_THREADS="2") == [2]
