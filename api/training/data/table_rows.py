"""Labelled rows in memory: from CSV files, and from samples."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from api.arrays import Float64Array, IntArray
from api.errors import AppError, BlobNotFound, InvalidDataset, StorageUnavailable
from api.inputs.discovery import LabelledImage
from api.inputs.tabular.csv_table import read_csv
from api.inputs.tabular.rows import Row, parse_row
from api.tasks.table_task import TableTask

MAX_ROWS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class TableRows:
    """n labelled rows.

    Attributes:
        values: (n, features) float64, as measured.
        targets: (n,) class numbers.
        sources: (n,) names.
        sha256: (n,) of each row's bytes, hex.
    """

    values: Float64Array
    targets: IntArray
    sources: tuple[str, ...]
    sha256: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Source and class of each row."""
        return list(zip(self.sources, self.targets.tolist(), strict=True))

    def take(self, rows: Sequence[int]) -> "TableRows":
        """Some of them, by number."""
        index = np.array(rows, dtype=np.int64)
        return TableRows(
            self.values[index],
            self.targets[index],
            tuple(self.sources[row] for row in rows),
            tuple(self.sha256[row] for row in rows),
        )

    def without(self, hashes: set[str]) -> "TableRows":
        """Those with another content."""
        return self.take([row for row, own in enumerate(self.sha256) if own not in hashes])

    def joined(self, other: "TableRows") -> "TableRows":
        """These, then others."""
        return TableRows(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.targets, other.targets]),
            self.sources + other.sources,
            self.sha256 + other.sha256,
        )


@dataclass(frozen=True, slots=True)
class FoundRows:
    """The rows of some files as splits divide them, the numbers of each content, and how many
    lines were left out, by reason."""

    labelled: list[LabelledImage]
    values: dict[str, tuple[float, ...]]
    skipped: Counter[str]


def find_rows(files: Sequence[Path], task: TableTask) -> FoundRows:
    """All labelled rows of some CSV files; a file's name without its ending is their source.

    Lines that lack a number or a class are left out and counted, and so are rows of one content
    under two classes: one of them is wrong.

    Raises: InvalidDataset if a file is no such table, or no row is left.
    """
    found = FoundRows([], {}, Counter())
    for file in files:
        try:
            content = file.read_bytes()
            lines = read_csv(content, task, filename=file.name, max_rows=MAX_ROWS)
        except OSError as exc:
            raise InvalidDataset(
                f"'{file}' cannot be read ({exc.strerror}); a task of tables is trained from CSV "
                "files with a heading."
            ) from exc
        except AppError as exc:
            raise InvalidDataset(exc.message) from exc
        for line in lines:
            label = task.label_named(line.label or "")
            if label is None or not isinstance(line.row, Row):
                found.skipped["no class that the task has" if label is None else "no number"] += 1
                continue
            digest = sha256(line.row.to_bytes(task)).hexdigest()
            found.values[digest] = line.row.values
            found.labelled.append(LabelledImage(file, label, file.stem, None, digest))
    return _without_contradictions(found)


def rows_of(
    images: Sequence[LabelledImage], values: Mapping[str, Sequence[float]], task: TableTask
) -> TableRows:
    """The numbers of labelled rows."""
    return TableRows(
        np.array([values[one.sha256] for one in images], dtype=np.float64).reshape(
            len(images), len(task.features)
        ),
        np.array([task.target_of(one.label) for one in images], dtype=np.int64),
        tuple(one.source for one in images),
        tuple(one.sha256 for one in images),
    )


def read_rows(images: Sequence[LabelledImage], task: TableTask) -> tuple[TableRows, Counter[str]]:
    """The rows of samples, from their files; also how many cannot be read any more, by reason."""
    values, skipped = {}, Counter[str]()
    for one in images:
        try:
            values[one.sha256] = parse_row(one.read(), task).values
        except StorageUnavailable:
            raise
        except (OSError, BlobNotFound):
            skipped["gone"] += 1
        except AppError:
            skipped["unreadable"] += 1
    return rows_of([one for one in images if one.sha256 in values], values, task), skipped


def _without_contradictions(found: FoundRows) -> FoundRows:
    labels: defaultdict[str, set[str]] = defaultdict(set)
    for one in found.labelled:
        labels[one.sha256].add(one.label)
    sound = [one for one in found.labelled if len(labels[one.sha256]) == 1]
    skipped = Counter(found.skipped)
    if len(sound) < len(found.labelled):
        skipped["the same row under two classes"] = len(found.labelled) - len(sound)
    if not sound:
        raise InvalidDataset(
            "No labelled row was found; each line needs its numbers and, in a column 'label', its "
            "class."
        )
    return FoundRows(sound, found.values, skipped)
