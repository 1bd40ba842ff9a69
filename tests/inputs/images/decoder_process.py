"""Decoding in a process of its own, where a crash can be told from an answer."""

import json
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_DECODE = r"""
import json, re, sys
from pathlib import Path
from api.errors import AppError
from api.inputs.images.decoding import Limits, decode


def peak_mb():
    # Not ru_maxrss, which a process inherits from the one that started it.
    return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


content = Path(sys.argv[1]).read_bytes()
before = peak_mb()
answer = {}
try:
    image = decode(content, Limits())
    answer = {"shape": image.shape, "mean": float(image.mean())}
except AppError as exc:
    answer = {"error": type(exc).__name__, "message": exc.message}
print(json.dumps(answer | {"extra_mb": peak_mb() - before}))
"""


def decoded_alone(path: Path) -> dict[str, object]:
    """What decoding a file gives: shape and mean, or an error and its message.

    `extra_mb` is what the process took more at its peak. A process that ends in any other way
    fails the test.
    """
    done = subprocess.run(
        [sys.executable, "-c", _DECODE, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
