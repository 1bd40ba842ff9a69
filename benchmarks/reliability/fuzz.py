"""Damages generated films in every way and counts what the decoder makes of them.

Each input is decoded in a child process, so a crash or a hang is counted and the next input goes
on in a new child. Exit code 1 if one input ends in anything but a picture or a named refusal.
"""

import argparse
import hashlib
import multiprocessing
import os
import resource
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from api.errors import AppError, TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.images.decoding import Limits, decode
from tests.inputs.images.dicom.corpus import dicom_corpus
from tests.inputs.images.odd_files import corpus

MAX_SECONDS = 10.0
MAX_MEMORY_BYTES = 4 << 30
DECODED, CRASH, TIMEOUT, UNEXPECTED = "decoded", "crash", "timeout", "unexpected error"
REFUSALS: dict[type[AppError], str] = {
    UnsupportedFormat: "415 unsupported",
    UnreadableImage: "422 unreadable",
    TooLarge: "413 too large",
}
OUTCOMES = (DECODED, *REFUSALS.values(), CRASH, TIMEOUT, UNEXPECTED)
FAILURES = frozenset({CRASH, TIMEOUT, UNEXPECTED})
# Numbers at which a program's own numbers run over.
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)

HEADER_BYTES, DICOM_HEADER_BYTES = 400, 1400

Seeds = Sequence[bytes]
Mutator = Callable[[bytearray, np.random.Generator, Seeds], bytearray]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input."""

    number: int
    outcome: str
    detail: str = ""


def mutated(seeds: Seeds, *, seed: int, number: int) -> bytes:
    """The input of this number; the same arguments always give the same bytes."""
    rng = np.random.default_rng((seed, number))
    content = bytearray(seeds[int(rng.integers(len(seeds)))])
    for _ in range(rng.integers(1, 4)):
        content = MUTATORS[rng.integers(len(MUTATORS))](content, rng, seeds)
    if rng.random() < 0.7:
        content = _with_right_checksums(content)
    return bytes(content)


def _flip_bytes(content: bytearray, rng: np.random.Generator, _: Seeds) -> bytearray:
    for _at in range(rng.integers(1, 20)):
        if content:
            content[rng.integers(len(content))] = rng.integers(256)
    return content


def _flip_bits_of_header(content: bytearray, rng: np.random.Generator, _: Seeds) -> bytearray:
    for _at in range(rng.integers(1, 8)):
        if content:
            content[rng.integers(min(len(content), _header_bytes(content)))] ^= 1 << int(
                rng.integers(8)
            )
    return content


def _header_bytes(content: bytearray) -> int:
    """As far as what stands at the beginning of a file mostly reaches."""
    return DICOM_HEADER_BYTES if content[128:132] == b"DICM" else HEADER_BYTES


def _truncate(content: bytearray, rng: np.random.Generator, _: Seeds) -> bytearray:
    return content[: rng.integers(len(content) + 1)]


def _splice(content: bytearray, rng: np.random.Generator, seeds: Seeds) -> bytearray:
    other = seeds[int(rng.integers(len(seeds)))]
    return content[: rng.integers(len(content) + 1)] + other[rng.integers(len(other) + 1) :]


def _write_number(content: bytearray, rng: np.random.Generator, _: Seeds) -> bytearray:
    """An edge of a number type over a field of 2, 4 or 8 bytes, mostly near the beginning."""
    code = "HIQ"[rng.integers(3)]
    size = struct.calcsize(code)
    value = EDGES[rng.integers(len(EDGES))] & ((1 << 8 * size) - 1)
    reach = len(content) if rng.random() < 0.3 else min(len(content), _header_bytes(content))
    if reach > size:
        at = int(rng.integers(reach - size))
        content[at : at + size] = struct.pack("<>"[rng.integers(2)] + code, value)
    return content


def _repeat(content: bytearray, rng: np.random.Generator, _: Seeds) -> bytearray:
    at, size = int(rng.integers(len(content) + 1)), int(rng.integers(1, 2000))
    return content[:at] + content[at : at + size] * int(rng.integers(2, 6)) + content[at + size :]


def _cut_out(content: bytearray, rng: np.random.Generator, _: Seeds) -> bytearray:
    at, size = int(rng.integers(len(content) + 1)), int(rng.integers(1, 200))
    return content[:at] + content[at + size :]


MUTATORS: tuple[Mutator, ...] = (
    _flip_bytes,
    _flip_bits_of_header,
    _truncate,
    _splice,
    _write_number,
    _repeat,
    _cut_out,
)


def _with_right_checksums(content: bytearray) -> bytearray:
    """So that what is wrong in a PNG reaches its reader."""
    at = 8
    while content.startswith(b"\x89PNG") and at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4], "big")
        if end + 4 > len(content):
            break
        content[end : end + 4] = struct.pack(">I", zlib.crc32(content[at + 4 : end]))
        at = end + 4
    return content


def outcome_of(content: bytes) -> tuple[str, str]:
    """What decoding these bytes in this process gives, and the message of an error."""
    try:
        image = decode(content, Limits())
    except AppError as exc:
        return REFUSALS.get(type(exc), UNEXPECTED), exc.message
    except Exception as exc:  # noqa: BLE001 (to be counted is what it is here for)
        return UNEXPECTED, repr(exc)
    if image.ndim != 2 or image.dtype != np.uint8:
        return UNEXPECTED, f"a picture of {image.shape} {image.dtype}"
    return DECODED, ""


CORPORA: dict[str, Callable[[], dict[str, bytes]]] = {
    "all": lambda: corpus() | dicom_corpus(),
    "dicom": dicom_corpus,
}


def seeds_of(name: str) -> list[bytes]:
    """The undamaged files of a corpus."""
    return list(CORPORA[name]().values())


def _child(connection: Connection, seed: int, files: str) -> None:
    """Decode the inputs whose numbers come, until none comes any more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    # Decoders written in C say there what is wrong with each film.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    seeds = seeds_of(files)
    connection.send(None)
    while (number := connection.recv()) is not None:
        connection.send(outcome_of(mutated(seeds, seed=seed, number=number)))


def results(numbers: Sequence[int], *, seed: int, files: str = "all") -> Iterator[Result]:
    """Outcomes of these inputs, in child processes, one after the other."""
    # Forks of a process that has imported this: many inputs may end a child.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    waiting = list(reversed(numbers))
    while waiting:
        here, there = context.Pipe()
        child = context.Process(target=_child, args=(there, seed, files), daemon=True)
        child.start()
        there.close()
        try:
            here.recv()
            yield from _results_of_child(here, waiting)
        finally:
            child.kill()
            child.join()
            here.close()


def _results_of_child(connection: Connection, waiting: list[int]) -> Iterator[Result]:
    """Until no input waits, or one has ended the child."""
    while waiting:
        number = waiting.pop()
        connection.send(number)
        if not connection.poll(MAX_SECONDS):
            yield Result(number, TIMEOUT)
            return
        try:
            outcome, detail = connection.recv()
        except EOFError:
            yield Result(number, CRASH)
            return
        yield Result(number, outcome, detail)


def fuzz(inputs: int, *, seed: int, processes: int = 1, files: str = "all") -> list[Result]:
    """Decode so many damaged films; results in the order of their numbers."""
    shares = [range(at, inputs, processes) for at in range(processes)]
    with ThreadPoolExecutor(processes) as pool:
        done = pool.map(lambda share: list(results(share, seed=seed, files=files)), shares)
        return sorted((one for share in done for one in share), key=lambda one: one.number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=30_000, help="how many damaged films")
    parser.add_argument("--files", choices=CORPORA, default="all", help="what is damaged")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same films")
    parser.add_argument("--processes", type=int, default=1, help="children beside each other")
    parser.add_argument("--keep", type=Path, help="folder for the films that failed")
    options = parser.parse_args()

    done = fuzz(options.inputs, seed=options.seed, processes=options.processes, files=options.files)
    counts = Counter(result.outcome for result in done)
    print("| outcome | films |\n| --- | ---: |")
    for outcome in OUTCOMES:
        print(f"| {outcome} | {counts[outcome]} |")
    failures = [result for result in done if result.outcome in FAILURES]
    seeds = seeds_of(options.files) if failures else []
    for result in failures:
        content = mutated(seeds, seed=options.seed, number=result.number)
        digest = hashlib.sha256(content).hexdigest()
        print(f"{result.outcome}: input {result.number}, sha256 {digest} {result.detail}")
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / digest).write_bytes(content)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
