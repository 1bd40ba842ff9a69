"""Which uploaded films a retraining learns from, and which it is measured on."""

from collections import Counter
from pathlib import Path

from sqlalchemy import Engine

from api.errors import InvalidDataset, NotEnoughSamples
from api.inputs.folders import Film, patient_in
from api.inputs.preprocessing import PreprocessingSpec
from api.records import samples
from api.records.samples import SampleRecord
from api.tasks.task import Task
from api.training.dataset import Decoded, decode_films, split

SOURCE = "uploads"
SPLIT_RULE = (
    "of the uploaded images of each class a quarter is held out, drawn by content hash; images of "
    "one patient, as the sender or the file name tells, stay together, and an image keeps its side "
    "in every later retraining"
)


def read_samples(
    database: Engine, folder: Path, task: Task, spec: PreprocessingSpec
) -> tuple[dict[str, Decoded], Counter[str]]:
    """Freeze the sample set: decode every picture, and draw sides for those that have none.

    Raises: NotEnoughSamples, InvalidDataset.
    """
    records = samples.everything(database)
    films = {folder / record.file: record for record in records}
    decoded, skipped = decode_films(
        [Film(path, r.label, SOURCE, patient_of(r, task), r.sha256) for path, r in films.items()],
        task,
        spec,
    )
    if not len(decoded):
        raise NotEnoughSamples("None of the uploaded images can be read any more; upload again.")
    by_path = {film.path: films[film.path] for film in decoded.films}
    sides = draw_sides(decoded.films, by_path, task)
    samples.assign(database, {by_path[film.path].sha256: side for film, side in sides.items()})
    train = [film for film, side in sides.items() if side == "train"]
    holdout = [film for film, side in sides.items() if side == "holdout"]
    if not train or not holdout:
        raise InvalidDataset("Too few readable images are left to hold some out; upload more.")
    inner = split(train, {"validation": task.retraining.validation_fraction}, seed=0)
    parts = {"holdout": holdout, **inner}
    return {name: decoded.subset(part) for name, part in parts.items()}, skipped


def patient_of(record: SampleRecord, task: Task) -> str | None:
    """Whose film it is: as the sender said, or else as the file name tells."""
    if record.patient_id:
        return f"{record.source or ''}/{record.patient_id}"
    return patient_in(record.filename, task)


def draw_sides(
    films: tuple[Film, ...], records: dict[Path, SampleRecord], task: Task
) -> dict[Film, str]:
    """'train' or 'holdout' for each film; a side once given is kept.

    New films of a class fill its hold-out up to the recipe's share.
    """
    sides = {film: records[film.path].part or "" for film in films}
    for label in task.labels:
        members = [film for film in films if film.label == label]
        # Over all classes: a patient may have been well in spring and ill in autumn.
        _follow_patients(films, sides)
        new = [film for film in members if not sides[film]]
        held = sum(sides[film] == "holdout" for film in members)
        wanted = max(0.0, task.retraining.holdout_fraction * len(members) - held)
        drawn = split(new, {"holdout": wanted / len(new)} if new and wanted else {}, seed=0)
        for name, part in drawn.items():
            sides |= dict.fromkeys(part, name)
    return sides


def _follow_patients(films: tuple[Film, ...], sides: dict[Film, str]) -> None:
    """A new film of a patient who has a side already goes there too."""
    known = {film.patient: sides[film] for film in films if film.patient and sides[film]}
    for film in films:
        sides[film] = sides[film] or known.get(film.patient or "", "")
