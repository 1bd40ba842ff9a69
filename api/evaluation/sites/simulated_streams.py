"""Streams of known films, simulated: of a group, of a source, and mixed at random."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import Float32Array, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class ShiftAims:
    """How streams are watched, and what is assumed of them.

    Attributes:
        windows: how many of the newest answers tests look at.
        every: new answers between two looks.
        films_per_day: of one source.
        days: in which one false alarm is allowed.
        streams: simulated of each kind.
        mixtures: kinds of streams that are mixed at random.
        block: films that follow each other as they do in their source (block bootstrap; Künsch
            1989): those of a patient stay together.
        margin: what thresholds are multiplied by.
    """

    windows: tuple[int, ...] = (30, 60, 100, 200)
    every: int = 10
    films_per_day: float = 100.0
    days: float = 90.0
    streams: int = 100
    mixtures: int = 10
    block: int = 5
    margin: float = 1.0

    @property
    def longest(self) -> int:
        return max(self.windows)

    @property
    def false_alarm_rate(self) -> float:
        """Share of spans as long as the longest window in which a false alarm may be raised."""
        return min(self.longest / (self.films_per_day * self.days), 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class KnownImages:
    """Known films that streams are made of, in the order of their sources and patients.

    Attributes:
        values: (n, figures).
        groups: (n,) class of a source each; sources: (n,).
    """

    values: Float32Array
    groups: Sequence[str]
    sources: Sequence[str]

    def __len__(self) -> int:
        return len(self.groups)


def stream_kinds(images: KnownImages, aims: ShiftAims, *, seed: int) -> Iterator[list[IntArray]]:
    """Streams of each group, of each source, and mixed at random: rows of films.

    A stream is twice as long as the longest window. Films come in blocks, all of a group's before
    one comes again.
    """
    rng = np.random.default_rng(seed)
    groups, sources = np.array(images.groups), np.array(images.sources)
    rows = [np.flatnonzero(groups == name) for name in sorted(set(images.groups))]
    sizes = np.array([len(each) for each in rows], dtype=np.float64)
    source_of = sources[[each[0] for each in rows]]
    kinds = [
        *np.diag(sizes),
        *(sizes * (source_of == name) for name in sorted(set(images.sources))),
        *rng.dirichlet(np.full(len(rows), 0.5), size=aims.mixtures),
    ]
    for shares in kinds:
        yield [_stream(rows, shares / shares.sum(), aims, rng) for _ in range(aims.streams)]


def _stream(
    groups: Sequence[IntArray], shares: FloatArray, aims: ShiftAims, rng: np.random.Generator
) -> IntArray:
    waiting: list[list[IntArray]] = [[] for _ in groups]
    blocks: list[IntArray] = []
    length = 2 * aims.longest
    for group in rng.choice(len(groups), size=length, p=shares):
        if not waiting[group]:
            waiting[group] = _blocks(groups[group], aims.block, rng)
        blocks.append(waiting[group].pop())
        if sum(map(len, blocks)) >= length:
            break
    return np.concatenate(blocks)[:length]


def _blocks(rows: IntArray, size: int, rng: np.random.Generator) -> list[IntArray]:
    blocks = [rows[start : start + size] for start in range(0, len(rows), size)]
    return [blocks[place] for place in rng.permutation(len(blocks))]
