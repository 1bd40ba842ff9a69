"""Labelled films: found in folders, decoded once, split so that no patient is on two sides."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import DisjointSet

from api.errors import AppError, InvalidDataset
from api.files import sha256_of
from api.inputs.images import Limits, decode
from api.inputs.preprocessing import PreprocessingSpec
from api.tasks.task import Task

Progress = Callable[[int, int], None]

# What a person trains on by hand is not an attack; larger files are fine.
LIMITS = Limits(max_bytes=500_000_000, max_pixels=200_000_000)

SPLIT_RULE = (
    "by patient and by content: all films of a patient, and all byte-identical films, are on one "
    "side; drawn within each source and class by a hash of the patient, so the same for every run "
    "with the same seed"
)


@dataclass(frozen=True, slots=True)
class Film:
    """A labelled image file. `patient` is unique within its source; None if unknown."""

    path: Path
    label: str
    source: str
    patient: str | None
    sha256: str

    @property
    def stratum(self) -> tuple[str, str]:
        return (self.source, self.label)


@dataclass(slots=True)
class Found:
    """What a search of folders gave: films, and how many files were left out, by reason."""

    films: list[Film] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Films with their pixels: `images` is (n, height, width) uint8, `targets` (n,) int."""

    films: tuple[Film, ...]
    images: npt.NDArray[np.uint8]
    targets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.films)

    @property
    def sources(self) -> list[str]:
        return [film.source for film in self.films]

    def subset(self, films: Iterable[Film]) -> "Decoded":
        """The part of these films that is also in `films`."""
        wanted = {film.path for film in films}
        rows = [row for row, film in enumerate(self.films) if film.path in wanted]
        return Decoded(
            films=tuple(self.films[row] for row in rows),
            images=self.images[rows],
            targets=self.targets[rows],
        )


def find_films(folders: Sequence[Path], task: Task) -> Found:
    """All image files below `folders` whose label the task's layout or a class folder tells.

    Raises: InvalidDataset if a folder does not exist or no file could be labelled.
    """
    found = Found()
    for folder in folders:
        if not folder.is_dir():
            raise InvalidDataset(f"There is no folder '{folder}'.")
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            _add(found, path, folder, task)
    if not found.films:
        raise InvalidDataset(
            f"No labelled image was found in {', '.join(map(str, folders))}. Expected one folder "
            f"per class ({', '.join(task.labels)}) with the images in it."
        )
    _drop_contradictions(found)
    return found


def require_every_class(films: Sequence[Film], task: Task) -> None:
    """Raises: InvalidDataset if a class of the task has no film."""
    counts = Counter(film.label for film in films)
    missing = [label for label in task.labels if not counts[label]]
    if missing:
        raise InvalidDataset(
            f"No image of class {', '.join(missing)} was found (there are: "
            f"{', '.join(f'{label} {n}' for label, n in sorted(counts.items()))}). Add a folder "
            "with that name, or train a task that does not have the class."
        )


def decode_films(
    films: Sequence[Film], task: Task, spec: PreprocessingSpec, *, progress: Progress | None = None
) -> tuple[Decoded, Counter[str]]:
    """Decode and resize once; files that cannot be read are left out and counted by reason."""
    kept: list[Film] = []
    images: list[npt.NDArray[np.uint8]] = []
    skipped: Counter[str] = Counter()
    for done, film in enumerate(films, start=1):
        try:
            images.append(spec.resize(decode(film.path.read_bytes(), LIMITS)))
            kept.append(film)
        except (AppError, OSError):
            skipped["unreadable"] += 1
        if progress:
            progress(done, len(films))
    empty = np.zeros((0, spec.height, spec.width), dtype=np.uint8)
    targets = np.array([task.labels.index(film.label) for film in kept], dtype=np.int64)
    return Decoded(tuple(kept), np.stack(images) if images else empty, targets), skipped


def split(
    films: Sequence[Film], fractions: dict[str, float], *, seed: int
) -> dict[str, list[Film]]:
    """Divide films by patient and content into named parts and the rest, 'train'.

    Within each source and class, groups are ordered by a seeded hash of their name; each part
    takes its fraction of the images, at least one group, as long as one is left to train on.
    """
    groups = _groups(films)
    strata: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, members in groups.items():
        strata[members[0].stratum].append(name)
    parts: dict[str, list[Film]] = {name: [] for name in (*fractions, "train")}
    for names in strata.values():
        order = sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
        total = sum(len(groups[name]) for name in order)
        for part, fraction in fractions.items():
            taken = 0
            while len(order) > 1 and taken < fraction * total:
                members = groups[order.pop()]
                parts[part] += members
                taken += len(members)
        parts["train"] += [film for name in order for film in groups[name]]
    return parts


def counts(films: Iterable[Film]) -> dict[str, dict[str, int]]:
    """Number of films per source and label."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for film in films:
        table[film.source][film.label] += 1
    return {source: dict(sorted(row.items())) for source, row in sorted(table.items())}


def manifest_digest(films: Iterable[Film]) -> str:
    """SHA-256 over the sorted labels and content hashes: the same set gives the same digest."""
    lines = sorted(f"{film.label} {film.sha256}" for film in films)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _add(found: Found, path: Path, folder: Path, task: Task) -> None:
    described = _describe(path, folder, task)
    if described is None:
        found.skipped["not in a class folder"] += 1
        return
    label, source, patient = described
    found.films.append(Film(path, label, source, patient, sha256_of(path)))


def patient_in(filename: str, task: Task) -> str | None:
    """The patient that a public collection's file name tells, if it is one of those."""
    for rule in task.layout:
        if match := rule.regex.search(filename):
            return match.groupdict().get("patient")
    return None


def _describe(path: Path, folder: Path, task: Task) -> tuple[str, str, str | None] | None:
    relative = (Path(folder.name) / path.relative_to(folder)).as_posix()
    for rule in task.layout:
        if match := rule.regex.search(relative):
            return rule.label, rule.source, match.groupdict().get("patient")
    for parent in Path(relative).parents:
        if label := task.label_of_folder(parent.name):
            return label, parent.parent.name or folder.resolve().parent.name, None
    return None


def _drop_contradictions(found: Found) -> None:
    """Leave out pictures that lie under two labels: one of them is wrong."""
    labels: defaultdict[str, set[str]] = defaultdict(set)
    for film in found.films:
        labels[film.sha256].add(film.label)
    sound = [film for film in found.films if len(labels[film.sha256]) == 1]
    if len(sound) < len(found.films):
        found.skipped["same picture under two labels"] = len(found.films) - len(sound)
    found.films = sound


def _groups(films: Sequence[Film]) -> dict[str, list[Film]]:
    """Films that belong together, by patient or by content, under a name that stays the same."""
    together: DisjointSet = DisjointSet()
    for film in films:
        together.add(film.sha256)
        if film.patient is not None:
            patient = f"{film.source}/{film.patient}"
            together.add(patient)
            together.merge(patient, film.sha256)
    groups: defaultdict[str, list[Film]] = defaultdict(list)
    for film in films:
        groups[together[film.sha256]].append(film)
    return {min(film.sha256 for film in members): members for members in groups.values()}
