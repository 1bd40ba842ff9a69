"""What a DICOM film's tags say beside its pixels: whose, which view, whether it may be kept."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from api.inputs.filenames import printable_name
from api.inputs.images.dicom.identifiers import identifiers_of
from api.inputs.images.dicom.tags import Tags

ShownTags = Literal["none", "uids", "all"]

UID = re.compile(r"[0-9.]{1,64}")
AGE = re.compile(r"(\d{1,3})([DWMY])")
DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
YEARS_IN = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}
# From here on one band: the few who are older could be told by their age (PS3.15 E.3, 45 CFR 164).
OLDEST_BAND = 90
MAX_AGE = 130
MAX_MANUFACTURER = 64

# Defined terms of View Position (PS3.3 C.8.11.5, C.8.1.1) and what they mean.
FRONTAL_VIEWS = {"AP": "anteroposterior", "PA": "posteroanterior"}
OTHER_VIEWS = {
    "LL": "left lateral", "RL": "right lateral", "LAT": "lateral", "LATERAL": "lateral",
    "LLD": "left lateral decubitus", "RLD": "right lateral decubitus", "LLO": "left lateral "
    "oblique", "RLO": "right lateral oblique", "LPO": "left posterior oblique", "RPO":
    "right posterior oblique", "LAO": "left anterior oblique", "RAO": "right anterior oblique",
    "OBL": "oblique", "OBLIQUE": "oblique", "ML": "mediolateral", "LM": "lateromedial",
}  # fmt: skip
OF_BREASTS = {"CC": "craniocaudal", "MLO": "mediolateral oblique"}
VIEWS = FRONTAL_VIEWS | OTHER_VIEWS | OF_BREASTS
_SIDEWAYS = re.compile(r"\b(LAT|LATERAL|LL|RL)\b")
_FRONTAL = re.compile(r"\b(AP|PA|FRONTAL|FRONT)\b")


@dataclass(frozen=True, slots=True)
class DicomFacts:
    """Of one film; None or empty where its tags do not say. What tells a person is not printed.

    `patient` is the patient's id with who issued it, `view` a defined term, `body_part` a word in
    capitals, `is_sideways`: taken from the side; `identifiers`: what no name of a file may have.
    """

    study_uid: str | None = field(default=None, repr=False)
    series_uid: str | None = field(default=None, repr=False)
    instance_uid: str | None = field(default=None, repr=False)
    sop_class: str | None = field(default=None, repr=False)
    patient: str | None = field(default=None, repr=False)
    view: str | None = None
    is_sideways: bool = False
    body_part: str = field(default="", repr=False)
    age_band: str | None = None
    manufacturer: str | None = field(default=None, repr=False)
    is_burned_in: bool = False
    identifiers: tuple[str, ...] = field(default=(), repr=False)

    def shown(self, which: ShownTags) -> dict[str, str | None] | None:
        """What an answer may say of the film; None: nothing."""
        if which == "none":
            return None
        uids = {
            "study_instance_uid": self.study_uid,
            "series_instance_uid": self.series_uid,
            "sop_instance_uid": self.instance_uid,
        }
        about = {
            "view": self.view,
            "patient_age_band": self.age_band,
            "manufacturer": self.manufacturer,
        }
        return uids | (about if which == "all" else dict.fromkeys(about))

    def source(self) -> dict[str, str] | None:
        """What a result must name of the instance that it is about; None where a part is missing.

        Its keys are the fields of `api.dicom.answers.SourceInstance`.
        """
        uids = {
            "study_uid": self.study_uid,
            "series_uid": self.series_uid,
            "instance_uid": self.instance_uid,
            "sop_class_uid": self.sop_class,
        }
        found = {name: uid for name, uid in uids.items() if uid}
        return found if len(found) == len(uids) else None


def facts_of(tags: Tags) -> DicomFacts:
    """What the tags say; whatever is malformed is as if it were absent."""
    view = _view(tags)
    return DicomFacts(
        study_uid=_uid(tags, "StudyInstanceUID"),
        series_uid=_uid(tags, "SeriesInstanceUID"),
        instance_uid=_uid(tags, "SOPInstanceUID"),
        sop_class=_uid(tags, "SOPClassUID"),
        patient=_patient(tags),
        view=view,
        is_sideways=_is_sideways(tags, view),
        body_part=_body_part(tags),
        age_band=_age_band(tags),
        manufacturer=_manufacturer(tags),
        is_burned_in=tags.word("BurnedInAnnotation") == "YES",
        identifiers=identifiers_of(tags),
    )


def _uid(tags: Tags, keyword: str) -> str | None:
    found = tags.text(keyword)
    return found if UID.fullmatch(found) else None


def _patient(tags: Tags) -> str | None:
    return _issued(tags.text("PatientID"), by=tags.text("IssuerOfPatientID"))


def in_folder_of(patient: str | None) -> str | None:
    """`DicomFacts.patient` of a film that only its folder tells: as if the folder's name was the
    id, so that films with and without *Patient ID* stay together."""
    return _issued(patient)


def _issued(patient: str | None, *, by: str = "") -> str | None:
    return f"{by}\\{patient}" if patient else None


def _view(tags: Tags) -> str | None:
    position = tags.word("ViewPosition")
    return position if position in VIEWS else None


def _is_sideways(tags: Tags, view: str | None) -> bool:
    if view is not None:
        return view in OTHER_VIEWS
    meanings = [item.word("CodeMeaning") for item in tags.items("ViewCodeSequence")]
    # Rows that run from front to back, or the other way.
    orientation = tags.texts("PatientOrientation")
    if any(_SIDEWAYS.search(meaning) or "OBLIQUE" in meaning for meaning in meanings):
        return True
    if len(orientation) == 2 and orientation[0][:1].upper() in {"A", "P"}:
        return True
    described = tags.word("SeriesDescription").replace("_", " ")
    return bool(_SIDEWAYS.search(described)) and not _FRONTAL.search(described)


_PARTS_OF_MODALITIES = {"MG": "BREAST", "PX": "JAW", "IO": "TOOTH"}


def _body_part(tags: Tags) -> str:
    if named := tags.word("BodyPartExamined"):
        return named
    meanings = [item.word("CodeMeaning") for item in tags.items("AnatomicRegionSequence")]
    return next(filter(None, meanings), _PARTS_OF_MODALITIES.get(tags.word("Modality"), ""))


def _age_band(tags: Tags) -> str | None:
    years = _stated_years(tags.word("PatientAge"))
    if years is None:
        years = _years_between(tags.text("PatientBirthDate"), tags.text("StudyDate"))
    if years is None or not 0 <= years <= MAX_AGE:
        return None
    decade = int(years // 10 * 10)
    return f"{OLDEST_BAND}+" if decade >= OLDEST_BAND else f"{decade}-{decade + 9}"


def _stated_years(age: str) -> float | None:
    found = AGE.fullmatch(age)
    return int(found[1]) / YEARS_IN[found[2]] if found else None


def _years_between(born: str, seen: str) -> float | None:
    found = [DATE.fullmatch(text) for text in (born, seen)]
    try:
        days = [date(*map(int, match.groups())) for match in found if match]
    except ValueError:
        return None
    return (days[1] - days[0]).days / YEARS_IN["D"] if len(days) == 2 else None


def _manufacturer(tags: Tags) -> str | None:
    found = tags.text("Manufacturer")
    return printable_name(found, max_length=MAX_MANUFACTURER) if found else None
