"""Which uploaded films a retraining learns from, and which it is measured on."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Engine

from api.errors import NotEnoughSamples
from api.inputs.discovery import Film, patient_in
from api.records import samples
from api.records.samples import SampleRecord
from api.tasks.task import Task
from api.training.data.dataset import split

TRAIN, VALIDATION, HOLDOUT = "train", "validation", "holdout"

SOURCE = "uploads"
OTHER_CLASS = "of a class that the task does not have"
SPLIT_RULE = (
    "of the uploaded images of each class a quarter is held out, drawn by content hash; images of "
    "one patient, as the sender or the file name tells, stay together, and an image keeps its side "
    "in every later retraining"
)


@dataclass(frozen=True, slots=True)
class Samples:
    """The frozen sample set: films by side, and what is known of each by its hash.

    Films that are left alone are counted, by reason.
    """

    sides: dict[str, list[Film]]
    records: dict[str, SampleRecord]
    left_alone: Counter[str] = field(default_factory=Counter)

    @property
    def held_out_hashes(self) -> list[tuple[str, bytes]]:
        """Content hash and perceptual hash of the films that are held out."""
        held = [self.records[film.sha256] for film in self.sides[HOLDOUT]]
        return [(record.sha256, record.near_hash) for record in held if record.near_hash]


def read_samples(
    database: Engine, folder: Path, task: Task, *, learned: set[str], held_out: set[str]
) -> Samples:
    """Freeze the sample set: draw sides for the films that have none.

    A film whose class the task does not have, or not any more, is left as it is.

    Args:
        learned: hashes of films that the champion is known to have learned from or to have been
            calibrated on; they cannot be held out.
        held_out: hashes of those it is measured on; of these only what was held out here is used.

    Raises: NotEnoughSamples.
    """
    everything = samples.everything(database)
    found = (
        replace(r, part=r.part or (TRAIN if r.sha256 in learned else None))
        for r in everything
        if r.label in task.known_labels and (r.part == HOLDOUT or r.sha256 not in held_out)
    )
    left_alone = Counter(OTHER_CLASS for r in everything if r.label not in task.known_labels)
    records = {folder / record.file: record for record in found}
    films = tuple(
        Film(path, r.label, SOURCE, patient_of(r, task), r.sha256) for path, r in records.items()
    )
    sides = draw_sides(films, records, task)
    samples.assign(database, {film.sha256: side for film, side in sides.items()})
    train = [film for film, side in sides.items() if side == TRAIN]
    holdout = [film for film, side in sides.items() if side == HOLDOUT]
    if not train or not holdout:
        raise NotEnoughSamples("There are too few images to hold some out; upload more.")
    inner = split(train, {VALIDATION: task.retraining.validation_fraction}, seed=0)
    known = {r.sha256: r for r in records.values()}
    return Samples({HOLDOUT: holdout, **inner}, known, left_alone)


def patient_of(record: SampleRecord, task: Task) -> str | None:
    """Whose film it is: as the sender said, or else as the file name tells."""
    by_name = patient_in(record.filename, task, label=record.label)
    # Films that were stored before their paths were read have the same patient without a source.
    if record.patient_id and record.patient_id != by_name:
        return f"{record.source or ''}/{record.patient_id}"
    return by_name


def draw_sides(
    films: tuple[Film, ...], records: dict[Path, SampleRecord], task: Task
) -> dict[Film, str]:
    """'train' or 'holdout' for each film; a side once given is kept.

    New films of a class fill its hold-out up to the recipe's share.
    """
    sides = {film: records[film.path].part or "" for film in films}
    for label in task.known_labels:
        members = [film for film in films if film.label == label]
        # Over all classes: a patient may have been well in spring and ill in autumn.
        _follow_patients(films, sides)
        new = [film for film in members if not sides[film]]
        held = sum(sides[film] == HOLDOUT for film in members)
        wanted = max(0.0, task.retraining.holdout_fraction * len(members) - held)
        drawn = split(new, {HOLDOUT: wanted / len(new)} if new and wanted else {}, seed=0)
        for name, part in drawn.items():
            sides |= dict.fromkeys(part, name)
    return sides


def _follow_patients(films: tuple[Film, ...], sides: dict[Film, str]) -> None:
    """A new film of a patient who has a side already goes there too."""
    known = {film.patient: sides[film] for film in films if film.patient and sides[film]}
    for film in films:
        sides[film] = sides[film] or known.get(film.patient or "", "")
