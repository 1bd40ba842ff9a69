"""Which process works on a retraining; numbers of processes mean something on one machine only."""

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

NAMESPACE, BOOT = Path("/proc/self/ns/pid"), Path("/proc/sys/kernel/random/boot_id")


def host_of(namespace: Path = NAMESPACE, boot: Path = BOOT) -> str:
    """This machine as far as its process numbers reach.

    Containers count their processes by themselves and may share a host name, so the name alone
    would take another one's trainer for a dead one. Elsewhere than on Linux it has to do.
    """
    name = socket.gethostname()
    try:
        seen = f"{boot.read_text()} {namespace.stat().st_ino}"
    except OSError:
        return name
    return f"{name} {hashlib.sha256(seen.encode()).hexdigest()[:8]}"


HOST = host_of()


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that works on a job; nobody does where its host is none."""

    host: str | None = None
    pid: int | None = None


NOBODY = Holder()


def this_process() -> Holder:
    """Whoever asks."""
    return Holder(HOST, os.getpid())
