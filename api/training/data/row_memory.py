"""The rows that a checkpoint of a table was made from, so that retraining does not forget."""

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from api.errors import InvalidCheckpoint
from api.model_card.card import Replay
from api.tasks.table_task import TableTask
from api.training.data.replay_memory import balanced, proportional
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.data.table_rows import TableRows
from api.training.models.mlp import SCALED

# Rows kept of each side; a table of this size has a file of a few megabytes.
SIZES = {TRAIN: 20_000, VALIDATION: 5_000, HOLDOUT: 5_000}


@dataclass(frozen=True, slots=True, eq=False)
class RowMemory:
    """The rows of a checkpoint by split: 'train', 'validation' and 'holdout'."""

    splits: Mapping[str, TableRows]

    @classmethod
    def of(cls, splits: Mapping[str, TableRows]) -> "RowMemory":
        """Of all rows as many as there is room for: to learn from, as many of each class; to
        calibrate and to judge, a cross section."""
        remembered = {}
        for name, rows in splits.items():
            choose = balanced if name == TRAIN else proportional
            remembered[name] = rows.take(choose(rows.kinds, rows.sha256, SIZES[name]))
        return cls(remembered)

    def hashes(self, *splits: str) -> set[str]:
        """Of the rows of some splits."""
        return {sha256 for split in splits for sha256 in self.splits[split].sha256}

    def without(self, sha256: set[str]) -> "RowMemory":
        """Without these rows among those to learn from."""
        return RowMemory({**self.splits, TRAIN: self.splits[TRAIN].without(sha256)})

    def with_training_rows(self, rows: TableRows) -> "RowMemory":
        """Further rows to learn from."""
        known = self.splits[TRAIN].without(set(rows.sha256)).joined(rows)
        return RowMemory.of({**self.splits, TRAIN: known})

    def to_bytes(self) -> bytes:
        """As an `.npz` file."""
        arrays: dict[str, Any] = {}
        for name, rows in self.splits.items():
            contents = b"".join(bytes.fromhex(sha256) for sha256 in rows.sha256)
            arrays |= {
                f"{name}_values": rows.values,
                f"{name}_targets": rows.targets.astype(np.int16),
                f"{name}_sources": np.array(rows.sources, dtype=np.str_),
                f"{name}_sha256": np.frombuffer(contents, dtype=np.uint8).reshape(-1, 32),
            }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def record(self, content: bytes, task: TableTask, *, scaler_sha256: str) -> Replay:
        """What the card says of the memory that was written as `content`."""
        counts: dict[str, dict[str, dict[str, int]]] = {}
        for name, rows in self.splits.items():
            found = Counter(rows.kinds)
            counts[name] = {
                source: {label: found[source, n] for n, label in enumerate(task.labels)}
                for source in sorted(set(rows.sources))
            }
        return Replay(
            sha256=hashlib.sha256(content).hexdigest(),
            first_trainable=SCALED,
            frozen_sha256=scaler_sha256,
            counts=counts,
        )


def load_row_memory(path: Path, record: Replay, *, features: int) -> RowMemory:
    """Read a memory. Raises: InvalidCheckpoint if it is missing, damaged or another one."""
    remedy = "Restore the file, or promote another version."
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise InvalidCheckpoint(
            f"The replay memory '{path.name}' is missing or cannot be read; without it a "
            f"retraining would forget what the model knew. {remedy}"
        ) from exc
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise InvalidCheckpoint(
            f"The replay memory '{path.name}' is not the one its card describes; it is damaged or "
            f"was replaced. {remedy}"
        )
    try:
        return _parsed(content, features)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as exc:
        raise InvalidCheckpoint(
            f"The replay memory '{path.name}' cannot be read: {exc}. {remedy}"
        ) from exc


def _parsed(content: bytes, features: int) -> RowMemory:
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return RowMemory(
            {
                name: TableRows(
                    stored[f"{name}_values"].reshape(-1, features),
                    stored[f"{name}_targets"].astype(np.int64),
                    tuple(stored[f"{name}_sources"].tolist()),
                    tuple(bytes(row).hex() for row in stored[f"{name}_sha256"]),
                )
                for name in SIZES
            }
        )
