"""Sends damaged requests to a server of its own and counts what it answers: `… --help`.

Three doors: `predict` (DICOM files damaged as `fuzz` damages them), `v2` (the lengths, shapes and
JSON of binary tensors) and `stow` (boundaries, headers, nested and many parts of a multipart body).
All the while another client asks about an undamaged film. Exit code 1 for one answer of 5xx, one
request without an answer, or one of the other client's that is not answered with 200. A request
that a full queue sends away (429, or 503 because the records are busy, with `Retry-After`) comes
again, and how often that was is printed; any other 503 is a failure.
"""

import argparse
import json
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import requests

from api.errors import StoreBusy
from api.inputs.images.synthetic import synthetic_png
from api.web.problem_types import TITLES
from benchmarks.reliability.fuzz import EDGES, mutated, seeds_of
from benchmarks.support.local_server import server

TIMEOUT_S = 120.0
BROKEN = "no answer"
# Titles of problems of 503 that say no more than that there is a queue.
BUSY = {TITLES[StoreBusy]}
MAX_TRIES, MAX_PAUSE_S = 30, 10.0
MANY_PARTS = 10_000
NAMES = ("image",) * 12 + ("row", "", "a" * 300)
DATATYPES = ("BYTES",) * 12 + ("FP32", "FP64", "x")
LENGTH = "Inference-Header-Content-Length"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A request that is damaged: where it goes, its body and its headers."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Door = Callable[[Sequence[bytes], np.random.Generator, bytes], Damaged]


def _predict(_: Sequence[bytes], __: np.random.Generator, film: bytes) -> Damaged:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.dcm"\r\n\r\n'
    kind = "multipart/form-data; boundary=x"
    return Damaged("/predict", head + film + b"\r\n--x--\r\n", {"Content-Type": kind})


def _edge(rng: np.random.Generator, right: int) -> int:
    """A number that is mostly right, else nearly right, or where a program's numbers run over."""
    if rng.random() < 0.9:
        return right
    near = (right - 1, right + 1, -1, 2 * right, *EDGES, 2**40, 2**63)
    return int(near[rng.integers(len(near))])


def _infer(seeds: Sequence[bytes], rng: np.random.Generator, film: bytes) -> Damaged:
    """Several elements whose lengths, and those of all around them, may be wrong."""
    films = [film, *(seeds[int(rng.integers(len(seeds)))] for _ in range(rng.integers(3)))]
    if rng.random() < 0.5:
        films = films[1:]
    binary = b"".join(struct.pack("<I", _edge(rng, len(one)) % 2**32) + one for one in films)
    tensor = {
        "name": NAMES[rng.integers(len(NAMES))],
        "datatype": DATATYPES[rng.integers(len(DATATYPES))],
        "shape": [_edge(rng, len(films))] if rng.random() < 0.9 else [2, -1],
        "parameters": {"binary_data_size": _edge(rng, len(binary))},
    }
    asked: dict[str, object] = {"inputs": [tensor] * int(rng.choice([0, 1, 1, 1, 2]))}
    if rng.random() < 0.3:
        output = {"name": "score", "parameters": {"binary_data": True}}
        asked["outputs"] = [output, 7, None][: int(rng.integers(1, 4))]
    header = bytearray(json.dumps(asked).encode())
    if rng.random() < 0.2:
        header[int(rng.integers(len(header)))] = int(rng.integers(256))
    length = str(_edge(rng, len(header))) if rng.random() < 0.95 else "0x10"
    encoding = {"Content-Encoding": "gzip"} if rng.random() < 0.05 else {}
    return Damaged(
        "/v2/models/pneumonia/infer", bytes(header) + binary, {LENGTH: length} | encoding
    )


def _store(seeds: Sequence[bytes], rng: np.random.Generator, film: bytes) -> Damaged:
    """A multipart body with another boundary than it names, wrong headers, parts in parts."""
    boundary = ("x", "x", "x", "--", "x" * 70, "x" * 300, "ü", '"x"')[rng.integers(8)]
    used = boundary if rng.random() < 0.7 else "y"
    whole = [film, seeds[int(rng.integers(len(seeds)))]][: int(rng.integers(3))]
    if rng.random() < 0.01:
        whole = [b"\0" * 4] * MANY_PARTS
    body = b"".join(_part(used, one, rng) for one in whole)
    if rng.random() < 0.2:
        body = _part("outer", b"Content-Type: multipart/related; boundary=x\r\n\r\n" + body, rng)
    body += f"--{used}--\r\n".encode()
    if rng.random() < 0.4:
        body = mutated([body], seed=int(rng.integers(2**31)), number=0)
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    study = ("", "", "/1.2.3", "/" + "9" * 64)[rng.integers(4)]
    return Damaged("/dicom-web/studies" + study, body, {"Content-Type": kind})


def _part(boundary: str, content: bytes, rng: np.random.Generator) -> bytes:
    headers = (
        b"Content-Type: application/dicom\r\n",
        b"Content-Type: application/dicom\r\n",
        b"Content-Type: application/dicom\r\nContent-Length: -1\r\n",
        b"",
        b"X" * 9000 + b": a\r\n",
        b"Content-Type\r\n",
        b"Content-Type: text/html\r\n",
    )
    line = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r")[rng.integers(5)]
    head = headers[int(rng.integers(len(headers)))]
    return f"--{boundary}".encode() + b"\r\n" + head + line + content + b"\r\n"


DOORS: dict[str, Door] = {"predict": _predict, "v2": _infer, "stow": _store}


def damaged(door: str, seeds: Sequence[bytes], *, seed: int, number: int) -> Damaged:
    """The request of this number; the same arguments always give the same one."""
    film = mutated(seeds, seed=seed, number=number)
    return DOORS[door](seeds, np.random.default_rng((seed, number, 1)), film)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last status of a request, or that it had none, and those that told it to come again."""

    status: str
    repeated: tuple[str, ...] = ()


def outcome(url: str, sent: Damaged) -> Outcome:
    """Asks again while a queue of the server is full, when that says."""
    # Latin-1 is what a header's bytes are.
    headers = {name: value.encode("latin-1") for name, value in sent.headers.items()}
    repeated: list[str] = []
    while True:
        try:
            answer = requests.post(url + sent.path, sent.body, headers=headers, timeout=TIMEOUT_S)
        except requests.RequestException:
            return Outcome(BROKEN, tuple(repeated))
        status = str(answer.status_code)
        if not is_queue(answer) or len(repeated) + 1 == MAX_TRIES:
            return Outcome(status, tuple(repeated))
        repeated.append(status)
        time.sleep(min(float(answer.headers["Retry-After"]), MAX_PAUSE_S))


def is_queue(answer: requests.Response) -> bool:
    """Whether it says that a queue is full, and when to come again."""
    if answer.status_code not in {429, 503} or "Retry-After" not in answer.headers:
        return False
    with suppress(ValueError):
        return answer.status_code == 429 or answer.json().get("title") in BUSY
    return False


@contextmanager
def beside(url: str) -> Iterator[list[Outcome]]:
    """Asks about an undamaged film, one request after the other, while the block runs."""
    film, ended, found = synthetic_png("clear", seed=1), threading.Event(), list[Outcome]()
    right = _predict((), np.random.default_rng(0), film)

    def ask() -> None:
        while not ended.wait(0.05):
            found.append(outcome(url, right))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def counted(url: str, door: str, inputs: int, *, seed: int, clients: int) -> dict[int, Outcome]:
    """The outcome of each damaged request, by its number."""
    seeds = seeds_of("dicom")

    def send(number: int) -> Outcome:
        return outcome(url, damaged(door, seeds, seed=seed, number=number))

    with ThreadPoolExecutor(clients) as pool:
        return dict(enumerate(pool.map(send, range(inputs))))


def is_failure(status: str) -> bool:
    """Whether a damaged request may not end so."""
    return status == BROKEN or status.startswith("5")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=3000, help="requests for each door")
    parser.add_argument("--doors", nargs="+", choices=DOORS, default=list(DOORS))
    parser.add_argument("--seed", type=int, default=0, help="the same seed sends the same")
    parser.add_argument("--clients", type=int, default=2, help="requests at once")
    parser.add_argument("--url", help="a server that runs already; default: one of its own")
    options = parser.parse_args()

    ask = partial(_all_doors, options)
    if options.url:
        return ask(options.url)
    with server(compute="processes") as url:
        return ask(url)


def _all_doors(options: argparse.Namespace, url: str) -> int:
    has_failed = False
    columns = ("door", "requests", "answers", "told to come again", "undamaged film beside")
    print(f"| {' | '.join(columns)} |\n| --- | ---: | --- | --- | --- |")
    for door in options.doors:
        with beside(url) as others:
            found = counted(url, door, options.inputs, seed=options.seed, clients=options.clients)
        failures = [number for number, one in found.items() if is_failure(one.status)]
        print(row_of(door, list(found.values()), others), flush=True)
        for number in failures[:20]:
            print(f"{door}: input {number}, seed {options.seed}: {found[number].status}")
        has_failed |= bool(failures) or {one.status for one in others} != {"200"}
    return int(has_failed)


def row_of(door: str, found: Sequence[Outcome], others: Sequence[Outcome]) -> str:
    """The table's row of a door: how its requests and those of the other client ended, and how
    often they were told to come again."""
    repeated = [status for one in (*found, *others) for status in one.repeated]
    cells = (
        [one.status for one in found], repeated, [one.status for one in others],
    )  # fmt: skip
    return f"| {door} | {len(found)} | {' | '.join(map(_listed, cells))} |"


def _listed(statuses: Sequence[str]) -> str:
    counts = sorted(Counter(statuses).items())
    return ", ".join(f"{status}: {number}" for status, number in counts) or "never"


if __name__ == "__main__":
    sys.exit(main())
