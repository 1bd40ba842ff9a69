"""What a checkpoint remembers of the films it was made from, so that retraining does not forget.

Films are kept as latent activations, what the network's frozen part makes of them (Pellegrini et
al. 2020), in four bits a value; what a retraining forgets with them is in docs/use/retraining.md.
"""

import hashlib
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from api.arrays import ByteArray, Float16Array, Float32Array, FloatArray, IntArray
from api.errors import InvalidCheckpoint
from api.model_card.card import Replay
from api.tasks.task import Task
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION

Kind = tuple[str, int]
# Largest code of four bits.
LEVELS = 15
# Share of each channel's values on either side that is cut off.
CLIPPED = 0.0005
# Films kept of each side: to learn from, to calibrate on, to be judged on.
SIZES = {TRAIN: 400, VALIDATION: 200, HOLDOUT: 600}


@dataclass(frozen=True, slots=True, eq=False)
class Latents:
    """n films as the frozen part of a network sees them.

    Attributes:
        activations: (n, h, w, c).
        distances: (n,) float32, how far each lies from what was learned from (see
            `decision.out_of_distribution`).
        site_distances: (n,) float32, of how each was made from the known sites over their limits.
        targets: (n,) as `Task.target_of` numbers labels.
        sources: (n,) names.
        sha256: (n,) content hashes, hex.
    """

    activations: FloatArray
    distances: Float32Array
    site_distances: Float32Array
    targets: IntArray
    sources: tuple[str, ...]
    sha256: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def kinds(self) -> list[Kind]:
        """Source and class of each film."""
        return list(zip(self.sources, self.targets.tolist(), strict=True))

    def take(self, rows: Sequence[int]) -> "Latents":
        """Some of them, by number."""
        index = np.array(rows, dtype=np.int64)
        return Latents(
            self.activations[index],
            self.distances[index],
            self.site_distances[index],
            self.targets[index],
            tuple(self.sources[row] for row in rows),
            tuple(self.sha256[row] for row in rows),
        )

    def without(self, sha256: set[str]) -> "Latents":
        """Those with another content."""
        return self.take([row for row, own in enumerate(self.sha256) if own not in sha256])

    def joined(self, other: "Latents") -> "Latents":
        """These, then others."""
        return Latents(
            np.concatenate([self.activations, other.activations]),
            np.concatenate([self.distances, other.distances]),
            np.concatenate([self.site_distances, other.site_distances]),
            np.concatenate([self.targets, other.targets]),
            self.sources + other.sources,
            self.sha256 + other.sha256,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ReplayMemory:
    """The films of a checkpoint by split, and the scale they are stored on.

    Attributes:
        splits: 'train', 'validation' and 'holdout'.
        low, high: (c,) float32, the values of the smallest and the largest code of each channel.
    """

    splits: Mapping[str, Latents]
    low: Float32Array
    high: Float32Array

    def hashes(self, *splits: str) -> set[str]:
        """Of the films of some splits."""
        return {sha256 for split in splits for sha256 in self.splits[split].sha256}

    def without(self, sha256: set[str]) -> "ReplayMemory":
        """Without these films among those to learn from."""
        train = self.splits[TRAIN].without(sha256)
        return ReplayMemory({**self.splits, TRAIN: train}, self.low, self.high)

    def with_training_images(self, images: Latents) -> "ReplayMemory":
        """Further films to learn from; of all, as many of each kind stay as there is room for."""
        known = self.splits[TRAIN].without(set(images.sha256)).joined(images)
        chosen = known.take(balanced(known.kinds, known.sha256, SIZES[TRAIN]))
        return ReplayMemory({**self.splits, TRAIN: chosen}, self.low, self.high)

    def to_bytes(self) -> bytes:
        """As an `.npz` file."""
        arrays: dict[str, Any] = {"low": self.low, "high": self.high}
        for name, images in self.splits.items():
            contents = b"".join(bytes.fromhex(sha256) for sha256 in images.sha256)
            arrays |= {
                f"{name}_shape": np.array(images.activations.shape),
                f"{name}_codes": packed(self._codes(images.activations)),
                f"{name}_distances": images.distances,
                f"{name}_site_distances": images.site_distances,
                f"{name}_targets": images.targets.astype(np.int16),
                f"{name}_sources": np.array(images.sources, dtype=np.str_),
                f"{name}_sha256": np.frombuffer(contents, dtype=np.uint8).reshape(-1, 32),
            }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def _codes(self, activations: FloatArray) -> ByteArray:
        share = (activations.astype(np.float32) - self.low) / (self.high - self.low)
        return np.asarray(np.clip(np.round(share * LEVELS), 0, LEVELS).astype(np.uint8))


def build_memory(splits: Mapping[str, Latents]) -> ReplayMemory:
    """A memory of films that were chosen with `chosen`, on a scale that fits the training films."""
    values = splits[TRAIN].activations.astype(np.float32)
    low, high = np.quantile(values, (CLIPPED, 1 - CLIPPED), axis=(0, 1, 2)).astype(np.float32)
    return ReplayMemory(splits, low, np.maximum(high, low + 1e-6))


def select(split: str, kinds: Sequence[Kind], sha256: Sequence[str]) -> list[int]:
    """Rows of the films worth remembering: to learn from, as many of each kind; to calibrate and
    to judge, a cross section, so that its prevalence is that of all."""
    choose = balanced if split == TRAIN else proportional
    return choose(kinds, sha256, SIZES[split])


def balanced(kinds: Sequence[Kind], sha256: Sequence[str], size: int) -> list[int]:
    """At most `size` rows, as evenly over the kinds (a class from a source) as there are films."""
    waiting = _by_kind(kinds, sha256)
    chosen: list[int] = []
    while waiting and len(chosen) < size:
        for kind in sorted(waiting):
            if len(chosen) < size:
                chosen.append(waiting[kind].pop())
            if not waiting[kind]:
                del waiting[kind]
    return sorted(chosen)


def proportional(kinds: Sequence[Kind], sha256: Sequence[str], size: int) -> list[int]:
    """About `size` rows, of each kind the same share, rounded up."""
    share = min(1.0, size / max(len(kinds), 1))
    return sorted(
        row
        for rows in _by_kind(kinds, sha256).values()
        for row in rows[: math.ceil(share * len(rows) - 1e-9)]
    )


def _by_kind(kinds: Sequence[Kind], sha256: Sequence[str]) -> dict[Kind, list[int]]:
    """Rows of each kind, in an order that hangs on the films' content alone."""
    rows: dict[Kind, list[int]] = {}
    for row in sorted(
        range(len(kinds)), key=lambda row: hashlib.sha256(sha256[row].encode()).digest()
    ):
        rows.setdefault(kinds[row], []).append(row)
    return rows


def packed(codes: ByteArray) -> ByteArray:
    """Two codes of four bits a byte, flat."""
    flat = codes.ravel()
    flat = np.append(flat, np.zeros(len(flat) % 2, dtype=np.uint8))
    return np.asarray(flat[::2] << 4 | flat[1::2])


def unpacked(content: ByteArray, shape: tuple[int, ...]) -> ByteArray:
    """What `packed` packed."""
    codes = np.stack([content >> 4, content & LEVELS], axis=1).ravel()
    return np.asarray(codes[: math.prod(shape)].reshape(shape))


def load_memory(path: Path, record: Replay) -> ReplayMemory:
    """Read a memory. Raises: InvalidCheckpoint if it is missing, damaged or another one."""
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise InvalidCheckpoint(
            f"The replay memory '{path.name}' is missing or cannot be read; without it a "
            "retraining would forget what the model knew. Restore the file, or promote another "
            "version."
        ) from exc
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise InvalidCheckpoint(
            f"The replay memory '{path.name}' is not the one its card describes; it is damaged or "
            "was replaced. Restore it, or promote another version."
        )
    try:
        return parse(content)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as exc:
        raise InvalidCheckpoint(f"The replay memory '{path.name}' cannot be read: {exc}") from exc


def parse(content: bytes) -> ReplayMemory:
    """What `ReplayMemory.dumped` gave; activations as float16."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        low, high = stored["low"], stored["high"]
        splits = {
            name: Latents(
                activations=_values(
                    unpacked(stored[f"{name}_codes"], tuple(stored[f"{name}_shape"].tolist())),
                    low,
                    high,
                ),
                distances=stored[f"{name}_distances"],
                # A memory of a former release has none.
                site_distances=stored.get(
                    f"{name}_site_distances", np.zeros_like(stored[f"{name}_distances"])
                ),
                targets=stored[f"{name}_targets"].astype(np.int64),
                sources=tuple(stored[f"{name}_sources"].tolist()),
                sha256=tuple(bytes(row).hex() for row in stored[f"{name}_sha256"]),
            )
            for name in SIZES
        }
    return ReplayMemory(splits, low, high)


def _values(codes: ByteArray, low: Float32Array, high: Float32Array) -> Float16Array:
    return np.asarray((codes / np.float32(LEVELS) * (high - low) + low).astype(np.float16))


def record_of(
    memory: ReplayMemory, content: bytes, task: Task, *, first_trainable: str, frozen: str
) -> Replay:
    """What the card says of a memory."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for name, images in memory.splits.items():
        found = Counter(images.kinds)
        sources = sorted({source for source, _ in found})
        counts[name] = {
            source: {
                label: found[source, task.target_of(label)]
                for label in task.known_labels
                if label in task.labels or found[source, task.target_of(label)]
            }
            for source in sources
        }
    return Replay(
        sha256=hashlib.sha256(content).hexdigest(),
        first_trainable=first_trainable,
        frozen_sha256=frozen,
        counts=counts,
    )
