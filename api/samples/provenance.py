"""Whose film a sample is and where it comes from: what is stored of all that says so."""

from dataclasses import replace

from api.inputs.discovery import patient_in
from api.inputs.images.description import ImageDescription
from api.inputs.images.dicom.facts import in_folder_of
from api.inputs.images.dicom.identifiers import tells_whose
from api.inputs.stored_names import DROPPED, FilenamePolicy, patient_without_name
from api.records.training_images.samples import SampleRecord
from api.samples.outcomes import Provenance
from api.samples.pseudonyms import PatientPseudonyms
from api.tasks.task import Task


def settled(
    about: Provenance, image: ImageDescription, pseudonyms: PatientPseudonyms | None
) -> Provenance:
    """What the sender says, else a DICOM film's tags, else the file's path.

    A folder of DICOM files is often called after the patient, the study or a UID: of such a film
    the path's word too is stored as a pseudonym, and never counts more than *Patient ID*; a
    folder above that tells whose film it is, is no source.

    Raises: StorageFailed where pseudonyms have no key.
    """
    path = about.by_path
    if path is not None and about.source is None:
        tells = tells_whose(path.source or "", image.identifiers)
        about = replace(about, source=None if tells else path.source)
    if about.patient_id is not None:
        return about
    named = path.patient if path else None
    if image.stored is None:
        return replace(about, patient_id=named)
    patient = image.patient or in_folder_of(named)
    return replace(about, patient_id=pseudonyms.of(patient) if patient and pseudonyms else None)


def stored_name(name: str, about: Provenance, image: ImageDescription) -> str:
    """The name of its file, whatever the setting; none where that, or a folder in it, tells whose
    DICOM film it is: by the film's own tags, or because the folder is all that says so."""
    folder = about.by_path.patient if about.by_path and image.stored is not None else None
    identifiers = (*image.identifiers, *((folder,) if folder else ()))
    return DROPPED if tells_whose(name, identifiers) else name


def with_stored_filename(record: SampleRecord, task: Task, names: FilenamePolicy) -> SampleRecord:
    """A sample with its file's name as that is stored; whose film it is, is not lost."""
    if names.as_sent:
        return record
    patient = patient_in(record.filename, task, label=record.label)
    return replace(
        record,
        filename=names.stored(record.filename),
        patient_id=patient_without_name(record.patient_id, patient),
    )
