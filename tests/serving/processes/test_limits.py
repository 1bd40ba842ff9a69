"""What a compute process may not do, tried in a process of its own."""

import sys

import pytest

from api.errors import TooLarge
from api.inputs.images.decoding import Limits
from api.serving.processes.forks import Forks
from api.serving.processes.pool import ProcessPool
from api.serving.processes.requests import Thumbnail
from tests.support import images
from tests.support.checkpoints import run_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")

TRY = """
import errno, os, resource, socket, subprocess, tempfile
from api.serving.processes import limits

path = tempfile.mktemp()
ours, theirs = socket.socketpair()
limits.forbid_files_and_sockets()

def refused(work):
    try:
        work()
    except (OSError, MemoryError) as exc:
        return errno.errorcode.get(getattr(exc, "errno", None), type(exc).__name__)
    return "allowed"

def write():
    with open(path, "wb", buffering=0) as file:
        file.write(b"x")

ours.sendall(b"x")
print(refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
print(refused(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)))
print(refused(socket.socketpair))
print(refused(lambda: ours.connect("/tmp/x")))
print(refused(lambda: subprocess.run(["true"])))
print(refused(write))
print(refused(lambda: bytearray(200_000_000)))
limits.limit_memory(50_000_000)
print(refused(lambda: bytearray(200_000_000)))
print(theirs.recv(1), resource.getrlimit(resource.RLIMIT_CORE))
os.remove(path)
"""


class TestLimits:
    def test_sockets_programs_files_and_memory_are_refused(self) -> None:
        assert run_python("-c", TRY).splitlines() == [
            "EPERM",
            "EPERM",
            "EPERM",
            "EPERM",
            "EPERM",
            "EFBIG",
            "allowed",
            "MemoryError",
            "b'x' (0, 0)",
        ]

    def test_an_image_that_swells_beyond_the_memory_is_refused(self, forks: Forks) -> None:
        pool = ProcessPool(forks, size=1, max_image_seconds=60)
        huge = images.png_claiming(60_000, 60_000)

        with pytest.raises(TooLarge):
            pool.call(Thumbnail(Limits(max_pixels=10**10), side_px=32), huge)

        assert pool.counts.crashes == 0
