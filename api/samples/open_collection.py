"""The collection of training films that the settings describe."""

from collections.abc import Callable

from sqlalchemy import Engine

from api.champions import open_alias
from api.inputs.images.decoding import Limits
from api.inputs.images.description import ImageDescription, describe
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.stored_names import filename_policy
from api.kinds.by_name import kind_of
from api.records.servers.shared_keys import PATIENT_KEY, SharedKey
from api.registry.holdout import ChampionHoldout
from api.registry.open_store import open_store
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.samples.pseudonyms import PatientPseudonyms
from api.settings import Settings
from api.storage.places import places, shared_store
from api.tasks.task import Task


def open_collection(
    settings: Settings,
    task: Task,
    database: Engine,
    *,
    describe: Callable[[bytes, Limits, PreprocessingSpec], ImageDescription] = describe,
) -> SampleCollection:
    """Where a task's films are kept, and which can never be among them; `describe` decodes them."""
    store = open_store(settings, task.name)
    stores = places(settings, task.name)
    return SampleCollection(
        task=task,
        folder=settings.retrain_dir / task.name,
        database=database,
        limits=image_limits(settings),
        archive_limits=ArchiveLimits(
            settings.max_upload_files,
            settings.max_upload_bytes,
            settings.max_file_bytes,
            settings.max_unpack_seconds,
        ),
        held_out=ChampionHoldout(store, open_alias(settings, store.folder, database)),
        describe=kind_of(task.kind).describer(task, describe),
        latents=settings.latents_dir / task.name,
        shared_latents=shared_store(settings, f"latents/{task.name}"),
        retained=stores.retained,
        store=stores.samples if stores.is_shared else None,
        pseudonyms=patient_pseudonyms(settings, database),
        names=filename_policy(settings),
    )


def patient_pseudonyms(settings: Settings, database: Engine) -> PatientPseudonyms:
    """By the key in the state folder, which all who share the records have to have."""
    shared = SharedKey(database, PATIENT_KEY, settings.node_name)
    return PatientPseudonyms(settings.state_dir / PATIENT_KEY, shared)


def image_limits(settings: Settings) -> Limits:
    """What a film may be to be read at all."""
    return Limits(
        settings.max_file_bytes,
        settings.max_pixels,
        settings.min_side_px,
        dicom_window=settings.dicom_window,
        dicom_tags=settings.dicom_tags,
        dicom_links=settings.dicom_links,
    )
