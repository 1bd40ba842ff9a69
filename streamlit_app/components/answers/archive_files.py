"""An answer for other systems, as files to save; and what a DICOM film's tags say of it."""

from dataclasses import dataclass

import streamlit as st

from api_types import DicomTags, Prediction
from client import ApiDown, ApiError
from errors import api, refusal
from formatting import plain
from language.catalogue import N_, _


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One that the API makes of an answer."""

    label: str
    name: str
    media_type: str
    icon: str


DICOM, FHIR = "application/dicom", "application/fhir+json"
FILES = (
    ArchiveFile(N_("Structured report"), "report.dcm", DICOM, ":material/description:"),
    ArchiveFile(N_("Secondary capture"), "secondary.dcm", DICOM, ":material/image:"),
    ArchiveFile(N_("FHIR bundle"), "bundle.json", FHIR, ":material/data_object:"),
)
EXPLAINED = N_(
    "For the archive and the hospital's systems: a structured report, a "
    "picture with the heat map (where films are kept), a FHIR bundle. "
    "Preliminary, for research; the patient is left empty."
)
JOINED = N_(
    "Report and picture are a study of their own, apart from the film's, unless the film was "
    "DICOM and the server kept its links when it was answered: then they join its study."
)
NAMES = {"view": N_("View"), "patient_age_band": N_("Age"), "manufacturer": N_("Made by")}


def show(answer: Prediction, *, key: str) -> None:
    """The film's tags, where the answer has them, and the files."""
    if answer["dicom"] and (summary := _tag_summary(answer["dicom"])):
        st.caption(summary)
    with st.expander(_("Files for other systems (DICOM, FHIR)")):
        _files(answer["id"], key)


def _tag_summary(tags: DicomTags) -> str:
    """What the settings of the API let it say, but the UIDs."""
    values = {"view": tags["view"], "patient_age_band": tags["patient_age_band"]}
    values["manufacturer"] = tags["manufacturer"]
    known = [f"{_(NAMES[name])}: {plain(value)}" for name, value in values.items() if value]
    return " · ".join(["DICOM film", *known]) if known else ""


@st.fragment
def _files(prediction_id: str, key: str) -> None:
    """Each is made when it is asked for: that takes a second, and redraws nothing else."""
    st.caption(f"{_(EXPLAINED)} {_(JOINED)}")
    for file, column in zip(FILES, st.columns(len(FILES)), strict=True):
        if column.button(_(file.label), icon=file.icon, key=f"{file.name}-{key}", width="stretch"):
            _save(prediction_id, file, key)


def _save(prediction_id: str, file: ArchiveFile, key: str) -> None:
    try:
        content = api().archive_file(prediction_id, file.name, accept=file.media_type)
    except (ApiError, ApiDown) as exc:
        refusal(exc)
        return
    st.download_button(
        _("Save {name}").format(name=file.name),
        content,
        file_name=f"roentgen-{prediction_id[:8]}-{file.name}",
        mime=file.media_type,
        key=f"save-{file.name}-{key}",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
    )
