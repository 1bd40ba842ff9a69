"""`python -m api replay`: answer a stored film again, and say whether it gives the same."""

import contextlib
import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.decision.decide import Decision
from api.errors import AppError, InvalidRequest, NotFound
from api.model_card.sites.site_profile import SiteProfile
from api.records.answers import predictions
from api.records.answers.predictions import PredictionRecord
from api.records.database import open_database
from api.registry.open_store import open_store
from api.registry.sites.site_profiles import SiteStore, sites_of
from api.registry.store import Checkpoint, Store
from api.samples.image_retention import RetainedImages
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor
from api.serving.replay import TOLERANCE, ReplayComparison, compare, policy_of, stream_of
from api.settings import Settings, from_environment
from api.storage.places import places
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of

DIFFERENT, CANNOT = 1, 2


def replay(
    prediction: Annotated[str, typer.Argument(help="The id of a stored answer.")],
    task: Annotated[
        str | None, typer.Option(help="The task that it is of. Default: the default one.")
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option("--film", help="The film, where it was not kept; it must be the same file."),
    ] = None,
) -> None:
    """Answer a stored film again with the version that answered, and say whether it gives the same.

    Exit code 0: the decision, its causes and the label are equal, and no probability differs by
    more than 0.001; 1: something differs; 2: it cannot be answered again, as where the film or the
    version is gone.
    """
    settings = from_environment()
    try:
        settings = settings_of(settings, load_task(task or settings.task))
        record = _record(settings, prediction)
        content = _image(settings, record, image)
        decision, precision = _answered(settings, record, content)
    except AppError as exc:
        raise failure(exc, code=CANNOT) from exc
    found = compare(record, decision)
    typer.echo(_sentence(record, found, precision))
    if not found.is_same:
        raise typer.Exit(DIFFERENT)


def _record(settings: Settings, prediction_id: str) -> PredictionRecord:
    """Raises: NotFound; StoreBusy, StorageFailed."""
    database = open_database(
        settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
    )
    try:
        return predictions.get(database, prediction_id, task=settings.task)
    finally:
        database.dispose()


def _image(settings: Settings, record: PredictionRecord, given: Path | None) -> bytes:
    """The content of the film. Raises: NotFound; InvalidRequest if another one is given."""
    if given is None:
        retained = RetainedImages(
            places(settings, settings.task).retained,
            settings.keep_images,
            settings.keep_images_days,
        ).read(record.image_sha256)
        if retained is None:
            raise NotFound(
                "The film of this answer was not kept, or no longer is (ROENTGEN_KEEP_IMAGES, "
                "ROENTGEN_KEEP_IMAGES_DAYS); name the file with --film if you have it."
            )
        return retained
    try:
        content = given.read_bytes()
    except OSError as exc:
        raise NotFound(f"'{given.name}' cannot be read: {exc.strerror}.") from exc
    if hashlib.sha256(content).hexdigest() != record.image_sha256:
        raise InvalidRequest(
            f"'{given.name}' is not the film of this answer: its SHA-256 is another one."
        )
    return content


def _answered(settings: Settings, record: PredictionRecord, content: bytes) -> tuple[Decision, str]:
    """What the version of the answer says now, and the numbers that it computed with.

    Raises: NotFound, InvalidCheckpoint and what predicting raises.
    """
    store = open_store(settings, settings.task)
    sites = sites_of(store)
    sites.refresh()
    checkpoint = _version(store, record)
    policy = policy_of(record, settings, _profile(sites, record))
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    with contextlib.closing(open_backend(settings)) as backend:
        engine = predictor_builder(compiler, backend.load, precision=settings.precision)(checkpoint)
        predictor = ImagePredictor(
            engine, image_limits(settings), policy, lambda: stream_of(record)
        )
        return predictor.predict(content).decision, engine.precision


def _version(store: Store, record: PredictionRecord) -> Checkpoint:
    try:
        return store.get(record.model_version)
    except NotFound as exc:
        raise NotFound(
            f"Version {record.model_version}, which gave this answer, is gone "
            "(ROENTGEN_KEEP_VERSIONS); restore its folder from a backup to answer again."
        ) from exc


def _profile(store: SiteStore, record: PredictionRecord) -> SiteProfile | None:
    if record.site_profile is None or record.source is None:
        return None
    return store.profile(record.source, record.site_profile)


def _sentence(record: PredictionRecord, found: ReplayComparison, precision: str) -> str:
    who = f"{record.model_version} ({precision}) of {record.created_at:%Y-%m-%d %H:%M} UTC"
    gap = f"probabilities differ by at most {found.largest_gap:.6f} ({TOLERANCE:g} is allowed)"
    if found.is_same:
        return f"The same: {who}, {record.decision}, {record.label}; {gap}."
    return f"Not the same: {who}: {'; '.join(found.differences)}."
