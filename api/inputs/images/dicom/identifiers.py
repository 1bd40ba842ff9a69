"""Whether a file's name tells whose DICOM film it is: what exports files calls them after patients,
accession numbers and UIDs."""

import re
import unicodedata
from collections.abc import Iterable

from api.inputs.images.dicom.tags import VALUE_ERRORS, Tags

NAMES = ("PatientName", "OtherPatientNames", "PatientBirthName")
NUMBERS = (
    "PatientID", "OtherPatientIDs", "AccessionNumber", "PatientBirthDate", "StudyInstanceUID",
    "SeriesInstanceUID", "SOPInstanceUID",
)  # fmt: skip
IDENTIFYING = NAMES + NUMBERS
# A shorter one counts where it is a whole word: `Li` is not in `lionel.dcm`.
MIN_PART = 4
MAX_IDENTIFIERS = 64
_WORD = re.compile(r"[^\W_]+")


def identifiers_of(tags: Tags) -> tuple[str, ...]:
    """The parts of the patient's names, numbers and UIDs, as words with a space between; for no
    record and no log."""
    names = [part for keyword in NAMES for part in _words(_text(tags, keyword))]
    numbers = [" ".join(_words(text)) for keyword in NUMBERS for text in tags.texts(keyword)]
    return tuple(sorted({found for found in names + numbers if found})[:MAX_IDENTIFIERS])


def tells_whose(name: str, identifiers: Iterable[str]) -> bool:
    """Whether one of the identifiers is in a file's name or path, however it is written there:
    capitals, accents and what stands between do not matter."""
    words = _words(name)
    apart, together = f" {' '.join(words)} ", "".join(words)
    for found in filter(None, map(_words, identifiers)):
        joined = "".join(found)
        if f" {' '.join(found)} " in apart or joined in words:
            return True
        if len(joined) >= MIN_PART and joined in together:
            return True
    return False


def _text(tags: Tags, keyword: str) -> str:
    """The whole value: a person's name is a sequence of its letters to `Tags.texts`."""
    try:
        return str(tags.value(keyword) or "")
    except VALUE_ERRORS:
        return ""


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))
