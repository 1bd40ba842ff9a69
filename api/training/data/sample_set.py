"""Which uploaded films a retraining learns from, and which it is measured on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Engine

from api.errors import NotEnoughSamples
from api.inputs.discovery import LabelledImage, patient_in, person_in
from api.inputs.stored_names import BY_NAME
from api.records.training_images import sample_edits, samples
from api.records.training_images.samples import SampleRecord
from api.registry.sites.site_names import site_key
from api.registry.sites.site_versions import site_of
from api.storage.blob_store import BlobStore, StoredFile
from api.tasks.task import Task
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION, split

# Of films whose site nobody named.
SOURCE = "uploads"
OTHER_CLASS = "of a class that the task does not have"
SPLIT_RULE = (
    "of the uploaded images of each class a quarter is held out, drawn by content hash; images of "
    "one patient, as the sender or the file name tells, stay together, and an image keeps its side "
    "in every later retraining"
)


@dataclass(frozen=True, slots=True)
class SampleSplits:
    """The frozen sample set: films by split, and what is known of each by its hash.

    Films that are left alone are counted, by reason.
    """

    by_split: dict[str, list[LabelledImage]]
    records: dict[str, SampleRecord]
    left_alone: Counter[str] = field(default_factory=Counter)

    def without_validation(self) -> "SampleSplits":
        """All films that are not held out are learned from, as each is also judged (folds)."""
        learned = [*self.by_split[TRAIN], *self.by_split[VALIDATION]]
        return replace(self, by_split={**self.by_split, TRAIN: learned, VALIDATION: []})

    def of_site(self, name: str) -> "SampleSplits":
        """All films as one site's, whatever their source."""
        named = {
            split: [replace(image, source=name) for image in images]
            for split, images in self.by_split.items()
        }
        return replace(self, by_split=named)

    @property
    def held_out_hashes(self) -> list[tuple[str, bytes]]:
        """Content hash and perceptual hash of the films that are held out."""
        held = [self.records[image.sha256] for image in self.by_split[HOLDOUT]]
        return [(record.sha256, record.near_hash) for record in held if record.near_hash]


def read_samples(
    database: Engine,
    folder: Path,
    task: Task,
    *,
    learned: set[str],
    held_out: set[str],
    store: BlobStore | None = None,
) -> SampleSplits:
    """Freeze the sample set: draw splits for the films that have none.

    A film whose class the task does not have, or not any more, is left as it is.

    Args:
        learned: hashes of films that the champion is known to have learned from or to have been
            calibrated on; they cannot be held out.
        held_out: hashes of those it is measured on; of these only what was held out here is used.
        store: where the films are; None: below `folder`.

    Raises: NotEnoughSamples.
    """
    everything = samples.everything(database, task=task.name)
    found = (
        replace(r, part=r.part or (TRAIN if r.sha256 in learned else None))
        for r in everything
        if r.label in task.known_labels and (r.part == HOLDOUT or r.sha256 not in held_out)
    )
    left_alone = Counter(OTHER_CLASS for r in everything if r.label not in task.known_labels)
    records = {folder / record.file: record for record in found}
    sites = _site_names(records.values())
    images = tuple(
        LabelledImage(
            path,
            r.label,
            sites.get(r.source, SOURCE),
            patient_of(r, task),
            r.sha256,
            StoredFile(store, r.file, r.sha256) if store else None,
        )
        for path, r in records.items()
    )
    splits = assign_splits(images, records, task)
    sample_edits.assign(
        database, {image.sha256: name for image, name in splits.items()}, task=task.name
    )
    train = [image for image, name in splits.items() if name == TRAIN]
    holdout = [image for image, name in splits.items() if name == HOLDOUT]
    if not train or not holdout:
        raise NotEnoughSamples("There are too few images to hold some out; upload more.")
    inner = split(train, {VALIDATION: task.retraining.validation_fraction}, seed=0)
    known = {r.sha256: r for r in records.values()}
    return SampleSplits({HOLDOUT: holdout, **inner}, known, left_alone)


def _site_names(records: Iterable[SampleRecord]) -> dict[str | None, str]:
    """One name for each source that somebody named, however it was written."""
    names: dict[str, str] = {}
    return {
        source: names.setdefault(site_key(site), site)
        for source in sorted({r.source for r in records if r.source})
        if (site := site_of(source))
    }


def patient_of(record: SampleRecord, task: Task) -> str | None:
    """Whose film it is: as the sender said, or else as the file name tells."""
    if record.patient_id and record.patient_id.startswith(BY_NAME):
        return record.patient_id.removeprefix(BY_NAME)
    by_name = patient_in(record.filename, task, label=record.label)
    # Films that were stored before their paths were read have the same patient without a source.
    if record.patient_id and record.patient_id != by_name:
        return person_in(record.source, record.patient_id)
    return by_name


def assign_splits(
    images: tuple[LabelledImage, ...], records: dict[Path, SampleRecord], task: Task
) -> dict[LabelledImage, str]:
    """'train' or 'holdout' for each film; a split once given stays.

    New films of a class fill its hold-out up to the recipe's share.
    """
    splits = {image: records[image.path].part or "" for image in images}
    for label in task.known_labels:
        members = [image for image in images if image.label == label]
        # Over all classes: a patient may have been well in spring and ill in autumn.
        _follow_patients(images, splits)
        new = [image for image in members if not splits[image]]
        held = sum(splits[image] == HOLDOUT for image in members)
        missing = max(0.0, task.retraining.holdout_fraction * len(members) - held)
        drawn = split(new, {HOLDOUT: missing / len(new)} if new and missing else {}, seed=0)
        for name, chosen in drawn.items():
            splits |= dict.fromkeys(chosen, name)
    return splits


def _follow_patients(images: tuple[LabelledImage, ...], splits: dict[LabelledImage, str]) -> None:
    """A new film of a patient who has a split already goes there too."""
    known = {image.patient: splits[image] for image in images if image.patient and splits[image]}
    for image in images:
        splits[image] = splits[image] or known.get(image.patient or "", "")
