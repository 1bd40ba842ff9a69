"""What the operating system allows a compute process: no sockets, no files, little memory."""

import ctypes
import logging
import os
import platform
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

# linux/prctl.h and linux/seccomp.h
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
RETURN_ALLOW, RETURN_ERRNO = 0x7FFF0000, 0x00050000
EPERM = 1
# linux/filter.h: load a word of the call's data, jump if equal or greater-or-equal, return.
LOAD, JUMP_EQUAL, JUMP_FROM, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT = 0, 4
# System calls of the other ABI of x86-64 have this bit.
X32_BIT = 0x40000000


@dataclass(frozen=True, slots=True)
class Platform:
    """A processor's audit number and its numbers of the calls that are refused."""

    audit: int
    refused: tuple[int, ...]


# socket, connect, accept, bind, listen, socketpair, accept4, ptrace, execve, execveat,
# io_uring_setup (which could do all of that without a call of its own).
PLATFORMS = {
    "x86_64": Platform(0xC000003E, (41, 42, 43, 49, 50, 53, 288, 101, 59, 322, 425)),
    "aarch64": Platform(0xC00000B7, (198, 203, 202, 200, 201, 199, 242, 117, 221, 281, 425)),
}


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


def forbid_files_and_sockets() -> None:
    """No core dumps, nothing written to files, no sockets beyond those that are open, no programs.

    For a process with one thread; what it starts later inherits the limits.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        _install_filter()


def limit_memory(extra_bytes: int) -> None:
    """At most so many bytes of address space beyond what the process has now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        # Not Linux: there is no reliable figure to start from.
        return
    max_bytes = pages * resource.getpagesize() + extra_bytes
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))


def _install_filter() -> None:
    known = PLATFORMS.get(platform.machine())
    if known is None:
        logger.warning("sockets stay allowed machine=%s: its system calls are unknown", os.uname())
        return
    instructions = _instructions(known)
    program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0
    ):
        logger.warning("sockets stay allowed reason=%r", os.strerror(ctypes.get_errno()))


def _instructions(known: Platform) -> list[_Instruction]:
    """Berkeley packet filter code: the refused calls fail with EPERM, all others pass."""
    numbers = known.refused
    refuse = len(numbers) + 1
    checks = [
        _Instruction(JUMP_EQUAL, refuse - place - 1, 0, number)
        for place, number in enumerate(numbers)
    ]
    return [
        _Instruction(LOAD, 0, 0, ARCHITECTURE_AT),
        # Calls of another architecture have other numbers: all of them are refused.
        _Instruction(JUMP_EQUAL, 0, len(numbers) + 3, known.audit),
        _Instruction(LOAD, 0, 0, NUMBER_AT),
        _Instruction(JUMP_FROM, len(numbers) + 1, 0, X32_BIT),
        *checks,
        _Instruction(RETURN, 0, 0, RETURN_ALLOW),
        _Instruction(RETURN, 0, 0, RETURN_ERRNO | EPERM),
    ]
