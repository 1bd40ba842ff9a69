"""`python -m api db`: the schema of the records."""

import typer

from api.cli.console import failure
from api.errors import AppError
from api.records.database import make_current, read_revision
from api.records.migrations.revisions import NEWEST, pending
from api.settings import from_environment
from api.tasks.task_files import load_task

db = typer.Typer(no_args_is_help=True, help="See and upgrade the schema of the records.")


@db.command()
def upgrade() -> None:
    """Bring the records to the newest schema; a copy of the SQLite file is made before.

    The server, a retraining and `import` do the same when they open the records. What is current
    is left alone.
    """
    settings = from_environment()
    try:
        # Rows without a task get this one: a misspelt name must not.
        task = load_task(settings.task).name
        done = make_current(settings.records_url, timeout_s=settings.database_timeout_s, task=task)
    except AppError as exc:
        raise failure(exc) from exc
    if done is None:
        typer.echo(f"The records are at revision {NEWEST} already.")
    elif done.former is None:
        typer.echo(f"New records were made, at revision {NEWEST}.")
    else:
        typer.echo(f"The records were upgraded from revision {done.former} to {NEWEST}.")
        if done.backup:
            typer.echo(f"As they were: {done.backup}")


@db.command()
def status() -> None:
    """Say which schema the records have; nothing is changed.

    Exit code 1 if they have to be upgraded, or if a newer version wrote them; 2 if they cannot be
    read.
    """
    settings = from_environment()
    try:
        revision = read_revision(settings.records_url, timeout_s=settings.database_timeout_s)
    except AppError as exc:
        raise failure(exc, code=2) from exc
    try:
        missing = pending(revision)
    except AppError as exc:
        raise failure(exc) from exc
    if revision is None:
        typer.echo("There are no records yet; the first start makes them.")
    elif missing:
        typer.echo(
            f"The records are at revision {revision}, this version needs {NEWEST}: "
            "`python -m api db upgrade` upgrades them, and so does the next start of the server."
        )
        raise typer.Exit(1)
    else:
        typer.echo(f"The records are at revision {NEWEST}, the newest.")
