"""`python -m api erase`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Engine

from api.cli.console import actor, failure
from api.errors import AppError, InvalidRequest
from api.privacy.erasure import Eraser, Found, request_for
from api.privacy.file_retention import former_copies
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.audit_log.erasure import ErasureRequest, tasks_with_rows
from api.records.database import open_database
from api.registry.open_store import open_store
from api.samples.open_collection import open_collection
from api.settings import Settings, from_environment
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of


def erase(
    patient: Annotated[
        str | None,
        typer.Option(
            help="All of a patient, as the sender of the films named them, or by the Patient ID of "
            "DICOM films (ISSUER\\ID where they name an issuer), or by the pseudonym."
        ),
    ] = None,
    filename: Annotated[
        str | None, typer.Option(help="All of the films that were sent under this file name.")
    ] = None,
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="All from before this day (UTC)."),
    ] = None,
    task: Annotated[str | None, typer.Option(help="Of one task. Default: of all.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be erased; erase nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a patient's films, those of a file name, or what is older: rows, images, activations.

    A server may run. What was found by a film's name or patient is erased under every other name
    that the same film was sent under. Versions that learned from a film are listed: what they
    learned stays in them.
    """
    settings = from_environment()
    given = [value for value in (patient, filename, before) if value is not None]
    try:
        if len(given) != 1 or given[0] == "":
            raise InvalidRequest("Give one of --patient, --filename and --before.")
        moment = before.replace(tzinfo=UTC) if before else None
        database = open_database(
            settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
        )
        try:
            request = request_for(
                settings, database, patient=patient, filename=filename, before=moment
            )
            _erase(settings, database, request, task, dry_run=dry_run, yes=yes)
        finally:
            database.dispose()
    except AppError as exc:
        raise failure(exc) from exc


def _erase(
    settings: Settings,
    database: Engine,
    request: ErasureRequest,
    task: str | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    erasers = [
        _eraser(settings, database, name)
        for name in ([task] if task else tasks_with_rows(database))
    ]
    found = [eraser.find(request) for eraser in erasers]
    copies = former_copies(settings)
    _print(found, [copy.name for copy in copies])
    if dry_run:
        typer.echo("Nothing was erased.")
        return
    if not yes:
        typer.confirm("Erase this? There is no way back", abort=True)
    for eraser, of_task in zip(erasers, found, strict=True):
        eraser.erase(of_task, request)
    for copy in copies:
        copy.unlink(missing_ok=True)
    audit.append(database, _entry(request, found))
    typer.echo("Erased.")


def _eraser(settings: Settings, database: Engine, name: str) -> Eraser:
    task = load_task(name)
    own = settings_of(settings, task)
    store = open_store(own, task.name)
    return Eraser(own, database, open_collection(own, task, database), store, actor())


def _print(found: Sequence[Found], copies: Sequence[str]) -> None:
    for of_task in found:
        images = len(of_task.samples) + len(of_task.set_aside)
        typer.echo(
            f"{of_task.task}: {len(of_task.predictions)} answers, {images} training films, "
            f"{len(of_task.images)} kept images"
        )
        if of_task.unregistered:
            typer.echo(
                f"  and {len(of_task.unregistered)} files that no record knows, whoever they show: "
                "uploads that were cut off left them"
            )
        for learned in of_task.versions:
            typer.echo(
                f"  {learned.version} learned from {learned.learned} of these films; its replay "
                f"memory holds {learned.remembered}. That stays in it: retrain without them, then "
                f"remove the folder of {learned.version}."
            )
    if copies:
        typer.echo(f"copies of the records from before an upgrade: {', '.join(copies)}")


def _entry(request: ErasureRequest, found: Sequence[Found]) -> AuditEntry:
    """What was asked for, without the patient or the name."""
    by = "patient" if request.patient else "filename" if request.filenames else None
    counts = {
        of_task.task: {
            "predictions": len(of_task.predictions),
            "samples": len(of_task.samples) + len(of_task.set_aside),
        }
        for of_task in found
    }
    asked = by or f"before {request.before:%Y-%m-%d}"
    return AuditEntry(actor(), "erase", asked, before=counts)
