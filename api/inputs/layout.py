"""What the path of a file says: its class, source and patient, or why it is left out.

Uploads, batches, evaluation, import, training and the folder import all ask here. The rules:

- Files that an operating system leaves behind are not files of anybody: `is_system_file`.
- A file that its name or a folder calls a mask is no film.
- The nearest class folder upwards gives the class. Its parent is the source; folders named after a
  split (`train`, `test`) are passed over, so that a patient of both has one source.
- The first folder below the class folder is the patient, unless it is named like a split, a date, a
  ward or what a folder of images is usually called. Films that lie in one folder by mistake stay in
  one split, which costs little; a patient in two would make figures too good.
- A task's layout rule describes a file that lies in no class folder, or in the one of its class and
  in no patient's folder. What a person sorted by hand counts more than a file's name.
- The source that such a rule names is that of a public collection, for training and measuring. Of
  films that somebody adds as samples (`describe_sample`), folders alone tell the source: a file
  may be called `Normal-1.png` anywhere, and a source is a site that may get a version of its own.
- A folder that says no more than "some finding" gives a coarse label, and forbids the negative
  class; a class folder around it, or the sender, may say more precisely which.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.inputs.filenames import printable_name
from api.tasks.task import Task

NO_CLASS = "not in a class folder"
MAX_NAME = 100  # characters of a source or a patient, as the records take them

SYSTEM_NAMES = frozenset(
    {
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", "__macosx",
        "@eadir", "$recycle.bin", "system volume information", "lost+found",
    }
)  # fmt: skip
# `.png` is a film whose name was lost, not a hidden file.
BARE_EXTENSIONS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".dcm"})
MASKS = re.compile(r"(^|[ _.-])masks?$", re.IGNORECASE)
MASK_FILE = re.compile(r".[ _.-]masks?(\.[^.]*)?$", re.IGNORECASE)
SPLITS = frozenset(
    {"train", "training", "test", "testing", "val", "valid", "validation", "holdout"}
)
PLAIN_FOLDERS = SPLITS | {
    "image", "images", "img", "imgs", "film", "films", "picture", "pictures", "scan", "scans",
    "xray", "xrays", "x-ray", "x-rays", "png", "jpg", "jpeg", "tif", "tiff", "bmp", "dicom",
    "data", "dataset", "all", "ap", "pa",
}  # fmt: skip
DATE = re.compile(r"(19[89]\d|20[0-4]\d)([ ._-]?(0[1-9]|1[0-2])([ ._-]?(0[1-9]|[12]\d|3[01]))?)?")
# `ward 3`, `hospital A`, `batch_12`: films of many patients.
GROUP = re.compile(
    r"(ward|station|room|unit|dep|dept|department|hospital|clinic|site|center|centre|scanner|device"
    r"|machine|batch|part|set|group|fold|cohort|source|series)[ _-]?\w{0,3}",
    re.IGNORECASE,
)
DRIVE = re.compile(r"[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class Described:
    """What a path says of a film. None where it does not say."""

    label: str
    source: str | None = None
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a file is no labelled film: a few words to count by, and a sentence for its sender."""

    reason: str
    sentence: str


MASK = LeftOut(
    "a mask, not a film",
    "Its name or its folder calls it a mask, and a mask is no film; rename it if it is one.",
)


def paths_of(names: Sequence[str]) -> list[tuple[str, ...] | None]:
    """The folders and the name in each of some names that belong together.

    A backslash separates only if no name has a slash. None for a name that leads out of where it
    lies: absolute, with a drive letter, or with `..`.
    """
    by_backslash = not any("/" in name for name in names)
    return [_parts(name, by_backslash=by_backslash) for name in names]


def own_name(name: str) -> str:
    """The last part of a name, whatever separates its folders."""
    return re.split(r"[\\/]", name)[-1]


def is_system_file(path: Sequence[str]) -> bool:
    """Whether an operating system left this file behind, or hides it."""
    return any(
        part.casefold() in SYSTEM_NAMES or part.startswith(".") for part in path[:-1]
    ) or bool(path and _is_system_name(path[-1]))


def mask_of(path: Sequence[str], task: Task) -> LeftOut | None:
    """Why a file is no film, whatever class it is of; None if it may be one."""
    in_masks = any(MASKS.search(part) and not task.label_of_folder(part) for part in path[:-1])
    return MASK if in_masks or (path and MASK_FILE.search(path[-1])) else None


def describe_path(
    path: Sequence[str], task: Task, *, label: str | None = None
) -> Described | LeftOut:
    """What a path says.

    Args:
        path: its folders and its name.
        label: the class that the sender gives films that lie in no class folder.
    """
    if mask := mask_of(path, task):
        return mask
    folders = path[:-1]
    place, known = _class_folder(folders, task)
    below = folders[place + 1 :]
    vague = any(task.coarse_label_of_folder(folder) for folder in below)
    stated = known or label
    if vague and stated in (None, task.negative_class):
        return _vaguely(path, task, contradicted=stated)
    if known is None:
        return _by_name(path, task, label)
    patient = _patient_folder(below, task)
    rule = None if patient else _rule(path, task, of=known, in_class_folder=True)
    return rule or Described(known, _stored(_source(folders[:place])), _stored(patient))


def describe_sample(
    path: Sequence[str], task: Task, *, label: str | None = None
) -> Described | LeftOut:
    """What a path says of a film that somebody adds to the training data.

    As `describe_path`, but the source is what a folder is called, never a public collection that
    the file's name reminds of.
    """
    described = describe_path(path, task, label=label)
    collections = {rule.source for rule in task.layout}
    if isinstance(described, LeftOut) or described.source not in collections:
        return described
    return replace(described, source=_stored(_source_by_folders(path[:-1], task)))


def _parts(name: str, *, by_backslash: bool) -> tuple[str, ...] | None:
    on_windows = name.replace("\\", "/")
    if on_windows.startswith("/") or DRIVE.match(name) or ".." in on_windows.split("/"):
        return None
    path = on_windows if by_backslash else name
    return tuple(part for part in path.split("/") if part not in ("", "."))


def _is_system_name(name: str) -> bool:
    folded = name.casefold()
    return folded in SYSTEM_NAMES or (folded.startswith(".") and folded not in BARE_EXTENSIONS)


def _class_folder(folders: Sequence[str], task: Task) -> tuple[int, str | None]:
    """The place of the nearest class folder, and its class."""
    for place in reversed(range(len(folders))):
        if label := task.label_of_folder(folders[place]):
            return place, label
    return -1, None


def _vaguely(path: Sequence[str], task: Task, *, contradicted: str | None) -> Described:
    """A film below a folder that says only that there is something."""
    rule = None if contradicted else _rule(path, task)
    if rule and rule.label != task.negative_class:
        return rule
    folders = path[:-1]
    labels = [task.coarse_label_of_folder(folder) for folder in folders]
    place, label = max((n, label) for n, label in enumerate(labels) if label)
    patient = _patient_folder(folders[place + 1 :], task)
    return Described(label, _stored(_source(folders[:place])), _stored(patient))


def _by_name(path: Sequence[str], task: Task, label: str | None) -> Described | LeftOut:
    """A film in no class folder: by its sender, or else by its name."""
    if label is None:
        return _rule(path, task) or _no_class(task)
    return _rule(path, task, of=label) or Described(label)


def _rule(
    path: Sequence[str], task: Task, *, of: str | None = None, in_class_folder: bool = False
) -> Described | None:
    """What the first layout rule that matches says, if it is of this class."""
    text = "/".join(path)
    for rule in task.layout:
        if rule.in_class_folder and not in_class_folder:
            continue
        if match := rule.regex.search(text):
            patient = _patient_in(match)
            described = Described(rule.label, _stored(rule.source), _stored(patient))
            return described if of in (None, rule.label) else None
    return None


def _patient_in(match: re.Match[str]) -> str | None:
    named = match.groupdict()
    if pair := named.get("pair"):
        return f"pair {(int(pair) + 1) // 2}"
    return named.get("patient")


def _patient_folder(below: Sequence[str], task: Task) -> str | None:
    return next((name for name in below if not _is_plain(name, task)), None)


def _is_plain(name: str, task: Task) -> bool:
    """Whether a folder's name says nothing of whose films it holds."""
    return (
        name.strip().casefold() in PLAIN_FOLDERS
        or bool(DATE.fullmatch(name.strip()))
        or bool(GROUP.fullmatch(name.strip()))
        or task.coarse_label_of_folder(name) is not None
    )


def _source_by_folders(folders: Sequence[str], task: Task) -> str | None:
    """The folder above the one that tells the class, or that there is some finding."""
    place, _ = _class_folder(folders, task)
    vague = (n for n, name in enumerate(folders) if task.coarse_label_of_folder(name))
    return _source(folders[: max(place, *vague, 0)])


def _source(above: Sequence[str]) -> str | None:
    return next((name for name in reversed(above) if name.casefold() not in SPLITS), None)


def _stored(name: str | None) -> str | None:
    # macOS writes an umlaut as two characters, others as one; a patient is one patient.
    composed = unicodedata.normalize("NFC", name.strip()) if name else ""
    return printable_name(composed, max_length=MAX_NAME) if composed else None


def _no_class(task: Task) -> LeftOut:
    labels = ", ".join(task.known_labels)
    return LeftOut(
        NO_CLASS,
        f"No class is given and the folder is not named like one ({labels}).",
    )
