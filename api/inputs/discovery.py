"""Labelled films in folders: which files there are, and what their paths say of them."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from api.errors import InvalidDataset
from api.files import sha256_of
from api.inputs.layout import LeftOut, describe_path, describe_sample, is_system_file
from api.storage.blob_store import StoredFile
from api.tasks.task import Task

# Where no folder's name says where films come from.
NO_SOURCE = "unknown"
# Before the hash of whom a DICOM film is of: the same in every source.
PSEUDONYM = "dcm-"


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """A labelled image file. `patient` is unique within its source, as `person` is everywhere; None
    if unknown.

    Where it is a blob of a store, `path` only tells it from others.
    """

    path: Path
    label: str
    source: str
    patient: str | None
    sha256: str
    stored: StoredFile | None = field(default=None, compare=False, repr=False)

    def read(self) -> bytes:
        """The file's content. Raises: OSError; AppError where it is a blob."""
        return self.stored.read() if self.stored else self.path.read_bytes()

    def exists(self) -> bool:
        """Whether the file is still there. Raises: AppError where it is a blob."""
        return self.stored.exists() if self.stored else self.path.exists()

    @property
    def person(self) -> str | None:
        """Whose it is, told apart from everybody in other sources."""
        return person_in(self.source, self.patient)

    @property
    def stratum(self) -> tuple[str, str]:
        return (self.source, self.label)


def person_in(source: str | None, patient: str | None) -> str | None:
    """A source's patient among those of all: a DICOM patient who lies in folders of two studies,
    or of two devices, is one."""
    if patient is None or patient.startswith(PSEUDONYM):
        return patient
    return f"{source or ''}/{patient}"


class Labelled(Protocol):
    """Whatever has a class and a content hash."""

    @property
    def label(self) -> str:
        """The class."""

    @property
    def sha256(self) -> str:
        """Hex."""


@dataclass(slots=True)
class Discovered:
    """What a search of folders gave: films, and how many files were left out, by reason."""

    images: list[LabelledImage] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def find_images(folders: Sequence[Path], task: Task, *, become_samples: bool = False) -> Discovered:
    """All files below `folders` whose label the task's layout or a class folder tells.

    What a path says is for `layout.describe_path` to know, or `layout.describe_sample` for films
    that become samples; the given folder's name is part of it.

    Raises: InvalidDataset if a folder does not exist or no file could be labelled.
    """
    found = Discovered()
    for folder in folders:
        if not folder.is_dir():
            raise InvalidDataset(f"There is no folder '{folder}'.")
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            _collect(found, path, folder, task, become_samples=become_samples)
    if not found.images:
        raise InvalidDataset(
            f"No labelled image was found in {', '.join(map(str, folders))}. Expected one folder "
            f"per class ({', '.join(task.labels)}) with the images in it."
        )
    _drop_contradictions(found)
    return found


def require_every_class(
    images: Sequence[LabelledImage], task: Task, *, allow_missing: bool = False
) -> None:
    """Raises: InvalidDataset if a class of the task has no film of its own.

    With `allow_missing` two classes are enough, if one of them is the negative class.
    """
    counts = Counter(image.label for image in images)
    missing = [label for label in task.labels if not counts[label]]
    enough = allow_missing and len(counts) > 1 and counts[task.negative_class or ""]
    if missing and not enough:
        raise InvalidDataset(
            f"No image of class {', '.join(missing)} was found (there are: "
            f"{', '.join(f'{label} {n}' for label, n in sorted(counts.items()))}). Add a folder "
            "with that name, or train a task that does not have the class."
        )


def counts(images: Iterable[LabelledImage]) -> dict[str, dict[str, int]]:
    """Number of films per source and label."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for image in images:
        table[image.source][image.label] += 1
    return {source: dict(sorted(row.items())) for source, row in sorted(table.items())}


def manifest_digest(images: Iterable[Labelled]) -> str:
    """SHA-256 over the sorted labels and content hashes: the same set gives the same digest."""
    lines = sorted(f"{image.label} {image.sha256}" for image in images)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _collect(
    found: Discovered, path: Path, folder: Path, task: Task, *, become_samples: bool
) -> None:
    below = path.relative_to(folder).parts
    if is_system_file(below):
        return
    # A folder may be given as `.` or `..`.
    root = folder.resolve()
    name = folder.name if folder.name.strip(".") else root.name
    describe = describe_sample if become_samples else describe_path
    described = describe((name, *below), task)
    if isinstance(described, LeftOut):
        found.skipped[described.reason] += 1
        return
    source = described.source or root.parent.name or NO_SOURCE
    found.images.append(
        LabelledImage(path, described.label, source, described.patient, sha256_of(path))
    )


def patient_in(filename: str, task: Task, *, label: str | None = None) -> str | None:
    """The patient that a public collection's file name tells, if it is one of those.

    `label` is the film's class: a name that is too common to tell one says nothing of others.
    """
    for rule in task.layout:
        counts_here = not rule.in_class_folder or label in (None, rule.label)
        if counts_here and (match := rule.regex.search(filename)):
            return match.groupdict().get("patient")
    return None


def _drop_contradictions(found: Discovered) -> None:
    """Leave out pictures that lie under two labels: one of them is wrong."""
    labels: defaultdict[str, set[str]] = defaultdict(set)
    for image in found.images:
        labels[image.sha256].add(image.label)
    sound = [image for image in found.images if len(labels[image.sha256]) == 1]
    if len(sound) < len(found.images):
        found.skipped["same picture under two labels"] = len(found.images) - len(sound)
    found.images = sound
