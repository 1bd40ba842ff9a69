"""Why a file was taken in or not, in sentences for whoever sent it."""

from collections.abc import Sequence

from api.inputs.stored_names import shown_name
from api.records.training_images.sample_history import SampleChange
from api.records.training_images.samples import SampleRecord
from api.samples.outcomes import FileState, UploadOutcome

HELD_OUT_REASON = (
    "The serving model is measured on this {noun}, so it must never learn from it; it was not "
    "stored."
)
TABLE_IN_ARCHIVE = "Tables in an archive are not read; send the table itself."
METADATA_REASON = (
    "What is written in the file beside the picture cannot be left out without changing the "
    "picture, and is not stored; export the film again as PNG."
)
# Whoever uploads a film that was deleted wants it again. A file that lies in a folder, or a word
# about an answer, says nothing about that.
NOT_ASKED_FOR_AGAIN = frozenset({"folder", "import", "feedback"})


def is_sent_on_purpose(record: SampleRecord) -> bool:
    """Whether somebody wants this film taken in, also where it was deleted before."""
    return record.origin not in NOT_ASKED_FOR_AGAIN


def deleted_before(record: SampleRecord, deletion: SampleChange) -> UploadOutcome:
    """That a film that was deleted is not taken in by itself."""
    reason = (
        f"This film was deleted from the training films {_when(deletion)}, so it is not taken in "
        "again by itself; whoever wants it again uploads it."
    )
    return UploadOutcome(record.filename, record.label, FileState.REJECTED, reason, record.sha256)


def taken_back(deletion: SampleChange) -> str:
    """That a deleted film is a training film again."""
    return (
        f"It was deleted {_when(deletion)}; as it was uploaded again, it is a training film again."
    )


def _when(deletion: SampleChange) -> str:
    remark = f" ({deletion.remark})" if deletion.remark else ""
    return f"on {deletion.at:%Y-%m-%d}{remark}"


def no_class(known_labels: Sequence[str]) -> str:
    """Why a file without a class is not taken in."""
    return f"No class is given and the folder is not named like one ({', '.join(known_labels)})."


def no_class_in_line(known_labels: Sequence[str]) -> str:
    """Why a line of a table without a class is not taken in."""
    return (
        f"The line has no class ({', '.join(known_labels)}): write it into a column 'label', "
        "or send it as 'label' for all lines."
    )


def in_another_class(stored: SampleRecord, content: str) -> str:
    """Why a film is kept aside that came with another class than it has; `content`: what is the
    same, for people."""
    return (
        f"The same {content} is stored as {stored.label}; it is kept aside until somebody "
        "decides (page Films, Conflicts)."
    )


def decided_otherwise(stored: SampleRecord, decision: SampleChange, content: str) -> str:
    """Why nothing is changed by another class than the one that somebody decided for."""
    return (
        f"The same {content} is stored as {stored.label}, as somebody decided "
        f"({decision.remark or 'without a remark'}); nothing was changed."
    )


def stored_in_another_file(neighbour: SampleRecord) -> str:
    """Why a picture is not stored a second time."""
    return f"The same picture, resized or re-encoded, is stored ({shown_name(neighbour.filename)})."
