"""`python -m api import`."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import actor, console, failure, progress_bar
from api.errors import AppError
from api.inputs.discovery import LabelledImage, find_images
from api.inputs.layout import Described
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.database import open_database
from api.samples.collection import SampleCollection
from api.samples.open_collection import open_collection
from api.samples.outcomes import FileState, Provenance, UploadOutcome
from api.serving.backend import open_backend
from api.settings import from_environment
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of

SHOWN = 20


def import_images(
    data: Annotated[list[Path], typer.Argument(help="Folders with one folder of films per class.")],
    source: Annotated[
        str | None,
        typer.Option(help="Where the films come from. Default: what their folders tell."),
    ] = None,
) -> None:
    """Add folders of labelled films to the training data, where a server keeps it.

    What was there already is counted and left alone, so an import that was cut short may be
    started again. Exit code 1 if a film was refused.
    """
    settings = from_environment()
    try:
        task = load_task(settings.task)
        settings = settings_of(settings, task)
        database = open_database(
            settings.records_url, timeout_s=settings.database_timeout_s, task=task.name
        )
        with closing(open_backend(settings)) as backend:
            collection = open_collection(settings, task, database, describe=backend.describe)
            found = find_images(data, task, become_samples=True)
            counted, refused = _import_all(collection, found.images, source)
        entry = AuditEntry(actor(), "import", "command line", after=counted, task=task.name)
        audit.append(database, entry)
    except AppError as exc:
        raise failure(exc) from exc
    for reason, number in found.skipped.most_common():
        typer.echo(f"left out: {number} ({reason})")
    for outcome in refused[:SHOWN]:
        typer.echo(f"{outcome.outcome}: {outcome.filename}: {outcome.reason}", err=True)
    if len(refused) > SHOWN:
        typer.echo(f"and {len(refused) - SHOWN} more", err=True)
    typer.echo("samples: " + ", ".join(f"{k} {n}" for k, n in collection.counts().items()))
    if refused:
        raise typer.Exit(1)


def _import_all(
    collection: SampleCollection, images: list[LabelledImage], source: str | None
) -> tuple[Counter[str], list[UploadOutcome]]:
    """Each film; returns how many had each outcome, and those that were refused or came with two
    classes."""
    counted: Counter[str] = Counter()
    refused: list[UploadOutcome] = []
    known = collection.neighbours()
    with progress_bar() as progress:
        bar = progress.add_task("importing", total=len(images))
        for image in images:
            about = Provenance(
                source=source,
                origin="import",
                added_by=actor(),
                by_path=Described(image.label, image.source, image.patient),
            )
            with image.path.open("rb") as file:
                content = file.read(collection.limits.max_bytes + 1)
            outcome = collection.add(
                content, filename=image.path.name, label=image.label, about=about, known=known
            )
            counted[outcome.outcome] += 1
            if outcome.outcome in (FileState.REJECTED, FileState.CONFLICT):
                refused.append(outcome)
            progress.advance(bar)
    console.print(", ".join(f"{number} {name}" for name, number in counted.items()))
    return counted, refused
